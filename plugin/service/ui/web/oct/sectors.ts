import type { Report } from "./report";

export interface Sector {
  ring: string;
  key: string;
  name: string;
  mean: number | null;
  coverage: number;
  /** Angles clockwise on screen from the rows of the map, radii in mm. */
  from: number;
  to: number;
  inner: number;
  outer: number;
}

const RADII: Record<"etdrs" | "gcc", readonly number[]> = { etdrs: [0, 0.5, 1.5, 3], gcc: [0, 0.5, 3] };
const STARTS: Record<"etdrs" | "gcc", number> = { etdrs: -45, gcc: -60 };
/** From above towards the nose and around. */
const ORDER = [
  "superior",
  "superior nasal",
  "nasal",
  "inferior nasal",
  "inferior",
  "inferior temporal",
  "temporal",
  "superior temporal",
];

export function sectorsOf(report: Report, grid: "etdrs" | "gcc"): Sector[] {
  const statistics = report[grid];
  if (!statistics) return [];
  const section = report.meta.sections?.[grid];
  // Sectors follow the image or the axis; the map is drawn along its raster.
  const turn = (section?.parameters?.axis_deg ?? 0) - report.geometry.rotation_deg;
  return Object.entries(statistics).flatMap(([ring, sectors]) => {
    const count = Object.keys(sectors).length;
    return Object.entries(sectors).map(([key, value]) => {
      const step = 360 / count;
      const start = count === 1 ? 0 : STARTS[grid] + turn + Number(key) * step;
      return {
        ring,
        key,
        name: section?.names?.[ring]?.[key] ?? `${ring}.${key}`,
        mean: value?.mean ?? null,
        coverage: section?.coverage?.[ring]?.[key] ?? 1,
        from: start,
        to: start + step,
        inner: RADII[grid][Number(ring)] ?? 0,
        outer: RADII[grid][Number(ring) + 1] ?? 0,
      };
    });
  });
}

/** As people read them: centre, then ring by ring from above towards the nose; the same for both eyes. */
export function inReadingOrder(sectors: Sector[]): Sector[] {
  const place = (sector: Sector) => ORDER.indexOf(sector.name.replace(/^(inner|outer) /, ""));
  return [...sectors].sort((a, b) => Number(a.ring) - Number(b.ring) || place(a) - place(b) || Number(a.key) - Number(b.key));
}

export function pathOf(sector: Sector, x: number, y: number, perMm: { x: number; y: number }): string {
  const point = (radius: number, degrees: number) => {
    const angle = (degrees * Math.PI) / 180;
    return `${x + radius * perMm.x * Math.cos(angle)} ${y + radius * perMm.y * Math.sin(angle)}`;
  };
  const [rx, ry] = [sector.outer * perMm.x, sector.outer * perMm.y];
  if (sector.to - sector.from >= 360) {
    return `M${point(sector.outer, 0)}A${rx} ${ry} 0 1 1 ${point(sector.outer, 180)}A${rx} ${ry} 0 1 1 ${point(sector.outer, 0)}Z`;
  }
  const [ix, iy] = [sector.inner * perMm.x, sector.inner * perMm.y];
  return (
    `M${point(sector.inner, sector.from)}L${point(sector.outer, sector.from)}` +
    `A${rx} ${ry} 0 0 1 ${point(sector.outer, sector.to)}L${point(sector.inner, sector.to)}` +
    `A${ix} ${iy} 0 0 0 ${point(sector.inner, sector.from)}Z`
  );
}

export function labelAt(sector: Sector, x: number, y: number, perMm: { x: number; y: number }): { x: number; y: number } {
  if (sector.inner === 0) return { x, y };
  const angle = (((sector.from + sector.to) / 2) * Math.PI) / 180;
  const radius = (sector.inner + sector.outer) / 2;
  return { x: x + radius * perMm.x * Math.cos(angle), y: y + radius * perMm.y * Math.sin(angle) };
}
