import type { JSX } from "preact";
import type { DrawnRegions } from "./drawn_regions";
import type { Order } from "./order";
import { PreviewChoice } from "./preview_choice";
import { title, type DrawnRegion } from "./region";
import { CornerFields, PaintFields } from "./region_fields";
import type { Hits, SeriesFrames, Shown } from "./series_frames";

interface RegionPanelProps {
  series: SeriesFrames | null;
  drawn: DrawnRegions;
  /** Regions of the shown series, and those that the order takes. */
  regions: DrawnRegion[];
  inScope: DrawnRegion[];
  /** What the next region will be. */
  pattern: DrawnRegion;
  hits: Hits | string | null;
  shown: Shown | null;
  order: Order;
  onPattern: (pattern: DrawnRegion) => void;
  onAdd: () => void;
  onShown: (shown: Shown | null) => void;
  onOrder: (order: Order) => void;
  onSubmit: () => void;
}

/** The regions, what is put on them, and the order. */
export function RegionPanel(props: RegionPanelProps): JSX.Element {
  const { series, drawn, regions, pattern, order } = props;
  const selected = drawn.current;
  const edited = selected ?? pattern;
  const replace = (region: DrawnRegion) => drawn.edit(region.id, () => region, "type");
  const change = (region: DrawnRegion) => {
    props.onPattern({ ...pattern, maskType: region.maskType, fillValue: region.fillValue, filterWidth: region.filterWidth });
    if (selected) replace(region);
  };
  const nothing = props.inScope.length === 0;
  return (
    <>
      <div class="panel">
        <div class="row heading">
          <h2>Regions</h2>
          <button type="button" disabled={!drawn.canUndo} onClick={drawn.undo}>
            Undo
          </button>
          <button type="button" disabled={!drawn.canRedo} onClick={drawn.redo}>
            Redo
          </button>
        </div>
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
        </div>
        {drawn.drawing && <p class="small warning">Drag over the image to draw the region (Esc keeps it as it is).</p>}
        {nothing && !drawn.drawing && (
          <p class="small muted">Drag over the image, or add a region and type its corners.</p>
        )}
        <ul class="regions" data-testid="regions">
          {regions.map((region, index) => (
            <li key={region.id} class="row">
              <button
                type="button"
                class="name"
                aria-pressed={region.id === selected?.id}
                onClick={() => drawn.select(region.id === selected?.id ? null : region.id)}
              >
                {title(region, index)}
              </button>
              <span class="small muted number">{reach(props, region)}</span>
              <span class="spring" />
              <button type="button" aria-label={`Remove region ${index + 1}`} onClick={() => drawn.remove(region.id)}>
                ✕
              </button>
            </li>
          ))}
        </ul>
        {series && regions.length > 0 && !selected && <p class="small muted">For the next region:</p>}
        {series && <PaintFields region={edited} valueRange={series.value_range} onChange={change} />}
        {selected && (
          <details open>
            <summary>Corners</summary>
            <CornerFields region={selected} onChange={replace} />
          </details>
        )}
        {typeof props.hits === "string" && (
          <p class="message bad" role="alert">
            {props.hits}
          </p>
        )}
      </div>
      <div class="panel">
        <PreviewChoice shown={props.shown} disabled={regions.length === 0} onShown={props.onShown} />
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
              <option value="series">only this series</option>
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
          <summary class="small">State what the masking achieves</summary>
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
