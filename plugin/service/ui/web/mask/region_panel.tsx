import type { JSX } from "preact";
import type { History } from "../shared/history";
import type { Order } from "./confirmation";
import { title, type DrawnRegion } from "./region";
import { CornerFields, PaintFields } from "./region_fields";
import type { Hits, SeriesFrames, Shown } from "./series_frames";

interface RegionPanelProps {
  series: SeriesFrames | null;
  regions: DrawnRegion[];
  inScope: DrawnRegion[];
  selected: DrawnRegion | null;
  pattern: DrawnRegion;
  drawing: boolean;
  hits: Hits | string | null;
  shown: Shown | null;
  order: Order;
  history: History<DrawnRegion[]>;
  onPattern: (pattern: DrawnRegion) => void;
  onAdd: () => void;
  onSelect: (id: number | null) => void;
  onChange: (region: DrawnRegion) => void;
  onRemove: (id: number) => void;
  onShown: (shown: Shown | null) => void;
  onOrder: (order: Order) => void;
  onSubmit: () => void;
}

export function RegionPanel(props: RegionPanelProps): JSX.Element {
  const { series, regions, selected, pattern, history, order } = props;
  const edited = selected ?? pattern;
  const change = (region: DrawnRegion) => {
    props.onPattern({ ...pattern, maskType: region.maskType, fillValue: region.fillValue, filterWidth: region.filterWidth });
    if (selected) props.onChange(region);
  };
  const nothing = props.inScope.length === 0;
  return (
    <>
      <div class="panel">
        <h2>Regions</h2>
        <div class="row spaced">
        {series?.is_volume && (
          <label class="field">
            New region
            <select
              data-testid="region-type"
              value={pattern.kind}
              onChange={(event) => props.onPattern({ ...pattern, kind: event.currentTarget.value as DrawnRegion["kind"] })}
            >
              <option value="3D">box in space</option>
              <option value="2D">rectangle on every slice</option>
            </select>
          </label>
        )}
          <button class={regions.length === 0 ? "main" : ""} type="button" data-testid="add-box" disabled={!series} onClick={props.onAdd}>
            Add {pattern.kind === "2D" ? "rectangle" : "box"}
          </button>
          <button type="button" disabled={!history.canUndo} onClick={history.undo}>
            Undo
          </button>
          <button type="button" disabled={!history.canRedo} onClick={history.redo}>
            Redo
          </button>
        </div>
        {props.drawing && <p class="small warning">Drag over the image to draw the region (Esc keeps it as it is).</p>}
        {nothing && !props.drawing && (
          <p class="small muted">Add a region, then drag over the image; or type its corners.</p>
        )}
        <ul class="regions" data-testid="regions">
          {regions.map((region, index) => (
            <li key={region.id} class="row">
              <button
                type="button"
                class="name"
                aria-pressed={region.id === selected?.id}
                onClick={() => props.onSelect(region.id === selected?.id ? null : region.id)}
              >
                {title(region, index)}
              </button>
              <span class="small muted number">{reach(props, region)}</span>
              <span class="spring" />
              <button type="button" aria-label={`Remove region ${index + 1}`} onClick={() => props.onRemove(region.id)}>
                ✕
              </button>
            </li>
          ))}
        </ul>
        {series && <PaintFields region={edited} valueRange={series.value_range} onChange={change} />}
        {selected && (
          <details open>
            <summary>Corners</summary>
            <CornerFields region={selected} onChange={props.onChange} />
          </details>
        )}
        {typeof props.hits === "string" && (
          <p class="message bad" role="alert">
            {props.hits}
          </p>
        )}
      </div>
      <div class="panel">
        <div class="row preview-row" role="group" aria-label="Preview of this slice">
          <button
            type="button"
            data-testid="preview"
            aria-pressed={props.shown !== null}
            disabled={regions.length === 0}
            onClick={() => props.onShown(props.shown === null ? "after" : null)}
          >
            Preview
          </button>
          {props.shown !== null &&
            (["before", "after", "difference"] as const).map((each) => (
              <button
                key={each}
                type="button"
                data-testid={`preview-${each}`}
                aria-pressed={props.shown === each}
                onClick={() => props.onShown(each)}
              >
                {each[0]?.toUpperCase()}
                {each.slice(1)}
              </button>
            ))}
        </div>
        {props.shown === "difference" && (
          <p class="small muted">Masked pixels: blue became darker, orange brighter, white did not change.</p>
        )}
      </div>
      <div class="panel">
        <h2>Masked copy</h2>
        <div class="row">
          <label class="field">
            Copy
            <select
              data-testid="scope"
              value={order.scope}
              onChange={(event) => props.onOrder({ ...order, scope: event.currentTarget.value as Order["scope"] })}
            >
              <option value="studies">the whole study</option>
              <option value="series">this series, as a new study</option>
            </select>
          </label>
          <label class="field">
            Patient’s data
            <select
              data-testid="action"
              value={order.action}
              onChange={(event) => props.onOrder({ ...order, action: event.currentTarget.value as Order["action"] })}
            >
              <option value="modify">keep</option>
              <option value="anonymize">anonymize</option>
            </select>
          </label>
        </div>
        <details>
          <summary class="small">State what the masking achieves (recorded in each image)</summary>
          <label class="small">
            <input
              type="checkbox"
              checked={order.cleanPixelData}
              onChange={(event) => props.onOrder({ ...order, cleanPixelData: event.currentTarget.checked })}
            />{" "}
            No identifying text is left in the pixels
          </label>
          <label class="small">
            <input
              type="checkbox"
              checked={order.cleanFace}
              onChange={(event) => props.onOrder({ ...order, cleanFace: event.currentTarget.checked })}
            />{" "}
            No face can be recognized any more
          </label>
        </details>
        <button class="main" type="button" data-testid="submit" disabled={nothing} onClick={props.onSubmit}>
          Make the masked copy…
        </button>
      </div>
    </>
  );
}

function reach(props: RegionPanelProps, region: DrawnRegion): string {
  const index = props.inScope.findIndex((each) => each.id === region.id);
  if (props.hits === null || typeof props.hits === "string") return "…";
  const count = props.hits.Regions[index]?.FrameCount;
  return count === undefined ? "…" : `${count} ${count === 1 ? "slice" : "slices"}`;
}
