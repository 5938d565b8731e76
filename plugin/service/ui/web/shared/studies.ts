import type { Answer } from "./answers";
import { askJson, identifier } from "./service";

export type SeriesDescription = Answer<"SeriesDescription">;
export type StudyDescription = Answer<"StudyDescription">;
export type OpenedResource = Answer<"OpenedResource">;

/** What is looked for; empty: anything. Dates are YYYY-MM-DD. */
export interface StudyQuestion {
  text?: string | undefined;
  modality?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  order?: Answer<"StudyOrder"> | undefined;
  offset?: number;
  limit?: number;
}

export async function findStudies(question: StudyQuestion, signal?: AbortSignal): Promise<Answer<"FoundStudies">> {
  return askJson<Answer<"FoundStudies">>("plugins/ophtha/studies/find", { method: "POST", body: question, signal });
}

export async function openResource(
  level: "studies" | "series" | "instances",
  id: string,
  signal?: AbortSignal,
): Promise<OpenedResource> {
  return askJson<OpenedResource>(`plugins/ophtha/${level}/${identifier(id)}`, { signal });
}

/** DICOM's `DOE^JANE^^DR` as people write it. */
export function personName(name: string): string {
  const [family = "", given = "", middle = ""] = (name.split("=")[0] ?? "").split("^");
  return [family, [given, middle].filter(Boolean).join(" ")].filter(Boolean).join(", ") || "(no name)";
}

export function dicomDate(date: string): string {
  return /^\d{8}$/.test(date) ? `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}` : date;
}

export function patientLine(study: StudyDescription): string {
  return study.patient_id ? `${personName(study.patient_name)} (${study.patient_id})` : personName(study.patient_name);
}

export function studyLine(study: StudyDescription): string {
  return [study.description, dicomDate(study.date)].filter(Boolean).join(", ");
}

export function seriesLine(series: SeriesDescription): string {
  const title = series.description || `Series ${series.number || "without a number"}`;
  return `${title} – ${series.modality}, ${series.instances} ${series.instances === 1 ? "instance" : "instances"}`;
}
