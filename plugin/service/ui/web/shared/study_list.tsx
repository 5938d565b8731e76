import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useLoaded } from "./loaded";
import { dicomDate, findStudies, personName, type StudyDescription, type Tool } from "./studies";

const TITLES: Record<Tool, string> = {
  mask: "Mask pixels",
  oct: "Retina",
  registration: "Registration",
  slide: "Annotate slide",
};

export function toolTitle(tool: Tool): string {
  return TITLES[tool];
}

/** The page of a tool for a study: a series' own page where the tool looks at one series. */
export function toolAddress(tool: Tool, study: StudyDescription): string {
  const fitting = study.series.filter((series) => series.tools.includes(tool));
  const only = fitting.length === 1 ? fitting[0] : undefined;
  if (tool === "slide" && only) return `slide.html?series=${only.id}`;
  return `${tool}.html?study=${study.id}`;
}

interface StudyListProps {
  tool?: Tool;
}

/** Studies to choose from: all, or those that a tool fits. */
export function StudyList({ tool }: StudyListProps): JSX.Element {
  const [text, setText] = useState("");
  const [asked, setAsked] = useState("");
  const found = useLoaded(`studies ${asked}`, (signal) => findStudies(asked, 50, signal));
  const studies =
    found.phase === "ready" ? found.value.filter((study) => tool === undefined || study.tools.includes(tool)) : [];
  return (
    <section aria-label="Studies">
      <form
        class="row"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          setAsked(text);
        }}
      >
        <label class="field">
          Name, number or description
          <input type="search" value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </label>
        <button type="submit" style="align-self:end">
          Search
        </button>
      </form>
      {found.phase === "loading" && <div class="skeleton" />}
      {found.phase === "failed" && (
        <p class="message bad" role="alert">
          {found.message}
        </p>
      )}
      {found.phase === "ready" && studies.length === 0 && (
        <p class="message warning">
          {asked
            ? "No study matches."
            : "There is no such study in this Orthanc yet. Upload one in Orthanc Explorer, or send it by DICOM; then load this page again."}
        </p>
      )}
      {studies.length > 0 && <StudyTable studies={studies} tool={tool} />}
    </section>
  );
}

function StudyTable({ studies, tool }: { studies: StudyDescription[]; tool: Tool | undefined }): JSX.Element {
  return (
    <table data-testid="studies">
      <thead>
        <tr>
          <th scope="col">Patient</th>
          <th scope="col">Study</th>
          <th scope="col">Date</th>
          <th scope="col">Series</th>
          <th scope="col">Open with</th>
        </tr>
      </thead>
      <tbody>
        {studies.map((study) => (
          <tr key={study.id}>
            <td>
              {personName(study.patient_name)}
              <div class="muted small">{study.patient_id}</div>
            </td>
            <td>{study.description || "–"}</td>
            <td class="number" style="text-align:left;white-space:nowrap">
              {dicomDate(study.date) || "–"}
            </td>
            <td>{modalities(study)}</td>
            <td>
              <div class="row">
                {(tool ? [tool] : study.tools).map((each) => (
                  <a
                    key={each}
                    class="button"
                    href={toolAddress(each, study)}
                    aria-label={`${toolTitle(each)}: ${personName(study.patient_name)}, ${study.description}`}
                  >
                    {toolTitle(each)}
                  </a>
                ))}
                {study.tools.length === 0 && <span class="muted">nothing fits</span>}
              </div>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function modalities(study: StudyDescription): string {
  const counts = new Map<string, number>();
  for (const series of study.series) counts.set(series.modality, (counts.get(series.modality) ?? 0) + 1);
  return [...counts].map(([modality, count]) => (count > 1 ? `${count} × ${modality}` : modality)).join(", ");
}
