import { askJson } from "../shared/service";
import { openResource, type OpenedResource, type SeriesDescription } from "../shared/studies";

export type Grid = (number | null)[][];

export interface Geometry {
  scan_protocol: "HORIZONTAL_3D" | "VERTICAL_3D";
  slice_direction: string;
  pixel_direction: string;
  pixel_spacing_row: number;
  pixel_spacing_column: number;
  slice_thickness: number;
  pixel_image_height: number;
  pixel_image_width: number;
  num_slices: number;
  laterality: "R" | "L" | null;
  assumed: string[];
}

type Sectors<T> = Record<string, Record<string, T>>;
export type Statistics = Sectors<{ mean: number } | null>;

interface Section {
  names?: Sectors<string>;
  coverage?: Sectors<number>;
  parameters?: { used_layers?: string[]; exam_center_coordinate_xz?: [number, number] | null };
}

export interface Report {
  geometry: Geometry;
  thickness_maps: Record<string, Grid> | null;
  etdrs: Statistics | null;
  gcc: Statistics | null;
  hemispheres: { superior_thickness: number | null; inferior_thickness: number | null } | null;
  glaucoma: { glaucoma_stage: string } | null;
  odn: Odn | null;
  rnfl: { rnfl_thickness_statistics: Sectors<number | null> } | null;
  stored: { ID: string; SOPClassUID: string }[];
  meta: {
    reasons: Record<string, string>;
    not_stored: Record<string, string>;
    notice?: string;
    parameters?: { exam_center_coordinate_xz?: [number, number] | null };
    sections?: Record<string, Section>;
  };
}

interface Odn {
  disc: { area: number; vertical_diameter: number };
  cup: { area: number } | null;
  ratios: { cup_disc_area: number; cup_disc_vertical: number } | null;
}

/** One volume of one eye; `path` is what its routes begin with. */
export interface Scan {
  series: SeriesDescription;
  instance: string;
  path: string;
  geometry: Geometry;
  kept: boolean;
}

export type Eye = "R" | "L";

export interface Eyes {
  opened: OpenedResource;
  scans: Record<Eye, Scan[]>;
  unusable: string[];
}

interface FramesAnswer {
  frames: { instance: string }[];
}

export async function openEyes(address: URLSearchParams, signal: AbortSignal): Promise<Eyes | null> {
  const series = address.get("series") ?? address.get("od") ?? address.get("os");
  const study = address.get("study");
  if (!series && !study) return null;
  const opened = study ? await openResource("studies", study, signal) : await openResource("series", series ?? "", signal);
  const fitting = opened.study.series.filter((each) => each.tools.includes("oct"));
  const scans: Record<Eye, Scan[]> = { R: [], L: [] };
  const unusable: string[] = [];
  await Promise.all(
    fitting.map(async (each) => {
      try {
        const scan = await openScan(each, signal);
        if (scan.geometry.laterality) scans[scan.geometry.laterality].push(scan);
        else unusable.push(`${seriesName(each)}: the images do not say which eye it is`);
      } catch (error) {
        if (signal.aborted) throw error;
        unusable.push(`${seriesName(each)}: ${error instanceof Error ? error.message : "cannot be read"}`);
      }
    }),
  );
  const order = (a: Scan, b: Scan) => Number(b.kept) - Number(a.kept) || fineness(b) - fineness(a);
  scans.R.sort(order);
  scans.L.sort(order);
  return { opened, scans, unusable };
}

function fineness(scan: Scan): number {
  return scan.geometry.num_slices * scan.geometry.pixel_image_width;
}

async function openScan(series: SeriesDescription, signal: AbortSignal): Promise<Scan> {
  const { frames } = await askJson<FramesAnswer>(`plugins/ophtha/series/${series.id}/frames`, { signal });
  const instance = frames[0]?.instance ?? "";
  const path = series.instances === 1 ? `plugins/oct/instances/${instance}` : `plugins/oct/series/${series.id}`;
  const [geometry, { kept }] = await Promise.all([
    askJson<Geometry>(`${path}/geometry`, { signal }),
    askJson<{ kept: boolean }>(`${path}/segmentation`, { signal }),
  ]);
  return { series, instance, path, geometry, kept };
}

export function seriesName(series: SeriesDescription): string {
  return series.description || `Series ${series.number || series.id.slice(0, 8)}`;
}

export function scanName(scan: Scan): string {
  const { geometry: g } = scan;
  const size = (n: number, mm: number) => (n * mm).toFixed(1);
  const field = `${size(g.pixel_image_width, g.pixel_spacing_column)} × ${size(g.num_slices, g.slice_thickness)} mm`;
  return `${seriesName(scan.series)} (${field}, ${g.num_slices} B-scans)`;
}

export function makeReport(scan: Scan, store: boolean, signal?: AbortSignal): Promise<Report> {
  return askJson<Report>(`${scan.path}/segmentation/report`, { method: "POST", body: { store }, signal });
}
