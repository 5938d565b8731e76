export type Vec = readonly [number, number, number];

/** Patient mm (LPS) = origin + column × column_step + row × row_step; pixel centres at whole numbers. */
export interface Plane {
  origin_mm: Vec;
  column_step_mm: Vec;
  row_step_mm: Vec;
}

export function add(a: Vec, b: Vec, factor = 1): Vec {
  return [a[0] + factor * b[0], a[1] + factor * b[1], a[2] + factor * b[2]];
}

export function dot(a: Vec, b: Vec): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function length(a: Vec): number {
  return Math.hypot(a[0], a[1], a[2]);
}

export function toPatient(plane: Plane, column: number, row: number): Vec {
  return add(add(plane.origin_mm, plane.column_step_mm, column), plane.row_step_mm, row);
}

/** The pixel whose centre is nearest to a point, as fractions: its foot on the plane. */
export function toPixel(plane: Plane, point: Vec): [number, number] {
  const away = add(point, plane.origin_mm, -1);
  const { column_step_mm: u, row_step_mm: v } = plane;
  return [dot(away, u) / dot(u, u), dot(away, v) / dot(v, v)];
}

/** Which patient axis (0 x, 1 y, 2 z) a direction follows most. */
export function mainAxis(direction: Vec): 0 | 1 | 2 {
  const [x, y, z] = direction.map(Math.abs) as [number, number, number];
  return x >= y && x >= z ? 0 : y >= z ? 1 : 2;
}

const LETTERS = [
  ["R", "L"],
  ["A", "P"],
  ["I", "S"],
] as const;

/** The side of the patient that a direction points to. */
export function sideOf(direction: Vec): string {
  const axis = mainAxis(direction);
  return LETTERS[axis][direction[axis] > 0 ? 1 : 0];
}
