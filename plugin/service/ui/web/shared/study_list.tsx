import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Answer } from "./answers";
import { useLoaded, type Loaded } from "./loaded";
import { dicomDate, findStudies, personName, type StudyDescription, type StudyQuestion } from "./studies";
import { toolTitle, type Tool } from "./tools";

/** The page of a tool for a study: a series' own page where the tool looks at one series. */
export function toolAddress(tool: Tool, study: StudyDescription): string {
  const fitting = study.series.filter((series) => series.tools.includes(tool));
  const only = fitting.length === 1 ? fitting[0] : undefined;
  if (tool === "slide" && only) return `slide.html?series=${only.id}`;
  return `${tool}.html?study=${study.id}`;
}

const PAGE = 50;
/** While the service still learns what there is, it is asked again after so many ms. */
const AGAIN_MS = 1500;
const ORDERS: readonly (readonly [Answer<"StudyOrder">, string])[] = [
  ["-date", "Newest first"],
  ["date", "Oldest first"],
  ["patient", "Patient, A to Z"],
  ["-patient", "Patient, Z to A"],
  ["description", "Description"],
];

export interface StudySearch {
  asked: StudyQuestion;
  found: Loaded<Answer<"FoundStudies">>;
  ask: (question: StudyQuestion) => void;
}

export function useStudySearch(): StudySearch {
  const [asked, ask] = useState<StudyQuestion>({});
  const [again, setAgain] = useState(0);
  const found = useLoaded(`studies ${JSON.stringify(asked)} ${again}`, (signal) =>
    findStudies({ ...asked, limit: PAGE }, signal),
  );
  const isComplete = found.phase !== "ready" || found.value.complete;
  useEffect(() => {
    if (isComplete) return undefined;
    const timer = setTimeout(() => setAgain(again + 1), AGAIN_MS);
    return () => clearTimeout(timer);
  }, [isComplete, again]);
  return { asked, found, ask };
}

/** Whether something narrower than everything is asked for. */
export function isNarrow({ text, modality, from, to }: StudyQuestion): boolean {
  return Boolean(text || modality || from || to);
}

interface StudyListProps {
  search: StudySearch;
  tool?: Tool;
}

/** Studies to choose from: all, or those that a tool fits. */
export function StudyList({ search, tool }: StudyListProps): JSX.Element {
  const { asked, found } = search;
  const all = found.phase === "ready" ? found.value.studies : [];
  const studies = all.filter((study) => tool === undefined || study.tools.includes(tool));
  return (
    <section aria-label="Studies">
      <SearchForm search={search} />
      {found.phase === "loading" && <div class="skeleton" />}
      {found.phase === "failed" && (
        <p class="message bad" role="alert">
          {found.message}
        </p>
      )}
      {found.phase === "ready" && studies.length === 0 && (
        <p class="message warning">{nothing(isNarrow(asked), all.length)}</p>
      )}
      {studies.length > 0 && <StudyTable studies={studies} tool={tool} />}
      {found.phase === "ready" && <Pages search={search} total={found.value.total} complete={found.value.complete} />}
    </section>
  );
}

function SearchForm({ search }: { search: StudySearch }): JSX.Element {
  const [question, setQuestion] = useState<StudyQuestion>({});
  const put = (name: "text" | "modality" | "from" | "to", event: Event & { currentTarget: HTMLInputElement }) =>
    setQuestion({ ...question, [name]: event.currentTarget.value });
  return (
    <form
      class="row search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        search.ask({ ...question, modality: question.modality?.trim().toUpperCase() });
      }}
    >
      <label class="field">
        Name, number, date or description
        <input type="search" value={question.text ?? ""} onInput={(event) => put("text", event)} />
      </label>
      <label class="field">
        Modality
        <input type="text" size={4} value={question.modality ?? ""} onInput={(event) => put("modality", event)} />
      </label>
      <label class="field">
        From
        <input type="date" value={question.from ?? ""} onInput={(event) => put("from", event)} />
      </label>
      <label class="field">
        To
        <input type="date" value={question.to ?? ""} onInput={(event) => put("to", event)} />
      </label>
      <label class="field">
        Order
        <select
          data-testid="order"
          value={question.order ?? "-date"}
          onChange={(event) => {
            const order = ORDERS.find(([name]) => name === event.currentTarget.value)?.[0];
            setQuestion({ ...question, order });
            search.ask({ ...search.asked, order, offset: 0 });
          }}
        >
          {ORDERS.map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">Search</button>
    </form>
  );
}

function Pages({ search, total, complete }: { search: StudySearch; total: number; complete: boolean }): JSX.Element {
  const first = search.asked.offset ?? 0;
  const turn = (offset: number) => search.ask({ ...search.asked, offset });
  return (
    <div class="row small muted">
      {total > 0 && (
        <span data-testid="total">
          {first + 1}–{Math.min(first + PAGE, total)} of {total}
        </span>
      )}
      {!complete && <span role="status">The archive is still being read: there may be more.</span>}
      {total > PAGE && (
        <>
          <button type="button" disabled={first === 0} onClick={() => turn(Math.max(first - PAGE, 0))}>
            Previous
          </button>
          <button type="button" disabled={first + PAGE >= total} onClick={() => turn(first + PAGE)}>
            Next
          </button>
        </>
      )}
    </div>
  );
}

/** Studies that a tool fits. */
export function ToolStudies({ tool }: { tool: Tool }): JSX.Element {
  return <StudyList search={useStudySearch()} tool={tool} />;
}

/** What to do where no study is listed. */
function nothing(isNarrow: boolean, others: number): string {
  if (isNarrow) return "No study matches.";
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
