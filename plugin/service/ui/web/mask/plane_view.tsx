import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { length, sideOf, type Plane } from "../shared/plane";
import { bounds, moved, outline, snap, title, withRect, type DrawnRegion, type Rect } from "./region";

type Handle = "n" | "s" | "w" | "e" | "nw" | "ne" | "sw" | "se";
const HANDLES: readonly Handle[] = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
const OPPOSITE = { R: "L", L: "R", A: "P", P: "A", I: "S", S: "I" } as Record<string, string>;

type Drag =
  | { kind: "draw"; start: { x: number; y: number } }
  | { kind: "move"; region: DrawnRegion; rect: Rect; start: { x: number; y: number } }
  | { kind: "resize"; region: DrawnRegion; rect: Rect; handle: Handle };

interface PlaneViewProps {
  name: string;
  testId?: string;
  picture: string | null;
  pictureState?: string;
  width: number;
  height: number;
  plane: Plane | null;
  flat: boolean;
  regions: DrawnRegion[];
  selected: number | null;
  drawing: boolean;
  cross?: { x: number; y: number } | null;
  onDraw: (rect: Rect, done: boolean) => void;
  onChange: (region: DrawnRegion) => void;
  onSelect: (id: number | null) => void;
  onPoint?: (x: number, y: number) => void;
}

/** A picture with the regions over it; regions are drawn, moved and resized by dragging. */
export function PlaneView(props: PlaneViewProps): JSX.Element {
  const { width, height, plane, regions, selected, drawing, flat } = props;
  const svg = useRef<SVGSVGElement>(null);
  const drag = useRef<Drag | null>(null);
  const aspect = plane ? (length(plane.column_step_mm) * width) / (length(plane.row_step_mm) * height) : width / height;

  const at = (event: PointerEvent) => {
    const box = svg.current?.getBoundingClientRect();
    if (!box) return { x: 0, y: 0 };
    return {
      x: ((event.clientX - box.left) / box.width) * width,
      y: ((event.clientY - box.top) / box.height) * height,
    };
  };
  const begin = (event: PointerEvent, next: Drag) => {
    event.preventDefault();
    event.stopPropagation();
    svg.current?.setPointerCapture(event.pointerId);
    drag.current = next;
  };
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    if (drawing) {
      begin(event, { kind: "draw", start: at(event) });
    } else {
      props.onSelect(null);
      const { x, y } = at(event);
      props.onPoint?.(x, y);
    }
  };
  const move = (event: PointerEvent) => {
    const now = drag.current;
    if (!now) return;
    const point = at(event);
    if (now.kind === "draw") {
      props.onDraw(between(now.start, point), false);
    } else if (now.kind === "move") {
      const [dx, dy] = [Math.round(point.x - now.start.x), Math.round(point.y - now.start.y)];
      props.onChange(withRect(now.region, plane, moved(snap(now.rect), dx, dy)));
    } else {
      props.onChange(withRect(now.region, plane, snap(resized(now.rect, now.handle, point))));
    }
  };
  const up = (event: PointerEvent) => {
    const now = drag.current;
    drag.current = null;
    if (now?.kind !== "draw") return;
    const point = at(event);
    if (Math.abs(point.x - now.start.x) < 1 && Math.abs(point.y - now.start.y) < 1) return;
    props.onDraw(between(now.start, point), true);
  };

  const visible = regions.filter((region) => region.kind === "3D" || flat);
  const handlePx = Math.max(width, height) / 110;
  return (
    <div class="plane-view" style={{ aspectRatio: String(aspect), "--aspect": String(aspect) }}>
      <svg
        ref={svg}
        data-testid={props.testId}
        data-picture={props.pictureState}
        data-columns={width}
        data-rows={height}
        class={drawing ? "drawing" : ""}
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="group"
        aria-label={props.name}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={() => (drag.current = null)}
      >
        {props.picture && (
          <image href={props.picture} x={0} y={0} width={width} height={height} preserveAspectRatio="none" />
        )}
        {props.cross && (
          <g class="cross" aria-hidden="true">
            <line x1={props.cross.x} x2={props.cross.x} y1={0} y2={height} />
            <line x1={0} x2={width} y1={props.cross.y} y2={props.cross.y} />
          </g>
        )}
        {visible.map((region) => {
          const points = outline(region, plane, width, height);
          const rect = bounds(points);
          if (!rect) return null;
          const isSelected = region.id === selected;
          const name = `Region ${title(region, regions.indexOf(region))}`;
          return (
            <g key={region.id}>
              <polygon
                class={isSelected ? "region selected" : "region"}
                data-region={region.id}
                points={points.map(({ x, y }) => `${x},${y}`).join(" ")}
                tabIndex={0}
                role="button"
                aria-label={name}
                aria-pressed={isSelected}
                onFocus={() => props.onSelect(region.id)}
                onPointerDown={(event) => {
                  if (drawing || event.button !== 0) return;
                  props.onSelect(region.id);
                  begin(event, { kind: "move", region, rect, start: at(event) });
                }}
              />
              {isSelected &&
                !drawing &&
                HANDLES.map((handle) => (
                  <rect
                    key={handle}
                    class={`handle ${handle}`}
                    x={handleX(rect, handle) - handlePx / 2}
                    y={handleY(rect, handle) - (handlePx * aspect * height) / width / 2}
                    width={handlePx}
                    height={(handlePx * aspect * height) / width}
                    aria-hidden="true"
                    onPointerDown={(event) => begin(event, { kind: "resize", region, rect, handle })}
                  />
                ))}
            </g>
          );
        })}
      </svg>
      {plane && <Sides plane={plane} />}
    </div>
  );
}

function Sides({ plane }: { plane: Plane }): JSX.Element {
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

function between(a: { x: number; y: number }, b: { x: number; y: number }): Rect {
  return snap({ left: a.x, top: a.y, right: b.x, bottom: b.y });
}

function resized(rect: Rect, handle: Handle, point: { x: number; y: number }): Rect {
  return {
    left: handle.includes("w") ? point.x : rect.left,
    right: handle.includes("e") ? point.x : rect.right,
    top: handle.includes("n") ? point.y : rect.top,
    bottom: handle.includes("s") ? point.y : rect.bottom,
  };
}

function handleX(rect: Rect, handle: Handle): number {
  if (handle.includes("w")) return rect.left;
  return handle.includes("e") ? rect.right : (rect.left + rect.right) / 2;
}

function handleY(rect: Rect, handle: Handle): number {
  if (handle.includes("n")) return rect.top;
  return handle.includes("s") ? rect.bottom : (rect.top + rect.bottom) / 2;
}
