import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { numberIn, readAddress, useAddress } from "../shared/address";
import { useLoaded } from "../shared/loaded";
import { Page } from "../shared/page";
import { askJson } from "../shared/service";
import { Shortcuts } from "../shared/shortcuts";
import { seriesLine, type SeriesDescription, type StudyDescription } from "../shared/studies";
import { toolTitle } from "../shared/tools";
import { AnnotationList } from "./annotation_list";
import { useAnnotations } from "./annotations";
import { ClassList } from "./class_list";
import { Exports } from "./exports";
import { SLIDE_KEYS, useSlideKeys } from "./keyboard";
import { useProject } from "./project";
import { ProjectChoice } from "./project_choice";
import { grownShape, movedShape } from "./shape";
import { SignIn } from "./sign_in";
import { Toolbar } from "./toolbar";
import { useSlideViewer, type Shape } from "./use_slide_viewer";
import { slidePath, type SlideDescription, type Tool } from "./viewer";

const UNCLASSED = "#7cc0ff";

interface AnnotatorProps {
  study: StudyDescription;
  series: SeriesDescription;
  /** The slides of the study. */
  choices: SeriesDescription[];
  onSeries: (series: string) => void;
}

/** A slide, its annotations within a project, and the tools to draw them. */
export function Annotator({ study, series, choices, onSeries }: AnnotatorProps): JSX.Element {
  const address = useMemo(readAddress, []);
  const slide = useLoaded(`slide ${series.id}`, async (signal) =>
    askJson<SlideDescription>(slidePath(series.id), { signal }),
  );
  const work = useProject(series.id);
  const { platform, image, terms } = work;
  const [term, setTerm] = useState<number | null>(null);
  const currentTerm = terms.find((each) => each.id === term) ?? terms[0] ?? null;
  const draft = `slide ${series.id} ${work.project?.id ?? 0}`;
  const annotations = useAnnotations({ platform, image, stored: work.annotations, draft });
  const { all } = annotations;

  const [selected, setSelected] = useState<number | null>(() => numberIn(address, "annotation"));
  const [tool, setTool] = useState<Tool>("look");
  const [hiddenTerms, setHiddenTerms] = useState<ReadonlySet<number>>(new Set());
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set());
  const [locked, setLocked] = useState<ReadonlySet<number>>(new Set());
  const chosen = all.find((each) => each.id === selected) ?? null;
  const add = (wkt: string) => void annotations.add(wkt, currentTerm);
  const shapes = useMemo(
    (): Shape[] =>
      all.map((each) => ({
        id: each.id,
        location: each.location,
        colour: terms.find((one) => one.id === each.term[0])?.color ?? UNCLASSED,
        visible: !hidden.has(each.id) && !hiddenTerms.has(each.term[0] ?? 0),
        locked: locked.has(each.id),
      })),
    [all, terms, hidden, hiddenTerms, locked],
  );
  const { target, viewer } = useSlideViewer({
    series: series.id,
    slide: slide.phase === "ready" ? slide.value : null,
    address,
    shapes,
    selected,
    tool,
    onDrawn: add,
    onChanged: (id, wkt) => {
      const before = all.find((each) => each.id === id);
      if (before) void annotations.change(before, { ...before, location: wkt });
    },
    onSelected: setSelected,
  });
  useAddress(() => ({ annotation: chosen === null ? null : String(chosen.id) }), [chosen?.id]);

  /** At once: the next click may come before the page is drawn anew. */
  const take = (next: Tool) => {
    viewer?.setTool(next);
    setTool(next);
  };
  useSlideKeys({
    canDraw: image !== null,
    onTool: (next) => {
      take(next);
      target.current?.focus();
    },
    onArrow: (columns, rows, resize) => {
      if (!chosen || tool !== "look" || locked.has(chosen.id)) return false;
      const step = viewer?.step ?? 1;
      const change = resize ? grownShape : movedShape;
      annotations.adjust(chosen.id, (now) => ({
        ...now,
        location: change(now.location, columns * step, -rows * step),
      }));
      return true;
    },
    onRemove: () => {
      if (!chosen || locked.has(chosen.id)) return;
      setSelected(null);
      void annotations.remove(chosen);
    },
    onEscape: () => {
      if (!viewer?.abortDrawing()) setSelected(null);
      take("look");
    },
    onUndo: annotations.undo,
    onRedo: annotations.redo,
  });

  const failed = slide.phase === "failed" ? slide.message : null;
  const state = failed ? "failed" : !viewer || work.phase === "loading" ? "loading" : work.error ? "partial" : "ready";
  const trouble = annotations.error ?? work.error;
  return (
    <Page title={toolTitle("slide")} state={state} study={study} help={<Shortcuts list={SLIDE_KEYS} />}>
      <div class="annotator">
        <section class="slide-stage" aria-label="Slide">
          {failed && (
            <p class="message bad" role="alert">
              {failed}
            </p>
          )}
          {choices.length > 1 && (
            <label class="row small">
              Slide
              <select data-testid="series" value={series.id} onChange={(event) => onSeries(event.currentTarget.value)}>
                {choices.map((choice) => (
                  <option key={choice.id} value={choice.id}>
                    {seriesLine(choice)}
                  </option>
                ))}
              </select>
            </label>
          )}
          <Toolbar tool={tool} canDraw={image !== null} annotations={annotations} onTool={take} />
          <div
            ref={target}
            class="slide-view"
            data-testid="image"
            tabIndex={0}
            role="application"
            aria-label="Slide; arrow keys move, plus and minus zoom; with a drawing tool arrow keys move the pencil, Space sets a corner, Enter finishes"
          />
          {slide.phase === "ready" && (
            <p class="small muted number">
              {slide.value.width} × {slide.value.height} pixels
              {slide.value.spacing_um ? `, ${slide.value.spacing_um[0].toFixed(3)} µm each` : ", pixel size not stated"}
            </p>
          )}
        </section>
        <aside class="controls" aria-label="Annotations">
          {trouble && (
            <p class="message bad" role="alert">
              {trouble}
            </p>
          )}
          {!platform ? (
            !work.isAsking && <SignIn onSignedIn={work.signIn} />
          ) : work.projects === null ? (
            !work.error && <p class="muted">Asking for your projects…</p>
          ) : (
            <ProjectChoice
              platform={platform}
              projects={work.projects}
              chosen={work.project?.id ?? null}
              onChoose={work.choose}
              onStarted={work.start}
            />
          )}
          {platform && work.error && (
            <button type="button" onClick={work.signOut}>
              Sign in as somebody else
            </button>
          )}
          {work.phase === "ready" && work.project && image === null && (
            <p class="message warning">
              You may not see this slide in this project yet: an administrator of the annotation platform can add it.
            </p>
          )}
          {platform && image !== null && (
            <>
              <ClassList
                terms={terms}
                chosen={currentTerm?.id ?? null}
                hidden={hiddenTerms}
                onChoose={setTerm}
                onHide={(id) => setHiddenTerms(toggled(hiddenTerms, id))}
                onAdd={work.addTerm}
                onRecolour={work.recolour}
              />
              <AnnotationList
                annotations={all}
                saving={annotations.saving}
                terms={terms}
                selected={chosen?.id ?? null}
                hidden={hidden}
                locked={locked}
                height={slide.phase === "ready" ? slide.value.height : 0}
                onSelect={(id) => {
                  take("look");
                  setSelected(id);
                  if (id !== null) viewer?.goTo(id);
                }}
                onHide={(id) => setHidden(toggled(hidden, id))}
                onLock={(id) => setLocked(toggled(locked, id))}
                onChange={(before, after) => void annotations.change(before, after)}
                onRemove={(annotation) => void annotations.remove(annotation)}
                onAdd={add}
              />
              <Exports platform={platform} image={image} empty={all.length === 0} />
            </>
          )}
        </aside>
      </div>
    </Page>
  );
}

function toggled(set: ReadonlySet<number>, id: number): ReadonlySet<number> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}
