import type { Geometry, Grid, Report } from "./report";

export type MapKind = "retina" | "gcc" | "rnfl";

/** Fixed scales in µm, the same for every eye: two pictures can be compared. */
export const SCALES_UM: Record<MapKind, readonly [number, number]> = {
  retina: [150, 450],
  gcc: [20, 160],
  rnfl: [0, 200],
};

export const MAP_TITLES: Record<MapKind, string> = {
  retina: "Retina",
  gcc: "Ganglion cell complex",
  rnfl: "Nerve fibre layer",
};

/** A map as one looks at the eye: row 0 superior, column 0 image left. */
export interface EnFace {
  rows: number;
  columns: number;
  rowSpacingMm: number;
  columnSpacingMm: number;
  values: (number | null)[];
  /** Where a cell (slice, column) of the scan lies. */
  place: (slice: number, column: number) => { row: number; column: number };
  /** The slice and column at a place. */
  at: (row: number, column: number) => { slice: number; column: number };
  slicesRunDown: boolean;
}

export function layersOf(report: Report, kind: MapKind): string[] {
  const all = Object.keys(report.thickness_maps ?? {});
  if (kind === "rnfl") return all.filter((layer) => layer.toLowerCase() === "rnfl");
  const section = report.meta.sections?.[kind === "retina" ? "etdrs" : "gcc"];
  const used = section?.parameters?.used_layers;
  if (used) return used.filter((layer) => all.includes(layer));
  return kind === "retina" ? all : [];
}

export function enFace(report: Report, kind: MapKind): EnFace | null {
  const maps = layersOf(report, kind).map((layer) => report.thickness_maps?.[layer]);
  const first = maps[0];
  if (!first) return null;
  const slices = first.length;
  const width = first[0]?.length ?? 0;
  const sum: Grid = first.map((line, slice) =>
    line.map((_, column) => {
      let total = 0;
      for (const map of maps) {
        const value = map?.[slice]?.[column];
        if (value === null || value === undefined) return null;
        total += value;
      }
      return total;
    }),
  );
  return arrange(sum, report.geometry, slices, width);
}

function arrange(map: Grid, geometry: Geometry, slices: number, width: number): EnFace {
  const flipped = (direction: string) => direction === "BOTTOM_TOP" || direction === "RIGHT_LEFT";
  const flipSlice = flipped(geometry.slice_direction);
  const flipColumn = flipped(geometry.pixel_direction);
  const horizontal = geometry.scan_protocol === "HORIZONTAL_3D";
  const across = (slice: number) => (flipSlice ? slices - 1 - slice : slice);
  const along = (column: number) => (flipColumn ? width - 1 - column : column);
  const place = (slice: number, column: number) =>
    horizontal ? { row: across(slice), column: along(column) } : { row: along(column), column: across(slice) };
  const at = (row: number, column: number) =>
    horizontal ? { slice: across(row), column: along(column) } : { slice: across(column), column: along(row) };
  const [rows, columns] = horizontal ? [slices, width] : [width, slices];
  const values: (number | null)[] = new Array<number | null>(rows * columns).fill(null);
  map.forEach((line, slice) =>
    line.forEach((value, column) => {
      const to = place(slice, column);
      values[to.row * columns + to.column] = value;
    }),
  );
  const [rowSpacingMm, columnSpacingMm] = horizontal
    ? [geometry.slice_thickness, geometry.pixel_spacing_column]
    : [geometry.pixel_spacing_column, geometry.slice_thickness];
  return { rows, columns, rowSpacingMm, columnSpacingMm, values, place, at, slicesRunDown: horizontal };
}

/** Centre of the grid in cells of the canonical map. */
export function gridCentre(map: EnFace, report: Report): { row: number; column: number } {
  const [column, slice] = report.geometry.exam_center_coordinate_xz;
  if (column === undefined || slice === undefined) return { row: (map.rows - 1) / 2, column: (map.columns - 1) / 2 };
  return map.place(slice, column);
}
