import type { JSX } from "preact";
import { gradient, type Palette } from "../shared/colour_scale";
import { SCALES_UM, type MapKind } from "./en_face";

/** The scale of the maps, the same for both eyes. */
export function ColourBar({ kind, palette }: { kind: MapKind; palette: Palette }): JSX.Element {
  const [low, high] = SCALES_UM[kind];
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => low + share * (high - low));
  return (
    <div class="colour-bar" role="img" aria-label={`Colours from ${low} to ${high} µm; the same for both eyes`}>
      <div class="bar" style={{ background: gradient(palette) }} />
      <div class="ticks number">
        {ticks.map((tick, index) => (
          <span key={tick}>
            {index === 0 ? "≤ " : index === ticks.length - 1 ? "≥ " : ""}
            {tick}
          </span>
        ))}
        <span>µm</span>
      </div>
      <span class="hatched small">no data</span>
    </div>
  );
}
