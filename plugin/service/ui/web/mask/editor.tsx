import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { readAddress, writeAddress } from "../shared/address";
import { announce } from "../shared/announcer";
import { readDraft, writeDraft } from "../shared/draft";
import { useHistory } from "../shared/history";
import { useJob } from "../shared/job_status";
import { explain } from "../shared/loaded";
import { NumberField } from "../shared/number_field";
import { Page } from "../shared/page";
import { add, toPatient, toPixel, type Vec } from "../shared/plane";
import { askJson } from "../shared/service";
import { Shortcuts } from "../shared/shortcuts";
import { seriesLine, type SeriesDescription, type StudyDescription } from "../shared/studies";
import { Confirmation, type Order } from "./confirmation";
import { MASK_KEYS, useMaskKeys } from "./keyboard";
import { MaskJob } from "./mask_job";
import { PlaneView } from "./plane_view";
import { boxBehind, grown, isRegionList, maskPixelData, shiftedBy, withRect } from "./region";
import type { DrawnRegion, Rect } from "./region";
import { RegionPanel } from "./region_panel";
import { sliceStep, useHits, usePicture, useSeriesFrames, type Shown, type Window } from "./series_frames";
import { SideViews, useVolume } from "./side_views";
import { TickStrip } from "./tick_strip";

const ZOOMS = [1, 1.5, 2, 3, 4, 6, 8];
const NEW_BOX_SLICES = 10;

interface EditorProps {
  study: StudyDescription;
  choices: SeriesDescription[];
  series: string | null;
  instance: string | null;
  scope: Order["scope"];
}

export function Editor(props: EditorProps): JSX.Element {
  const { study, choices } = props;
  const address = useMemo(readAddress, []);
  const asked = props.series ?? address.get("shown") ?? address.get("series");
  const [seriesId, setSeriesId] = useState(choices.find((each) => each.id === asked)?.id ?? choices[0]?.id ?? "");
  const loaded = useSeriesFrames(seriesId);
  const series = loaded.phase === "ready" ? loaded.value : null;
  const frames = series?.frames ?? [];

  const [index, setIndex] = useState<number | null>(address.has("frame") ? Number(address.get("frame")) : null);
  const [zoom, setZoom] = useState(Number(address.get("z")) || 1);
  const [window, setWindow] = useState<Window | null>(null);
  const [shown, setShown] = useState<Shown | null>(null);
  const [selected, setSelected] = useState<number | null>(null);
  const [drawing, setDrawing] = useState<number | null>(null);
  const [cross, setCross] = useState<Vec | null>(null);
  const [order, setOrder] = useState<Order>({
    scope: props.scope,
    action: "modify",
    cleanPixelData: false,
    cleanFace: false,
  });
  const [confirming, setConfirming] = useState(false);
  const [submitting, setSubmitting] = useState<{ busy: boolean; error: string | null }>({ busy: false, error: null });
  const [jobId, setJobId] = useState(address.get("job"));
  const draft = `mask ${study.id}`;
  const history = useHistory<DrawnRegion[]>(() => readDraft(draft, isRegionList) ?? []);
  const regions = history.present;
  const [pattern, setPattern] = useState<DrawnRegion>({
    id: 0,
    kind: "3D",
    origin: [],
    end: [],
    maskType: "Fill",
    fillValue: 0,
    filterWidth: 30,
    target: null,
  });

  const first = useMemo(() => {
    const found = frames.findIndex((frame) => frame.instance === props.instance);
    return found >= 0 ? found : Math.floor(frames.length / 2);
  }, [series]);
  const at = Math.min(Math.max(index ?? first, 0), Math.max(frames.length - 1, 0));
  const frame = frames[at];
  const kind = series?.is_volume ? pattern.kind : "2D";
  const effectiveWindow = window ?? series?.window ?? null;
  const here = regions.filter((region) => region.target === null || region.target === seriesId);
  const picture = usePicture(frame, window, shown, here);
  const scopeId = order.scope === "studies" ? study.id : seriesId;
  const inScope = order.scope === "studies" ? regions : here;
  const hits = useHits(order.scope, scopeId, inScope);
  const { volume, error: volumeError } = useVolume(series);
  const { job, error: jobError } = useJob(jobId);
  const fillOfSeries = series && series.value_range[0] < 0 && series.grey ? -1000 : 0;

  useEffect(() => {
    writeAddress({
      frame: frames.length > 1 ? String(at) : null,
      z: zoom === 1 ? null : String(zoom),
      shown: props.series === null && choices.length > 1 ? seriesId : null,
    });
  }, [at, zoom, seriesId, frames.length]);
  useEffect(() => writeDraft(draft, regions.length > 0 ? regions : null), [regions]);
  useEffect(() => {
    if (series) setPattern((now) => ({ ...now, fillValue: fillOfSeries }));
  }, [series]);

  const showSlice = (next: number) => {
    const target = Math.min(Math.max(next, 0), frames.length - 1);
    setIndex(target);
    announce(`Slice ${target + 1} of ${frames.length}`);
  };
  const edit = (id: number, change: (region: DrawnRegion) => DrawnRegion, merge: string) =>
    history.change((now) => now.map((each) => (each.id === id ? change(each) : each)), merge);
  const replace = (region: DrawnRegion, merge: string) => edit(region.id, () => region, merge);
  const drawn = (id: number, rect: Rect): DrawnRegion | null => {
    if (!frame || !series) return null;
    const region: DrawnRegion = { ...pattern, id, kind, target: choices.length > 1 || kind === "2D" ? seriesId : null };
    if (kind === "2D") return withRect(region, null, rect);
    if (!frame.plane) return null;
    const step = sliceStep(series);
    const ends = [frames[0]?.plane, frames.at(-1)?.plane].map((plane) => plane?.origin_mm ?? [0, 0, 0]) as [Vec, Vec];
    const [origin, end] = boxBehind(frame.plane, rect, step, NEW_BOX_SLICES, ends);
    return withRect({ ...region, origin, end }, frame.plane, rect);
  };
  const addBox = () => {
    if (!frame) return;
    const id = Math.max(0, ...regions.map((region) => region.id)) + 1;
    const rect = {
      left: Math.round(frame.columns * 0.375),
      right: Math.round(frame.columns * 0.625),
      top: Math.round(frame.rows * 0.375),
      bottom: Math.round(frame.rows * 0.625),
    };
    const region = drawn(id, rect);
    if (!region) return;
    history.change((now) => [...now, region], `new ${id}`);
    setSelected(id);
    setDrawing(id);
    announce("A region was added. Drag over the image to draw it, or move it with the arrow keys.");
  };
  const draw = (rect: Rect, done: boolean) => {
    if (drawing === null) return;
    const region = drawn(drawing, rect);
    if (region) replace(region, `new ${drawing}`);
    if (done) setDrawing(null);
  };
  const remove = (id: number | null) => {
    if (id === null) return;
    history.change((now) => now.filter((region) => region.id !== id));
    setSelected(null);
    setDrawing(null);
  };
  const current = regions.find((region) => region.id === selected) ?? null;
  useMaskKeys({
    onArrow: (dx, dy, resize) => {
      if (!current || !frame) return false;
      setDrawing(null);
      const { plane } = frame;
      if (resize) {
        edit(current.id, (region) => grown(region, frame, dx, dy), `resize ${current.id}`);
      } else {
        const flat = current.kind === "2D" || !plane;
        const delta = flat ? [dx, dy] : add(add([0, 0, 0], plane.column_step_mm, dx), plane.row_step_mm, dy);
        edit(current.id, (region) => shiftedBy(region, delta), `move ${current.id}`);
      }
      return true;
    },
    onSlice: (step) => showSlice(at + step),
    onRemove: () => remove(selected),
    onEscape: () => (drawing === null ? setSelected(null) : setDrawing(null)),
    onUndo: history.undo,
    onRedo: history.redo,
    onZoom: (step) => setZoom(ZOOMS[Math.min(Math.max(ZOOMS.indexOf(zoom) + step, 0), ZOOMS.length - 1)] ?? 1),
  });

  const submit = async () => {
    setSubmitting({ busy: true, error: null });
    const body = {
      Asynchronous: true,
      ...(order.scope === "series" && order.action === "modify"
        ? { Replace: { StudyInstanceUID: newUid() }, Force: true }
        : {}),
      MaskPixelData: {
        ...maskPixelData(inScope),
        ...(order.cleanPixelData ? { CleanPixelData: true } : {}),
        ...(order.cleanFace ? { CleanRecognizableVisualFeatures: true } : {}),
      },
    };
    try {
      const path = `plugins/pixels-masker/${order.scope}/${scopeId}/${order.action}`;
      const answer = await askJson<{ ID: string }>(path, { method: "POST", body });
      setJobId(answer.ID);
      writeAddress({ job: answer.ID });
      setConfirming(false);
      setSubmitting({ busy: false, error: null });
    } catch (error) {
      setSubmitting({ busy: false, error: explain(error) });
    }
  };

  const broken = loaded.phase === "failed" ? loaded.message : picture.url === null ? picture.error : null;
  const state = broken ? "failed" : !picture.url || !frame ? "loading" : volumeError ? "partial" : "ready";
  const centre = frame?.plane && toPatient(frame.plane, frame.columns / 2, frame.rows / 2);
  const crossPoint = cross ?? centre ?? null;
  const scroller = useRef<HTMLDivElement>(null);
  return (
    <Page title="Mask pixels" state={state} study={study} help={<Shortcuts list={MASK_KEYS} />}>
      <div class={volume ? "mask-editor with-cuts" : "mask-editor"}>
        <section class="stage" aria-label="Image">
          <div class="row toolbar">
            {choices.length > 1 && (
              <label class="field">
                Series
                <select
                  data-testid="series"
                  value={seriesId}
                  onChange={(event) => {
                    setSeriesId(event.currentTarget.value);
                    setIndex(null);
                    setWindow(null);
                    setCross(null);
                    setDrawing(null);
                  }}
                >
                  {choices.map((choice) => (
                    <option key={choice.id} value={choice.id}>
                      {seriesLine(choice)}
                    </option>
                  ))}
                </select>
              </label>
            )}
            {series?.grey && effectiveWindow && (
              <>
                <NumberField
                  label="Window centre"
                  value={effectiveWindow.center}
                  onChange={(center) => setWindow({ ...effectiveWindow, center })}
                />
                <NumberField
                  label="Width"
                  value={effectiveWindow.width}
                  min={1}
                  onChange={(width) => setWindow({ ...effectiveWindow, width: Math.max(width, 1) })}
                />
              </>
            )}
            <span class="spring" />
            <div class="row" role="group" aria-label="Zoom">
              <button type="button" aria-label="Zoom out" disabled={zoom === 1} onClick={() => setZoom(ZOOMS[ZOOMS.indexOf(zoom) - 1] ?? 1)}>
                −
              </button>
              <span class="number" data-testid="zoom">
                {zoom} ×
              </span>
              <button type="button" aria-label="Zoom in" disabled={zoom === 8} onClick={() => setZoom(ZOOMS[ZOOMS.indexOf(zoom) + 1] ?? 8)}>
                +
              </button>
            </div>
          </div>
          {broken && (
            <p class="message bad" role="alert">
              {broken}
            </p>
          )}
          <div class="scroller" ref={scroller} tabIndex={0} aria-label="Image, scrollable when zoomed">
            {frame && (
              <div class="zoomed" style={{ "--zoom": String(zoom) }}>
                <PlaneView
                  name={`Slice ${at + 1} of ${frames.length}`}
                  testId="image"
                  picture={picture.url}
                  pictureState={picture.state}
                  width={frame.columns}
                  height={frame.rows}
                  plane={frame.plane}
                  flat
                  regions={here}
                  selected={selected}
                  drawing={drawing !== null}
                  onDraw={draw}
                  onChange={(region) => replace(region, `drag ${region.id}`)}
                  onSelect={setSelected}
                  onPoint={(column, row) => frame.plane && setCross(toPatient(frame.plane, column - 0.5, row - 0.5))}
                />
              </div>
            )}
          </div>
          {frames.length > 1 && (
            <div class="slices">
              <label class="row">
                <span>Slice</span>
                <input
                  type="range"
                  min={0}
                  max={frames.length - 1}
                  value={at}
                  onInput={(event) => setIndex(event.currentTarget.valueAsNumber)}
                />
                <span class="number" data-testid="slice">
                  {at + 1} of {frames.length}
                </span>
              </label>
              <TickStrip frames={frames} hits={typeof hits === "object" ? hits : null} shown={at} onShow={showSlice} />
            </div>
          )}
        </section>
        {volume && crossPoint && (
          <section class="cuts" aria-label="Cuts across the slices">
            <SideViews
              volume={volume}
              window={effectiveWindow}
              cross={frame?.plane ? onSlice(crossPoint, frame.plane) : crossPoint}
              regions={here.filter((region) => region.kind === "3D")}
              selected={selected}
              onChange={(region) => replace(region, `drag ${region.id}`)}
              onSelect={setSelected}
              onCross={(point) => {
                setCross(point);
                setIndex(nearest(frames.map((each) => each.plane), point));
              }}
            />
          </section>
        )}
        <aside class="controls" aria-label="Regions">
          {volumeError && <p class="message warning">The cuts across the slices cannot be shown: {volumeError}</p>}
          <RegionPanel
            series={series}
            regions={here}
            selected={current}
            pattern={{ ...pattern, kind }}
            drawing={drawing !== null}
            hits={hits}
            inScope={inScope}
            shown={shown}
            order={order}
            history={history}
            onPattern={setPattern}
            onAdd={addBox}
            onSelect={setSelected}
            onChange={(region) => replace(region, `field ${region.id}`)}
            onRemove={remove}
            onShown={setShown}
            onOrder={setOrder}
            onSubmit={() => setConfirming(true)}
          />
          {jobId && <MaskJob job={job} error={jobError} />}
        </aside>
      </div>
      {confirming && (
        <Confirmation
          order={order}
          regions={inScope}
          hits={hits}
          error={submitting.error}
          busy={submitting.busy}
          onConfirm={() => void submit()}
          onClose={() => setConfirming(false)}
        />
      )}
    </Page>
  );
}

function onSlice(point: Vec, plane: { origin_mm: Vec; column_step_mm: Vec; row_step_mm: Vec }): Vec {
  const [column, row] = toPixel(plane, point);
  return toPatient(plane, column, row);
}

function nearest(planes: ({ origin_mm: Vec; column_step_mm: Vec; row_step_mm: Vec } | null)[], point: Vec): number {
  let best = 0;
  let least = Infinity;
  planes.forEach((plane, index) => {
    if (!plane) return;
    const foot = onSlice(point, plane);
    const distance = Math.hypot(...add(foot, point, -1));
    if (distance < least) [best, least] = [index, distance];
  });
  return best;
}

/** A UUID-derived UID (PS3.5 B.2). */
function newUid(): string {
  const digits = crypto.getRandomValues(new Uint8Array(16));
  digits[6] = ((digits[6] ?? 0) & 0x0f) | 0x40;
  digits[8] = ((digits[8] ?? 0) & 0x3f) | 0x80;
  return `2.25.${digits.reduce((number, byte) => number * 256n + BigInt(byte), 0n)}`;
}
