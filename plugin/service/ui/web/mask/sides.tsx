import type { JSX } from "preact";
import { sideOf, type Plane } from "../shared/plane";

const OPPOSITE = { R: "L", L: "R", A: "P", P: "A", I: "S", S: "I" } as Record<string, string>;

/** The sides of the patient at the borders of a picture. */
export function Sides({ plane }: { plane: Plane }): JSX.Element {
  const right = sideOf(plane.column_step_mm);
  const bottom = sideOf(plane.row_step_mm);
  return (
    <>
      <span class="side left" aria-hidden="true">
        {OPPOSITE[right]}
      </span>
      <span class="side right" aria-hidden="true">
        {right}
      </span>
      <span class="side top" aria-hidden="true">
        {OPPOSITE[bottom]}
      </span>
      <span class="side bottom" aria-hidden="true">
        {bottom}
      </span>
    </>
  );
}
