import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useLoaded, type Loaded } from "./loaded";
import { dicomDate, findStudies, personName, type StudyDescription } from "./studies";
import { toolTitle, type Tool } from "./tools";

/** The page of a tool for a study: a series' own page where the tool looks at one series. */
export function toolAddress(tool: Tool, study: StudyDescription): string {
  const fitting = study.series.filter((series) => series.tools.includes(tool));
  const only = fitting.length === 1 ? fitting[0] : undefined;
  if (tool === "slide" && only) return `slide.html?series=${only.id}`;
  return `${tool}.html?study=${study.id}`;
}

const MOST_STUDIES = 200;

export interface StudySearch {
  asked: string;
  found: Loaded<StudyDescription[]>;
  ask: (text: string) => void;
}

export function useStudySearch(): StudySearch {
  const [asked, ask] = useState("");
  const found = useLoaded(`studies ${asked}`, (signal) => findStudies(asked, MOST_STUDIES, signal));
  return { asked, found, ask };
}

interface StudyListProps {
  search: StudySearch;
  tool?: Tool;
}

/** Studies to choose from: all, or those that a tool fits. */
export function StudyList({ search, tool }: StudyListProps): JSX.Element {
  const { asked, found } = search;
  const [text, setText] = useState("");
  const all = found.phase === "ready" ? found.value : [];
  const studies = all.filter((study) => tool === undefined || study.tools.includes(tool));
  return (
    <section aria-label="Studies">
      <form
        class="row search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          search.ask(text);
        }}
      >
        <label class="field">
          Name, number or description
          <input type="search" value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </label>
        <button type="submit">Search</button>
      </form>
      {found.phase === "loading" && <div class="skeleton" />}
      {found.phase === "failed" && (
        <p class="message bad" role="alert">
          {found.message}
        </p>
      )}
      {found.phase === "ready" && studies.length === 0 && <p class="message warning">{nothing(asked, all.length)}</p>}
      {studies.length > 0 && <StudyTable studies={studies} tool={tool} />}
      {all.length === MOST_STUDIES && (
        <p class="small muted">There may be more than the {MOST_STUDIES} studies looked at: search for a name or number.</p>
      )}
    </section>
  );
}

/** Studies that a tool fits. */
export function ToolStudies({ tool }: { tool: Tool }): JSX.Element {
  return <StudyList search={useStudySearch()} tool={tool} />;
}

/** What to do where no study is listed. */
function nothing(asked: string, others: number): string {
  if (asked) return "No study matches.";
  return `There is no ${others > 0 ? "such " : ""}study in this Orthanc yet. Upload one in Orthanc Explorer, or send it by DICOM; then load this page again.`;
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
