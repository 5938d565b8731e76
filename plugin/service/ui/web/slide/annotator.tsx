import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { readAddress, writeAddress } from "../shared/address";
import { announce } from "../shared/announcer";
import { readDraft, writeDraft } from "../shared/draft";
import { explain, useLoaded } from "../shared/loaded";
import { Page } from "../shared/page";
import { askJson, Away, useService } from "../shared/service";
import { isTyping, Shortcuts, type Shortcut } from "../shared/shortcuts";
import type { SeriesDescription, StudyDescription } from "../shared/studies";
import { AnnotationPlatform, storedKeys, storeKeys } from "./annotation_platform";
import type { Annotation, Keys, Project } from "./annotation_platform";
import { AnnotationList } from "./annotation_list";
import { ClassList } from "./class_list";
import { Exports } from "./exports";
import { ProjectChoice } from "./project_choice";
import { SignIn } from "./sign_in";
import { takeBack, type Step } from "./steps";
import { SlideViewer, type Place, type SlideDescription, type Tool } from "./viewer";

const KEYS: readonly Shortcut[] = [
  ["V, P, F, R, D", "Look and select, polygon, freehand, rectangle, point"],
  ["← ↑ → ↓, + / −", "Move over the slide and zoom, once it has the focus"],
  ["Delete", "Remove the selected annotation"],
  ["Esc", "Give up the drawing; select nothing"],
  ["Ctrl + Z / Ctrl + Y", "Undo, redo"],
  ["Tab", "Next annotation or control"],
  ["?", "This list"],
];
const TOOLS: readonly (readonly [Tool, string, string])[] = [
  ["look", "Select", "v"],
  ["polygon", "Polygon", "p"],
  ["freehand", "Freehand", "f"],
  ["rectangle", "Rectangle", "r"],
  ["point", "Point", "d"],
];
const UNCLASSED = "#7cc0ff";

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

export function Annotator({ study, series }: { study: StudyDescription; series: SeriesDescription }): JSX.Element {
  const address = useMemo(readAddress, []);
  const { recoveries } = useService();
  const [keys, setKeys] = useState<Keys | null>(storedKeys);
  const platform = useMemo(() => keys && new AnnotationPlatform(keys), [keys]);
  const slide = useLoaded(`slide ${series.id}`, (signal) =>
    askJson<SlideDescription>(`plugins/ophtha/series/${series.id}/slide`, { signal }),
  );
  const [started, setStarted] = useState<Project[]>([]);
  const projects = useLoaded(platform && `projects ${keys?.public}`, () => platform?.projects() ?? Promise.resolve([]));
  const known = [...(projects.phase === "ready" ? projects.value : []), ...started];
  const [projectId, setProjectId] = useState<number | null>(null);
  const project = known.find((each) => each.id === projectId) ?? known[0] ?? null;
  const [newTerms, setNewTerms] = useState(0);
  const contents = useLoaded(platform && project && `image ${project.id} ${series.id} ${newTerms}`, async () => {
    if (!platform || !project) throw new Away();
    const image = await platform.image(project.id, series.id);
    const terms = project.ontology === null ? [] : await platform.terms(project.ontology);
    return { image, terms, annotations: image === null ? [] : await platform.annotations(image) };
  });
  const image = contents.phase === "ready" ? contents.value.image : null;
  const terms = contents.phase === "ready" ? contents.value.terms : [];

  const [annotations, setAnnotations] = useState<Annotation[]>([]);
  const [selected, setSelected] = useState<number | null>(Number(address.get("annotation")) || null);
  const [tool, setTool] = useState<Tool>("look");
  const [term, setTerm] = useState<number | null>(null);
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set());
  const [locked, setLocked] = useState<ReadonlySet<number>>(new Set());
  const [past, setPast] = useState<Step[]>([]);
  const [future, setFuture] = useState<Step[]>([]);
  const [error, setError] = useState<string | null>(null);
  const [viewer, setViewer] = useState<SlideViewer | null>(null);
  const target = useRef<HTMLDivElement>(null);
  const stepping = useRef(false);
  const draft = `slide ${series.id} ${project?.id ?? 0}`;
  const currentTerm = terms.find((each) => each.id === term) ?? terms[0] ?? null;

  useEffect(() => {
    if (contents.phase === "ready") setAnnotations(contents.value.annotations);
  }, [contents]);

  /** At once: the next click may come before the page is drawn anew. */
  const take = (next: Tool) => {
    viewer?.setTool(next);
    setTool(next);
  };
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
      setError(null);
    } catch (refusal) {
      if (!(refusal instanceof Away)) setError(explain(refusal));
    }
  };
  const done = (step: Step) => {
    setPast((steps) => [...steps, step]);
    setFuture([]);
  };
  const add = async (wkt: string) => {
    if (!platform || image === null) return;
    const waiting = [...(readDraft(draft, isTextList) ?? []), wkt];
    writeDraft(draft, waiting);
    await attempt(async () => {
      const annotation = await platform.add(image, wkt, currentTerm ? [currentTerm.id] : []);
      writeDraft(draft, without(readDraft(draft, isTextList) ?? [], wkt));
      setAnnotations((all) => [...all, annotation]);
      done({ kind: "added", annotation });
      announce(`Annotation added${currentTerm ? ` as ${currentTerm.name}` : ""}`);
    });
  };
  const change = (before: Annotation, after: Annotation) =>
    attempt(async () => {
      setAnnotations((all) => all.map((each) => (each.id === after.id ? after : each)));
      await platform?.change(after);
      done({ kind: "changed", before, after });
    });
  const remove = (annotation: Annotation | undefined) =>
    attempt(async () => {
      if (!annotation || locked.has(annotation.id)) return;
      await platform?.remove(annotation.id);
      setAnnotations((all) => all.filter((each) => each.id !== annotation.id));
      setSelected(null);
      done({ kind: "removed", annotation });
    });
  const step = (from: Step[], setFrom: (steps: Step[]) => void, to: Step[], setTo: (steps: Step[]) => void) =>
    attempt(async () => {
      const last = from.at(-1);
      if (!last || !platform || image === null || stepping.current) return;
      stepping.current = true;
      const { undone, apply } = await takeBack(platform, image, last).finally(() => (stepping.current = false));
      const rename = (each: Step) =>
        last.kind === "removed" && undone.kind === "added" ? renumbered(each, last.annotation.id, undone.annotation.id) : each;
      setFrom(from.slice(0, -1).map(rename));
      setTo([...to.map(rename), undone]);
      setAnnotations(apply);
    });
  const undo = () => void step(past, setPast, future, setFuture);
  const redo = () => void step(future, setFuture, past, setPast);

  // The viewer outlives many renderings: it calls what is current then.
  const current = useRef({ add, change, annotations });
  current.current = { add, change, annotations };
  useEffect(() => {
    const element = target.current;
    if (!element || slide.phase !== "ready") return undefined;
    const made = new SlideViewer(
      element,
      series.id,
      slide.value,
      {
        onDrawn: (wkt) => void current.current.add(wkt),
        onChanged: (id, wkt) => {
          const before = current.current.annotations.find((each) => each.id === id);
          if (before) void current.current.change(before, { ...before, location: wkt });
        },
        onSelected: setSelected,
        onMoved: ({ x, y, resolution }) =>
          writeAddress({ x: x.toFixed(0), y: y.toFixed(0), r: resolution.toFixed(3) }),
      },
      placeOf(address),
    );
    setViewer(made);
    Object.assign(globalThis, { slideViewer: made });
    return () => made.dispose();
  }, [slide.phase === "ready" ? slide.value : null]);
  useEffect(() => viewer?.setTool(tool), [viewer]);
  useEffect(() => {
    viewer?.show(
      annotations.map((each) => ({
        id: each.id,
        location: each.location,
        colour: terms.find((one) => one.id === each.term[0])?.color ?? UNCLASSED,
        visible: !hidden.has(each.term[0] ?? 0),
        locked: locked.has(each.id),
      })),
      selected,
    );
    writeAddress({ annotation: selected === null ? null : String(selected) });
  }, [viewer, annotations, terms, hidden, locked, selected, tool]);
  useEffect(() => {
    // What could not be sent before: the service was away, or the page was loaded anew.
    const waiting = readDraft(draft, isTextList) ?? [];
    if (!platform || image === null || waiting.length === 0) return;
    writeDraft(draft, null);
    for (const wkt of waiting) void add(wkt);
  }, [image, recoveries]);
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (isTyping(event)) return;
      const control = event.ctrlKey || event.metaKey;
      const key = event.key.toLowerCase();
      const chosen = TOOLS.find(([, , letter]) => letter === key);
      if (control && key === "z") undo();
      else if (control && key === "y") redo();
      else if (control || event.altKey) return;
      else if (event.key === "Delete") void remove(annotations.find((each) => each.id === selected));
      else if (event.key === "Escape") {
        if (!viewer?.abortDrawing()) setSelected(null);
        take("look");
      } else if (chosen && (chosen[0] === "look" || image !== null)) take(chosen[0]);
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  });

  const failed = slide.phase === "failed" ? slide.message : null;
  const state = failed ? "failed" : !viewer || contents.phase === "loading" ? "loading" : "ready";
  const trouble = error ?? [projects, contents].map((each) => (each.phase === "failed" ? each.message : null)).find(Boolean);
  return (
    <Page title="Slide annotations" state={state} study={study} help={<Shortcuts list={KEYS} />}>
      <div class="annotator">
        <section class="slide-stage" aria-label="Slide">
          {failed && (
            <p class="message bad" role="alert">
              {failed}
            </p>
          )}
          <div class="row" role="toolbar" aria-label="Tools">
            {TOOLS.map(([each, title, letter]) => (
              <button
                key={each}
                type="button"
                data-testid={`tool-${each}`}
                aria-pressed={tool === each}
                disabled={each !== "look" && image === null}
                onClick={() => take(each)}
              >
                {title} <kbd>{letter.toUpperCase()}</kbd>
              </button>
            ))}
            <span class="spring" />
            <button type="button" data-testid="undo" disabled={past.length === 0} onClick={undo}>
              Undo
            </button>
            <button type="button" disabled={future.length === 0} onClick={redo}>
              Redo
            </button>
          </div>
          <div
            ref={target}
            class="slide-view"
            data-testid="image"
            tabIndex={0}
            role="application"
            aria-label="Slide; arrow keys move, plus and minus zoom"
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
            <SignIn
              onSignedIn={(given) => {
                storeKeys(given);
                setKeys(given);
              }}
            />
          ) : projects.phase !== "ready" ? (
            <p class="muted">Asking for your projects…</p>
          ) : (
            <ProjectChoice
              platform={platform}
              projects={known}
              chosen={project?.id ?? null}
              onChoose={setProjectId}
              onStarted={(made) => {
                setStarted([...started, made]);
                setProjectId(made.id);
              }}
            />
          )}
          {contents.phase === "ready" && image === null && (
            <p class="message warning">
              You may not see this slide in this project yet: an administrator of the annotation platform can add it.
            </p>
          )}
          {platform && image !== null && (
            <>
              <ClassList
                terms={terms}
                chosen={currentTerm?.id ?? null}
                hidden={hidden}
                onChoose={setTerm}
                onHide={(id) => setHidden(toggled(hidden, id))}
                onAdd={async (name, color) => {
                  if (project?.ontology == null) return;
                  await platform.addTerm(project.ontology, name, color);
                  setNewTerms(newTerms + 1);
                }}
              />
              <AnnotationList
                annotations={annotations}
                terms={terms}
                selected={selected}
                locked={locked}
                height={slide.phase === "ready" ? slide.value.height : 0}
                onSelect={(id) => {
                  take("look");
                  setSelected(id);
                  if (id !== null) viewer?.goTo(id);
                }}
                onLock={(id) => setLocked(toggled(locked, id))}
                onChange={(before, after) => void change(before, after)}
                onRemove={(annotation) => void remove(annotation)}
                onAdd={(wkt) => void add(wkt)}
              />
              <Exports platform={platform} image={image} empty={annotations.length === 0} />
            </>
          )}
        </aside>
      </div>
    </Page>
  );
}

function without(list: string[], item: string): string[] | null {
  const index = list.indexOf(item);
  const left = index < 0 ? list : [...list.slice(0, index), ...list.slice(index + 1)];
  return left.length > 0 ? left : null;
}

function toggled(set: ReadonlySet<number>, id: number): ReadonlySet<number> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}

function renumbered(step: Step, from: number, to: number): Step {
  const renamed = (annotation: Annotation) => (annotation.id === from ? { ...annotation, id: to } : annotation);
  return step.kind === "changed"
    ? { ...step, before: renamed(step.before), after: renamed(step.after) }
    : { ...step, annotation: renamed(step.annotation) };
}

function placeOf(address: URLSearchParams): Place | null {
  const [x, y, resolution] = ["x", "y", "r"].map((name) => Number(address.get(name)));
  return address.has("x") && x !== undefined && y !== undefined && resolution ? { x, y, resolution } : null;
}
