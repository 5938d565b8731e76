import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Annotation, Term } from "./annotation_platform";
import type { Saving } from "./annotations";
import { EyeButton, LockButton } from "./list_buttons";
import { ShapeByNumbers } from "./shape_by_numbers";

/** More than a person reads, and than a browser lists at once. */
const MOST_LISTED = 200;
const SAVING_WORDS: Record<Saving, string> = {
  saved: "All changes are saved.",
  saving: "Saving…",
  kept: "Not sent yet: kept in this browser.",
};

interface AnnotationListProps {
  annotations: Annotation[];
  saving: Saving;
  terms: Term[];
  selected: number | null;
  hidden: ReadonlySet<number>;
  locked: ReadonlySet<number>;
  height: number;
  onSelect: (id: number | null) => void;
  onHide: (id: number) => void;
  onLock: (id: number) => void;
  onChange: (before: Annotation, after: Annotation) => void;
  onRemove: (annotation: Annotation) => void;
  onAdd: (wkt: string) => void;
}

export function AnnotationList(props: AnnotationListProps): JSX.Element {
  const { annotations, saving, terms, selected } = props;
  const chosen = annotations.find((each) => each.id === selected) ?? null;
  const newest = annotations.slice(-MOST_LISTED);
  const listed = chosen && !newest.includes(chosen) ? [chosen, ...newest] : newest;
  return (
    <div class="panel">
      <h2>
        Annotations <span class="muted number">({annotations.length})</span>
      </h2>
      <p class={`small ${saving === "kept" ? "warning" : "muted"}`} data-testid="saving">
        {SAVING_WORDS[saving]}
      </p>
      {annotations.length === 0 && <p class="small muted">None yet: choose a tool and draw on the slide.</p>}
      <ul class="annotations" data-testid="annotations">
        {listed.map((annotation) => {
          const term = terms.find((each) => each.id === annotation.term[0]);
          const name = `${kindOf(annotation.location)}, ${term?.name ?? "no class"}`;
          return (
            <li key={annotation.id} class="row">
              <span class="swatch" style={{ background: term?.color ?? "#7cc0ff" }} />
              <button
                type="button"
                class="name quiet"
                aria-pressed={annotation.id === selected}
                onClick={() => props.onSelect(annotation.id === selected ? null : annotation.id)}
              >
                {name}
              </button>
              <span class="spring" />
              <EyeButton name={name} hidden={props.hidden.has(annotation.id)} onClick={() => props.onHide(annotation.id)} />
              <LockButton name={name} locked={props.locked.has(annotation.id)} onClick={() => props.onLock(annotation.id)} />
              <button
                type="button"
                class="quiet"
                aria-label={`Remove ${name}`}
                disabled={props.locked.has(annotation.id)}
                onClick={() => props.onRemove(annotation)}
              >
                ✕
              </button>
            </li>
          );
        })}
      </ul>
      {listed.length < annotations.length && (
        <p class="small muted">The {MOST_LISTED} newest are listed; click on the slide to select another.</p>
      )}
      {chosen && <Corners key={chosen.id} annotation={chosen} terms={terms} locked={props.locked.has(chosen.id)} onChange={props.onChange} />}
      <ShapeByNumbers height={props.height} onAdd={props.onAdd} />
    </div>
  );
}

function kindOf(location: string): string {
  if (location.startsWith("POINT")) return "Point";
  return location.startsWith("LINESTRING") ? "Line" : "Polygon";
}

interface CornersProps {
  annotation: Annotation;
  terms: Term[];
  locked: boolean;
  onChange: (before: Annotation, after: Annotation) => void;
}

/** Class and corners of the selected annotation as text. */
function Corners({ annotation, terms, locked, onChange }: CornersProps): JSX.Element {
  const [text, setText] = useState(annotation.location);
  useEffect(() => setText(annotation.location), [annotation.location]);
  return (
    <details class="corners" open>
      <summary class="small">Selected annotation</summary>
      <label class="field">
        Class
        <select
          disabled={locked}
          value={annotation.term[0] ?? ""}
          onChange={(event) => onChange(annotation, { ...annotation, term: [Number(event.currentTarget.value)] })}
        >
          {annotation.term.length === 0 && <option value="">no class</option>}
          {terms.map((term) => (
            <option key={term.id} value={term.id}>
              {term.name}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        Corners (WKT: pixels from the bottom left, y up)
        <textarea rows={3} disabled={locked} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <button
        type="button"
        disabled={locked || text === annotation.location}
        onClick={() => onChange(annotation, { ...annotation, location: text })}
      >
        Apply
      </button>
    </details>
  );
}
