import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { explain } from "../shared/loaded";
import type { Term } from "./annotation_platform";

interface ClassListProps {
  terms: Term[];
  chosen: number | null;
  hidden: ReadonlySet<number>;
  onChoose: (term: number) => void;
  onHide: (term: number) => void;
  onAdd: (name: string, color: string) => Promise<void>;
}

/** The classes: the chosen one is given to what is drawn next. */
export function ClassList(props: ClassListProps): JSX.Element {
  const [name, setName] = useState("");
  const [color, setColor] = useState("#e7298a");
  const [error, setError] = useState<string | null>(null);
  const add = async (event: Event) => {
    event.preventDefault();
    try {
      await props.onAdd(name.trim(), color);
      setName("");
      setError(null);
    } catch (refusal) {
      setError(explain(refusal));
    }
  };
  return (
    <fieldset class="panel">
      <legend>Class of new annotations</legend>
      {props.terms.map((term) => (
        <div key={term.id} class="row">
          <label>
            <input
              type="radio"
              name="class"
              checked={term.id === props.chosen}
              onChange={() => props.onChoose(term.id)}
            />{" "}
            <span class="swatch" style={{ background: term.color }} /> {term.name}
          </label>
          <span class="spring" />
          <button
            type="button"
            class="quiet"
            aria-pressed={props.hidden.has(term.id)}
            aria-label={`${props.hidden.has(term.id) ? "hidden" : "shown"}: ${term.name}`}
            onClick={() => props.onHide(term.id)}
          >
            {props.hidden.has(term.id) ? "hidden" : "shown"}
          </button>
        </div>
      ))}
      <details>
        <summary class="small">New class</summary>
        <form class="row" onSubmit={(event) => void add(event)}>
          <input
            aria-label="Name of the new class"
            value={name}
            required
            size={14}
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <input
            type="color"
            aria-label="Colour of the new class"
            value={color}
            onInput={(event) => setColor(event.currentTarget.value)}
          />
          <button>Add</button>
        </form>
        {error && (
          <p class="message bad" role="alert">
            {error}
          </p>
        )}
      </details>
    </fieldset>
  );
}
