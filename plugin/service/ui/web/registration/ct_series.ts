import { useLoaded, type Loaded } from "../shared/loaded";
import { dicomDate, findStudies, openResource, seriesLine } from "../shared/studies";
import type { SeriesDescription, StudyDescription } from "../shared/studies";

const MOST_STUDIES = 200;

export interface CtSeries {
  study: StudyDescription;
  series: SeriesDescription;
}

export interface Pair {
  reference: string | null;
  floating: string | null;
}

/** Studies and series that the address or a job names. */
export interface Named {
  studies: string[];
  series: string[];
}

export function namedIn(address: URLSearchParams, ofJob: Pair | null): Named {
  const given = (...names: string[]) => names.flatMap((name) => address.get(name)?.split(",") ?? []);
  const pair = ofJob ? [ofJob.reference, ofJob.floating] : given("ref", "flo", "series");
  return { studies: distinct(ofJob ? [] : given("study", "studies")), series: distinct(pair) };
}

/** CT series to choose from: those named and others of the same patient first, then what came in last. */
export function useCtSeries(named: Named): Loaded<CtSeries[]> {
  const isNamed = named.studies.length + named.series.length > 0;
  const opened = useLoaded(isNamed ? `named ${[...named.studies, ...named.series].join(" ")}` : null, (signal) =>
    openNamed(named, signal),
  );
  const recent = useLoaded("recent studies", async (signal) => (await findStudies({ limit: MOST_STUDIES }, signal)).studies);
  const patient = opened.phase === "ready" ? (opened.value[0]?.patient_id ?? "") : "";
  const same = useLoaded(patient && `studies of ${opened.phase === "ready" ? opened.value[0]?.id : ""}`, (signal) =>
    findStudies({ text: patient, limit: MOST_STUDIES }, signal).then((found) => found.studies),
  );
  const first = isNamed ? opened : recent;
  if (first.phase !== "ready") return first;
  const later = [
    ...(same.phase === "ready" ? same.value.filter((study) => study.patient_id === patient) : []),
    ...(recent.phase === "ready" ? recent.value : []),
  ];
  return { phase: "ready", value: ctSeriesOf([...first.value, ...later]) };
}

/** What is named in the address first; then the same patient's oldest as reference and next as floating. */
export function likelyPair(all: CtSeries[], address: URLSearchParams): Pair {
  const wanted = namedIn(address, null).studies;
  const inWanted = all.filter((each) => wanted.includes(each.study.id));
  const reference = address.get("ref") ?? address.get("series") ?? likeliest(inWanted)?.series.id ?? null;
  const found = all.find((each) => each.series.id === reference);
  const others = all.filter(
    (each) => each.series.id !== reference && found !== undefined && each.study.patient_id === found.study.patient_id,
  );
  const elsewhere = others.filter((each) => each.study.id !== found?.study.id);
  const preferred = elsewhere.filter((each) => wanted.includes(each.study.id));
  const floating = [preferred, elsewhere, others].map(likeliest).find(Boolean)?.series.id ?? null;
  return { reference, floating: address.get("flo") ?? floating };
}

export function ctSeriesLine({ study, series }: CtSeries): string {
  return [dicomDate(study.date), seriesLine(series)].filter(Boolean).join(" – ");
}

/** The oldest; of several of one date the one with most slices, which is no scout view. */
function likeliest(all: CtSeries[]): CtSeries | undefined {
  return [...all].sort(
    (a, b) => a.study.date.localeCompare(b.study.date) || b.series.instances - a.series.instances,
  )[0];
}

function ctSeriesOf(studies: StudyDescription[]): CtSeries[] {
  const found = new Map<string, CtSeries>();
  for (const study of studies) {
    for (const series of study.series) {
      if (series.tools.includes("registration") && !found.has(series.id)) found.set(series.id, { study, series });
    }
  }
  return [...found.values()];
}

/** What is still there of it. Raises Refused when nothing is. */
async function openNamed({ studies, series }: Named, signal: AbortSignal): Promise<StudyDescription[]> {
  const answers = await Promise.allSettled([
    ...studies.map((id) => openResource("studies", id, signal)),
    ...series.map((id) => openResource("series", id, signal)),
  ]);
  const opened = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value.study] : []));
  const refused = answers.find((answer) => answer.status === "rejected");
  if (opened.length === 0 && refused) throw refused.reason;
  return opened;
}

function distinct(ids: (string | null)[]): string[] {
  return [...new Set(ids.filter((id) => id !== null && id !== ""))] as string[];
}
