import type { JSX } from "preact";
import type { Place } from "./place";
import type { Frame, Hits } from "./series_frames";
import { TickStrip } from "./tick_strip";

interface SliceBarProps {
  frames: Frame[];
  place: Place;
  /** Null when nothing is drawn; undefined while the server counts. */
  hits: Hits | null | undefined;
}

/** Leafs through the slices, and shows which of them are masked. */
export function SliceBar({ frames, place, hits }: SliceBarProps): JSX.Element {
  return (
    <div class="slices">
      <label class="row">
        <span class="name">Slice</span>
        <input
          type="range"
          min={1}
          max={frames.length}
          value={place.at + 1}
          onInput={(event) => place.show(event.currentTarget.valueAsNumber - 1)}
        />
        <span class="number" data-testid="slice">
          {place.at + 1} / {frames.length}
        </span>
      </label>
      <TickStrip frames={frames} hits={hits} shown={place.at} onShow={place.show} />
    </div>
  );
}
