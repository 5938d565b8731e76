import type { Answer } from "../shared/answers";
import { explain } from "../shared/loaded";
import { askJson, Away, Refused } from "../shared/service";
import { openResource } from "../shared/studies";
import type { OpenedResource, SeriesDescription, StudyDescription } from "../shared/studies";

export type Grid = (number | null)[][];

export type Geometry = Answer<"GeometryAnswer">;

type Sectors<T> = Record<string, Record<string, T>>;
export type Statistics = Sectors<{ mean: number } | null>;

interface Section {
  names?: Sectors<string>;
  coverage?: Sectors<number>;
  parameters?: { used_layers?: string[]; axis_deg?: number };
}

export interface Report {
  geometry: Answer<"ReportGeometry">;
  thickness_maps: Record<string, Grid> | null;
  etdrs: Statistics | null;
  gcc: Statistics | null;
  hemispheres: { superior_thickness: number | null; inferior_thickness: number | null } | null;
  glaucoma: { glaucoma_stage: string } | null;
  odn: Odn | null;
  rnfl: { rnfl_thickness_statistics: Sectors<number | null> } | null;
  stored: Answer<"StoredObject">[];
  /** Of layers that the archive holds as surfaces. */
  layers?: Answer<"LayersUsed"> | null;
  meta: {
    reasons: Record<string, string>;
    not_stored: Record<string, string>;
    notice?: string;
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
  /** How the address names it: its series, or itself where the series holds several volumes. */
  id: string;
  series: SeriesDescription;
  path: string;
  geometry: Geometry;
  kept: boolean;
  /** Where each B-scan is stored, in the order of the volume. */
  bScans: { instance: string; frame: number }[];
}

export type Eye = "R" | "L";

export interface Eyes {
  study: StudyDescription;
  scans: Record<Eye, Scan[]>;
  unusable: string[];
}

type VolumesAnswer = Answer<"SeriesVolumes">;

const NAMES = ["od", "os", "series"] as const;

/** The volumes of both eyes that the address names, by study or by series. Null when it names nothing. */
export async function openEyes(address: URLSearchParams, signal: AbortSignal): Promise<Eyes | null> {
  const studies = await openStudies(address, signal);
  const study = studies[0];
  if (!study) return null;
  if (new Set(studies.map((each) => each.patient_id)).size > 1) {
    throw new Error("The address names eyes of two patients. Open each patient by itself.");
  }
  const fitting = studies.flatMap((each) => each.series).filter((each) => each.tools.includes("oct"));
  const scans: Record<Eye, Scan[]> = { R: [], L: [] };
  const unusable: string[] = [];
  await Promise.all(
    fitting.map(async (series) => {
      try {
        const answer = await askJson<VolumesAnswer>(`plugins/oct/series/${series.id}/volumes`, { signal });
        unusable.push(...answer.unusable.map((reason) => `${seriesName(series)}: ${reason}`));
        for (const scan of scansOf(series, answer)) {
          if (scan.geometry.laterality) scans[scan.geometry.laterality].push(scan);
          else unusable.push(`${seriesName(series)}: the images do not say which eye it is`);
        }
      } catch (error) {
        if (signal.aborted || error instanceof Away) throw error;
        unusable.push(`${seriesName(series)}: ${explain(error)}`);
      }
    }),
  );
  const order = (a: Scan, b: Scan) => Number(b.kept) - Number(a.kept) || fineness(b) - fineness(a);
  scans.R.sort(order);
  scans.L.sort(order);
  return { study, scans, unusable };
}

/** The study named, and those of the series named; each once. */
async function openStudies(address: URLSearchParams, signal: AbortSignal): Promise<StudyDescription[]> {
  const study = address.get("study");
  const series = NAMES.flatMap((name) => address.get(name) ?? []);
  const opened = study
    ? [await openResource("studies", study, signal)]
    : await Promise.all([...new Set(series)].map((id) => openSeriesOrInstance(id, signal)));
  return [...new Map(opened.map((each) => [each.study.id, each.study])).values()];
}

async function openSeriesOrInstance(id: string, signal: AbortSignal): Promise<OpenedResource> {
  try {
    return await openResource("series", id, signal);
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 404) throw error;
    return openResource("instances", id, signal);
  }
}

function scansOf(series: SeriesDescription, answer: VolumesAnswer): Scan[] {
  return answer.volumes.map((volume) => ({
    id: answer.volumes.length === 1 ? series.id : volume.id,
    series,
    path: `plugins/oct/${volume.level}/${volume.id}`,
    geometry: volume.geometry,
    kept: volume.segmentation_kept,
    bScans: volume.b_scans,
  }));
}

function fineness(scan: Scan): number {
  return scan.geometry.num_slices * scan.geometry.pixel_image_width;
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
