import { add, length, mainAxis, toPatient, type Plane, type Vec } from "../shared/plane";

export type MaskType = "Fill" | "MeanFilter";

/** A region as drawn: pixel corners (2D, half-open) or patient mm (3D); `target` limits it to a series. */
export interface DrawnRegion {
  id: number;
  kind: "2D" | "3D";
  origin: number[];
  end: number[];
  maskType: MaskType;
  fillValue: number;
  filterWidth: number;
  target: string | null;
}

/** What a new region begins as. */
export const PATTERN: DrawnRegion = {
  id: 0,
  kind: "3D",
  origin: [],
  end: [],
  maskType: "Fill",
  fillValue: 0,
  filterWidth: 30,
  target: null,
};

/** Edges in pixels of a view: column 0 spans 0 to 1. */
export interface Rect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Point {
  x: number;
  y: number;
}

/** What regions are drawn on: a frame or a cut. Without a place in space only rectangles of pixels can be drawn. */
export interface View {
  plane: Plane | null;
  columns: number;
  rows: number;
  /** Height of a pixel over its width, where there is no plane to tell. */
  pixel_aspect?: number;
}

/** A box drawn to pixel edges stays this much inside them: the server counts what it touches, borders included. */
const INSET_PX = 0.01;

/** What was kept may come from an older version of this page, or from a hand. */
export function isRegionList(value: unknown): value is DrawnRegion[] {
  return Array.isArray(value) && value.every(isRegion);
}

function isRegion(value: unknown): value is DrawnRegion {
  if (typeof value !== "object" || value === null) return false;
  const { id, kind, origin, end, maskType, fillValue, filterWidth, target } = value as Partial<DrawnRegion>;
  const axes = kind === "2D" ? 2 : kind === "3D" ? 3 : 0;
  const isCorner = (corner: unknown) =>
    Array.isArray(corner) && corner.length === axes && axes > 0 && corner.every((each) => Number.isFinite(each));
  return (
    Number.isSafeInteger(id) &&
    isCorner(origin) &&
    isCorner(end) &&
    (maskType === "Fill" || maskType === "MeanFilter") &&
    Number.isFinite(fillValue) &&
    Number.isFinite(filterWidth) &&
    (target === null || typeof target === "string")
  );
}

export function maskPixelData(regions: DrawnRegion[]): { Regions: object[] } {
  return {
    Regions: regions.map((region) => ({
      MaskType: region.maskType,
      ...(region.maskType === "Fill" ? { FillValue: region.fillValue } : { FilterWidth: region.filterWidth }),
      RegionType: region.kind,
      Origin: region.origin,
      End: region.end,
      ...(region.target ? { TargetSeries: [region.target] } : {}),
    })),
  };
}

/** Outline of a region in a view (edges in pixels); empty where the view does not cut it. */
export function outline(region: DrawnRegion, plane: Plane | null, width: number, height: number): Point[] {
  if (region.kind === "2D") {
    const { left, top, right, bottom } = flatRect(region);
    return [
      { x: left, y: top },
      { x: right, y: top },
      { x: right, y: bottom },
      { x: left, y: bottom },
    ];
  }
  if (plane === null) return [];
  let polygon: Point[] = [
    { x: -width, y: -height },
    { x: 2 * width, y: -height },
    { x: 2 * width, y: 2 * height },
    { x: -width, y: 2 * height },
  ];
  for (const axis of [0, 1, 2] as const) {
    const low = Math.min(region.origin[axis] ?? 0, region.end[axis] ?? 0);
    const high = Math.max(region.origin[axis] ?? 0, region.end[axis] ?? 0);
    const value = (point: Point) => toPatient(plane, point.x - 0.5, point.y - 0.5)[axis];
    polygon = clip(polygon, (point) => value(point) - low + 1e-6);
    polygon = clip(polygon, (point) => high - value(point) + 1e-6);
  }
  return polygon;
}

function clip(polygon: Point[], inside: (point: Point) => number): Point[] {
  const kept: Point[] = [];
  polygon.forEach((point, index) => {
    const next = polygon[(index + 1) % polygon.length] ?? point;
    const [here, there] = [inside(point), inside(next)];
    if (here >= 0) kept.push(point);
    if (here >= 0 !== there >= 0) {
      const share = here / (here - there);
      kept.push({ x: point.x + share * (next.x - point.x), y: point.y + share * (next.y - point.y) });
    }
  });
  return kept;
}

export function bounds(points: Point[]): Rect | null {
  if (points.length === 0) return null;
  const xs = points.map((point) => point.x);
  const ys = points.map((point) => point.y);
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

/** The region after its rectangle in a view became `rect`; what lies along the view's depth stays. */
export function withRect(region: DrawnRegion, plane: Plane | null, rect: Rect): DrawnRegion {
  if (region.kind === "2D") {
    const snapped = snap(rect);
    return { ...region, origin: [snapped.left, snapped.top], end: [snapped.right, snapped.bottom] };
  }
  if (plane === null) return region;
  const first = toPatient(plane, rect.left - 0.5 + INSET_PX, rect.top - 0.5 + INSET_PX);
  const last = toPatient(plane, rect.right - 0.5 - INSET_PX, rect.bottom - 0.5 - INSET_PX);
  const origin = [...region.origin];
  const end = [...region.end];
  for (const axis of new Set([mainAxis(plane.column_step_mm), mainAxis(plane.row_step_mm)])) {
    origin[axis] = round(Math.min(first[axis], last[axis]));
    end[axis] = round(Math.max(first[axis], last[axis]));
  }
  return { ...region, origin, end };
}

/** A new box behind a rectangle drawn on one slice: some slices to either side, within the stack. */
export function boxBehind(plane: Plane, rect: Rect, sliceStep: Vec, slices: number, stack: [Vec, Vec]): [number[], number[]] {
  const centre = toPatient(plane, (rect.left + rect.right) / 2 - 0.5, (rect.top + rect.bottom) / 2 - 0.5);
  const axis = mainAxis(sliceStep);
  const reach = slices + 0.4;
  const [a, b] = [add(centre, sliceStep, -reach)[axis], add(centre, sliceStep, reach)[axis]];
  const margin = 0.4 * length(sliceStep);
  const [low, high] = [Math.min(stack[0][axis], stack[1][axis]) - margin, Math.max(stack[0][axis], stack[1][axis]) + margin];
  const origin = [0, 0, 0];
  const end = [0, 0, 0];
  origin[axis] = round(Math.max(Math.min(a, b), low));
  end[axis] = round(Math.min(Math.max(a, b), high));
  return [origin, end];
}

export function snap(rect: Rect): Rect {
  const left = Math.round(Math.min(rect.left, rect.right));
  const top = Math.round(Math.min(rect.top, rect.bottom));
  return {
    left,
    top,
    right: Math.max(Math.round(Math.max(rect.left, rect.right)), left + 1),
    bottom: Math.max(Math.round(Math.max(rect.top, rect.bottom)), top + 1),
  };
}

export function moved(rect: Rect, dx: number, dy: number): Rect {
  return { left: rect.left + dx, top: rect.top + dy, right: rect.right + dx, bottom: rect.bottom + dy };
}

/** The part of a rectangle that lies on the picture. */
export function withinView(rect: Rect, { columns, rows }: View): Rect {
  const inside = (value: number, most: number) => Math.min(Math.max(value, 0), most);
  return {
    left: inside(rect.left, columns - 1),
    top: inside(rect.top, rows - 1),
    right: inside(rect.right, columns),
    bottom: inside(rect.bottom, rows),
  };
}

/** The region moved by pixels of a view. */
export function shifted(region: DrawnRegion, { plane }: View, dx: number, dy: number): DrawnRegion {
  const flat = region.kind === "2D" || plane === null;
  const delta = flat ? [dx, dy] : add(add([0, 0, 0], plane.column_step_mm, dx), plane.row_step_mm, dy);
  const shift = (corner: number[]) => corner.map((value, axis) => round(value + (delta[axis] ?? 0)));
  return { ...region, origin: shift(region.origin), end: shift(region.end) };
}

/** The region with its right and lower border moved by pixels of a view. */
export function grown(region: DrawnRegion, view: View, dx: number, dy: number): DrawnRegion {
  const rect = bounds(outline(region, view.plane, view.columns, view.rows));
  if (!rect) return region;
  const { left, top, right, bottom } = snap(rect);
  const next = { left, top, right: Math.max(right + dx, left + 1), bottom: Math.max(bottom + dy, top + 1) };
  return withRect(region, view.plane, next);
}

export function title(region: DrawnRegion, index: number): string {
  return `${index + 1}: ${region.kind === "2D" ? "rectangle" : "box"}`;
}

function flatRect(region: DrawnRegion): Rect {
  const [x1 = 0, y1 = 0] = region.origin;
  const [x2 = 0, y2 = 0] = region.end;
  return { left: Math.min(x1, x2), top: Math.min(y1, y2), right: Math.max(x1, x2), bottom: Math.max(y1, y2) };
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
