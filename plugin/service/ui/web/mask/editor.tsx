import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { readAddress, useAddress, wordIn } from "../shared/address";
import { announce } from "../shared/announcer";
import { Page } from "../shared/page";
import { toPatient, type Vec } from "../shared/plane";
import { Shortcuts } from "../shared/shortcuts";
import type { SeriesDescription, StudyDescription } from "../shared/studies";
import { toolTitle } from "../shared/tools";
import { Confirmation } from "./confirmation";
import { useDrawnRegions } from "./drawn_regions";
import { MASK_KEYS, useMaskKeys } from "./keyboard";
import { MaskJob } from "./mask_job";
import { useSubmission, type Order } from "./order";
import { usePlace } from "./place";
import { PlaneView } from "./plane_view";
import { boxBehind, grown, PATTERN, shifted, withRect, type DrawnRegion, type Rect } from "./region";
import { RegionPanel } from "./region_panel";
import { sliceStep, useHits, usePicture, useSeriesFrames, type Frame, type Shown } from "./series_frames";
import { SideViews, useVolume } from "./side_views";
import { SliceBar } from "./slice_bar";
import { Toolbar } from "./toolbar";

const NEW_BOX_SLICES = 10;

interface EditorProps {
  study: StudyDescription;
  choices: SeriesDescription[];
  series: string | null;
  scope: Order["scope"];
}

/** Draws regions on the images of a study and orders the masked copy. */
export function Editor(props: EditorProps): JSX.Element {
  const { study, choices } = props;
  const address = useMemo(readAddress, []);
  const ids = choices.map((each) => each.id);
  const [seriesId, setSeriesId] = useState(props.series ?? wordIn(address, "shown", ids) ?? ids[0] ?? "");
  const loaded = useSeriesFrames(seriesId);
  const series = loaded.phase === "ready" ? loaded.value : null;
  const frames = series?.frames ?? [];
  const place = usePlace(address, series);
  const { at, frame } = place;

  const drawn = useDrawnRegions(study.id);
  const { all, current, drawing } = drawn;
  const [pattern, setPattern] = useState<DrawnRegion>(PATTERN);
  const [shown, setShown] = useState<Shown | null>(null);
  const [order, setOrder] = useState<Order>({
    scope: props.scope,
    action: wordIn(address, "action", ["modify", "anonymize"]) === "anonymize" ? "anonymize" : "modify",
    cleanPixelData: false,
    cleanFace: false,
  });
  const [confirming, setConfirming] = useState(false);
  const sent = useRef<DrawnRegion[]>([]);
  const submission = useSubmission(address, () => drawn.forgetDraft(sent.current));

  const kind = series?.is_volume ? pattern.kind : "2D";
  const here = all.filter((region) => region.target === null || region.target === seriesId);
  const picture = usePicture(frame, place.chosenWindow, shown, here);
  const scopeId = order.scope === "studies" ? study.id : seriesId;
  const inScope = order.scope === "studies" ? all : here;
  const hits = useHits(order.scope, scopeId, inScope);
  const { volume, error: volumeError } = useVolume(picture.url ? series : null);

  useAddress(
    () => ({
      shown: props.series === null && choices.length > 1 ? seriesId : null,
      action: order.action === "modify" ? null : order.action,
    }),
    [seriesId, order.action],
  );
  useEffect(() => {
    if (series) setPattern((now) => ({ ...now, fillValue: series.value_range[0] < 0 && series.grey ? -1000 : 0 }));
  }, [series]);

  const outlined = (id: number, rect: Rect): DrawnRegion | null => {
    if (!frame || !series) return null;
    const region: DrawnRegion = { ...pattern, id, kind, target: choices.length > 1 || kind === "2D" ? seriesId : null };
    if (kind === "2D") return withRect(region, null, rect);
    if (!frame.plane) return null;
    const originOf = (end: Frame | undefined): Vec => end?.plane?.origin_mm ?? [0, 0, 0];
    const ends: [Vec, Vec] = [originOf(frames[0]), originOf(frames.at(-1))];
    const [origin, end] = boxBehind(frame.plane, rect, sliceStep(series), NEW_BOX_SLICES, ends);
    return withRect({ ...region, origin, end }, frame.plane, rect);
  };
  /** Every plane shows what was just drawn. */
  const crossAt = ({ left, top, right, bottom }: Rect) => {
    if (frame?.plane) place.setCross(toPatient(frame.plane, (left + right - 1) / 2, (top + bottom - 1) / 2));
  };
  const addBox = () => {
    if (!frame) return;
    const middle = (size: number, share: number) => Math.round(size * share);
    const rect = {
      left: middle(frame.columns, 0.375),
      right: middle(frame.columns, 0.625),
      top: middle(frame.rows, 0.375),
      bottom: middle(frame.rows, 0.625),
    };
    drawn.add((id) => outlined(id, rect));
    crossAt(rect);
    announce("A region was added. Drag over the image to draw it, or move it with the arrow keys.");
  };
  useMaskKeys({
    onArrow: (dx, dy, resize) => {
      if (!current || !frame) return false;
      drawn.stopDrawing();
      drawn.edit(current.id, (region) => (resize ? grown : shifted)(region, frame, dx, dy), resize ? "resize" : "move");
      return true;
    },
    onSlice: (step) => place.show(at + step),
    onRemove: () => drawn.remove(current?.id ?? null),
    onEscape: () => (drawing ? drawn.stopDrawing() : drawn.select(null)),
    onUndo: drawn.undo,
    onRedo: drawn.redo,
    onZoom: place.zoomBy,
  });

  const submit = async () => {
    sent.current = all;
    if (await submission.send(order, scopeId, inScope)) setConfirming(false);
  };

  const broken = loaded.phase === "failed" ? loaded.message : picture.url === null ? picture.error : null;
  const state = broken ? "failed" : !picture.url || !frame ? "loading" : volumeError ? "partial" : "ready";
  const counted = inScope.length === 0 ? null : hits !== null && typeof hits === "object" ? hits : undefined;
  const unmasked = picture.url !== null ? picture.error : null;
  return (
    <Page title={toolTitle("mask")} state={state} study={study} help={<Shortcuts list={MASK_KEYS} />}>
      <div class={series?.is_volume && !volumeError ? "mask-editor with-cuts" : "mask-editor"}>
        <section class="stage" aria-label="Image">
          <Toolbar
            choices={choices}
            series={seriesId}
            grey={series?.grey ?? false}
            place={place}
            onSeries={(next) => {
              setSeriesId(next);
              place.restart();
              drawn.stopDrawing();
            }}
          />
          {(broken ?? unmasked) && (
            <p class="message bad" role="alert">
              {broken ?? unmasked}
            </p>
          )}
          <div
            class="scroller"
            tabIndex={0}
            role="region"
            aria-label="Image, scrollable when zoomed"
            onWheel={(event) => {
              if (place.zoom > 1 || frames.length < 2 || event.ctrlKey) return;
              event.preventDefault();
              place.show(at + Math.sign(event.deltaY));
            }}
          >
            {frame && (
              <div class="zoomed" style={{ "--zoom": String(place.zoom) }}>
                <PlaneView
                  name={`Slice ${at + 1} of ${frames.length}`}
                  testId="image"
                  picture={picture.url}
                  pictureState={picture.state}
                  waiting={picture.isOfAnother}
                  view={frame}
                  flat
                  regions={here}
                  selected={current?.id ?? null}
                  drawing={drawing}
                  onDraw={(rect, done) => {
                    drawn.outline((id) => outlined(id, rect), done);
                    if (done) crossAt(rect);
                  }}
                  onEdit={drawn.edit}
                  onSelect={drawn.select}
                  onPoint={({ x, y }) => frame.plane && place.setCross(toPatient(frame.plane, x - 0.5, y - 0.5))}
                />
              </div>
            )}
          </div>
          {frames.length > 1 && <SliceBar frames={frames} place={place} hits={counted} />}
        </section>
        {series?.is_volume && !volumeError && (
          <section class="cuts" aria-label="Cuts across the slices">
            {volume && place.cross && (
            <SideViews
              volume={volume}
              window={place.chosenWindow ?? series.window}
              cross={place.cross}
              regions={here.filter((region) => region.kind === "3D")}
              selected={current?.id ?? null}
              onEdit={drawn.edit}
              onSelect={drawn.select}
              onCross={place.goTo}
            />
            )}
          </section>
        )}
        <aside class="controls" aria-label="Regions">
          {volumeError && <p class="message warning">The cuts across the slices cannot be shown: {volumeError}</p>}
          <RegionPanel
            series={series}
            drawn={drawn}
            regions={here}
            inScope={inScope}
            pattern={{ ...pattern, kind }}
            hits={hits}
            shown={shown}
            order={order}
            onPattern={setPattern}
            onAdd={addBox}
            onShown={setShown}
            onOrder={setOrder}
            onSubmit={() => setConfirming(true)}
          />
          {submission.jobId && <MaskJob job={submission.job} error={submission.jobError} />}
        </aside>
      </div>
      {confirming && (
        <Confirmation
          order={order}
          regions={inScope}
          hits={hits}
          error={submission.error}
          busy={submission.busy}
          onConfirm={() => void submit()}
          onClose={() => setConfirming(false)}
        />
      )}
    </Page>
  );
}
