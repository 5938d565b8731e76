import type { JSX } from "preact";
import { NumberField } from "../shared/number_field";
import { seriesLine, type SeriesDescription } from "../shared/studies";
import { ZOOMS, type Place } from "./place";

interface ToolbarProps {
  choices: SeriesDescription[];
  series: string;
  grey: boolean;
  place: Place;
  onSeries: (series: string) => void;
}

/** Which series is shown, with which window, how large. */
export function Toolbar({ choices, series, grey, place, onSeries }: ToolbarProps): JSX.Element {
  const { window, zoom } = place;
  return (
    <div class="row toolbar">
      {choices.length > 1 && (
        <label class="field">
          Series
          <select data-testid="series" value={series} onChange={(event) => onSeries(event.currentTarget.value)}>
            {choices.map((choice) => (
              <option key={choice.id} value={choice.id}>
                {seriesLine(choice)}
              </option>
            ))}
          </select>
        </label>
      )}
      {grey && window && (
        <>
          <NumberField
            label="Window centre"
            value={window.center}
            onChange={(center) => place.setWindow({ ...window, center })}
          />
          <NumberField
            label="Window width"
            value={window.width}
            min={1}
            onChange={(width) => place.setWindow({ ...window, width: Math.max(width, 1) })}
          />
        </>
      )}
      <span class="spring" />
      <div class="row" role="group" aria-label="Zoom">
        <button type="button" aria-label="Zoom out" disabled={zoom === ZOOMS[0]} onClick={() => place.zoomBy(-1)}>
          −
        </button>
        <span class="number" data-testid="zoom">
          {zoom} ×
        </span>
        <button type="button" aria-label="Zoom in" disabled={zoom === ZOOMS.at(-1)} onClick={() => place.zoomBy(1)}>
          +
        </button>
      </div>
    </div>
  );
}
