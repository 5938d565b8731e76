import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { explain } from "../shared/loaded";
import type { Term } from "./annotation_platform";
import { EyeButton } from "./list_buttons";

interface ClassListProps {
  terms: Term[];
  chosen: number | null;
  hidden: ReadonlySet<number>;
  onChoose: (term: number) => void;
  onHide: (term: number) => void;
  onAdd: (name: string, color: string) => Promise<void>;
  onRecolour: (term: Term, color: string) => Promise<void>;
}

/** The classes: the chosen one is given to what is drawn next. */
export function ClassList(props: ClassListProps): JSX.Element {
  const [name, setName] = useState("");
  const [color, setColor] = useState("#e7298a");
  const [error, setError] = useState<string | null>(null);
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
      setError(null);
    } catch (refusal) {
      setError(explain(refusal));
    }
  };
  const add = (event: Event) => {
    event.preventDefault();
    void attempt(async () => {
      await props.onAdd(name.trim(), color);
      setName("");
    });
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
            {term.name}
          </label>
          <span class="spring" />
          <input
            type="color"
            aria-label={`Colour of ${term.name}`}
            value={term.color}
            onChange={(event) => void attempt(() => props.onRecolour(term, event.currentTarget.value))}
          />
          <EyeButton name={term.name} hidden={props.hidden.has(term.id)} onClick={() => props.onHide(term.id)} />
        </div>
      ))}
      <details>
        <summary class="small">New class</summary>
        <form class="row" onSubmit={add}>
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
      </details>
      {error && (
        <p class="message bad" role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}
