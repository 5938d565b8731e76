import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { NumberField } from "../shared/number_field";

const FIELDS = {
  rectangle: ["x", "y", "width", "height"],
  point: ["x", "y"],
} as const;
type Kind = keyof typeof FIELDS;

/** A shape typed instead of drawn; rows are counted from the top, as people read them. */
export function ShapeByNumbers({ height, onAdd }: { height: number; onAdd: (wkt: string) => void }): JSX.Element {
  const [kind, setKind] = useState<Kind>("rectangle");
  const [box, setBox] = useState({ x: 0, y: 0, width: 100, height: 100 });
  const add = () => {
    const [left, right] = [box.x, box.x + box.width];
    const [top, bottom] = [height - box.y, height - box.y - box.height];
    const corners = `${left} ${bottom}, ${right} ${bottom}, ${right} ${top}, ${left} ${top}, ${left} ${bottom}`;
    onAdd(kind === "point" ? `POINT (${left} ${top})` : `POLYGON ((${corners}))`);
  };
  return (
    <details>
      <summary class="small">New shape by numbers</summary>
      <div class="row">
        <label class="field">
          Shape, from the top left
          <select data-testid="box-kind" value={kind} onChange={(event) => setKind(event.currentTarget.value as Kind)}>
            {Object.keys(FIELDS).map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        {FIELDS[kind].map((name) => (
          <NumberField
            key={name}
            label={name}
            unit="px"
            value={box[name]}
            min={0}
            testId={`box-${name}`}
            onChange={(value) => setBox({ ...box, [name]: value })}
          />
        ))}
        <button type="button" data-testid="add-box" onClick={add}>
          Add {kind}
        </button>
      </div>
    </details>
  );
}
