import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { length } from "../shared/plane";
import { arrowOf } from "../shared/shortcuts";
import type { Gesture } from "./drawn_regions";
import { bounds, grown, moved, outline, shifted, snap, title, withinView, withRect } from "./region";
import type { DrawnRegion, Point, Rect, View } from "./region";
import { Sides } from "./sides";

type Handle = "n" | "s" | "w" | "e" | "nw" | "ne" | "sw" | "se";
const HANDLES: readonly Handle[] = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
/** A hand that only clicks moves the mouse less than this. */
const CLICK_PX = 4;

type Drag =
  | { kind: "press"; start: Point; x: number; y: number }
  | { kind: "draw"; start: Point }
  | { kind: "move"; region: DrawnRegion; rect: Rect; start: Point }
  | { kind: "resize"; region: DrawnRegion; rect: Rect; handle: Handle };

interface PlaneViewProps {
  name: string;
  testId?: string;
  picture: string | null;
  pictureState?: string;
  /** The picture is of another frame: it takes no drawing. */
  waiting?: boolean;
  view: View;
  /** Rectangles of pixels belong on frames, not on cuts. */
  flat: boolean;
  regions: DrawnRegion[];
  selected: number | null;
  /** The next drag draws wherever it begins, also on a region. */
  drawing: boolean;
  cross?: Point | null;
  /** A rectangle is being drawn, and at last drawn. Without this, dragging moves the cross. */
  onDraw?: (rect: Rect, done: boolean) => void;
  onEdit: (id: number, change: (region: DrawnRegion) => DrawnRegion, gesture: Gesture) => void;
  onSelect: (id: number | null) => void;
  onPoint: (point: Point) => void;
}

/** A picture with the regions over it; regions are drawn, moved and resized by dragging or with the arrow keys. */
export function PlaneView(props: PlaneViewProps): JSX.Element {
  const { regions, selected, drawing, flat, view } = props;
  const { columns: width, rows: height, plane } = view;
  const svg = useRef<SVGSVGElement>(null);
  const drag = useRef<Drag | null>(null);
  const aspect = plane ? (length(plane.column_step_mm) * width) / (length(plane.row_step_mm) * height) : width / (height * (view.pixel_aspect ?? 1));

  const at = (event: PointerEvent): Point => {
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
    if (event.button !== 0 || props.waiting) return;
    const start = at(event);
    if (drawing) begin(event, { kind: "draw", start });
    else begin(event, { kind: "press", start, x: event.clientX, y: event.clientY });
  };
  const move = (event: PointerEvent) => {
    const now = drag.current;
    if (!now) return;
    const point = at(event);
    if (now.kind === "press") {
      if (!props.onDraw) props.onPoint(point);
      else if (Math.hypot(event.clientX - now.x, event.clientY - now.y) >= CLICK_PX) {
        drag.current = { kind: "draw", start: now.start };
        props.onDraw(between(now.start, point, view), false);
      }
    } else if (now.kind === "draw") {
      props.onDraw?.(between(now.start, point, view), false);
    } else if (now.kind === "move") {
      const [dx, dy] = [Math.round(point.x - now.start.x), Math.round(point.y - now.start.y)];
      const next = moved(snap(now.rect), dx, dy);
      props.onEdit(now.region.id, () => withRect(now.region, plane, next), "drag");
    } else {
      const next = withinView(snap(resized(now.rect, now.handle, point)), view);
      props.onEdit(now.region.id, () => withRect(now.region, plane, next), "drag");
    }
  };
  const up = (event: PointerEvent) => {
    const now = drag.current;
    drag.current = null;
    const point = at(event);
    if (now?.kind === "press") {
      props.onSelect(null);
      props.onPoint(point);
    } else if (now?.kind === "draw") {
      const isClick = Math.abs(point.x - now.start.x) < 1 && Math.abs(point.y - now.start.y) < 1;
      if (!isClick) props.onDraw?.(between(now.start, point, view), true);
    }
  };
  const press = (event: KeyboardEvent, region: DrawnRegion) => {
    const arrow = arrowOf(event);
    if (event.key === "Enter" || event.key === " ") props.onSelect(region.id);
    if (!arrow || region.id !== selected) return;
    event.preventDefault();
    event.stopPropagation();
    const change = event.altKey ? grown : shifted;
    props.onEdit(region.id, (now) => change(now, view, ...arrow), event.altKey ? "resize" : "move");
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
        class={props.onDraw ? "drawing" : ""}
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
          <image class={props.waiting ? "waiting" : ""} href={props.picture} x={0} y={0} width={width} height={height} preserveAspectRatio="none" />
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
          return (
            <g key={region.id}>
              <polygon
                class={isSelected ? "region selected" : "region"}
                data-region={region.id}
                points={points.map(({ x, y }) => `${x},${y}`).join(" ")}
                tabIndex={0}
                role="button"
                aria-label={`Region ${title(region, regions.indexOf(region))}`}
                aria-pressed={isSelected}
                onFocus={() => props.onSelect(region.id)}
                onKeyDown={(event) => press(event, region)}
                onPointerDown={(event) => {
                  if (drawing || event.button !== 0) return;
                  props.onSelect(region.id);
                  begin(event, { kind: "move", region, rect, start: at(event) });
                  event.currentTarget.focus({ preventScroll: true });
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

function between(a: Point, b: Point, view: View): Rect {
  return withinView(snap({ left: a.x, top: a.y, right: b.x, bottom: b.y }), view);
}

function resized(rect: Rect, handle: Handle, point: Point): Rect {
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
