import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { explain } from "../shared/loaded";
import { askJson } from "../shared/service";
import { dicomDate, personName, seriesLine, type SeriesDescription, type StudyDescription } from "../shared/studies";

export interface CtSeries {
  study: StudyDescription;
  series: SeriesDescription;
}

export interface Pair {
  reference: string | null;
  floating: string | null;
}

export function ctSeriesOf(studies: StudyDescription[]): CtSeries[] {
  return studies.flatMap((study) =>
    study.series.filter((series) => series.tools.includes("registration")).map((series) => ({ study, series })),
  );
}

/** What is named in the address first; then the same patient's oldest as reference and next as floating. */
export function likelyPair(all: CtSeries[], address: URLSearchParams): Pair {
  const wanted = [address.get("study"), ...(address.get("studies") ?? "").split(",")].filter(Boolean);
  const inWanted = all.filter((each) => wanted.includes(each.study.id));
  const reference = address.get("ref") ?? address.get("series") ?? oldest(inWanted)?.series.id ?? null;
  const patient = all.find((each) => each.series.id === reference)?.study.patient_id;
  const others = all.filter((each) => each.series.id !== reference && each.study.patient_id === patient);
  const preferred = others.filter((each) => wanted.includes(each.study.id));
  const floating = address.get("flo") ?? oldest(preferred)?.series.id ?? oldest(others)?.series.id ?? null;
  return { reference, floating };
}

function oldest(series: CtSeries[]): CtSeries | undefined {
  return [...series].sort((a, b) => a.study.date.localeCompare(b.study.date))[0];
}

interface SeriesChoiceProps {
  all: CtSeries[];
  pair: Pair;
  onPair: (pair: Pair) => void;
  onStarted: (job: string) => void;
}

export function SeriesChoice({ all, pair, onPair, onStarted }: SeriesChoiceProps): JSX.Element {
  const [state, setState] = useState<{ busy: boolean; error: string | null }>({ busy: false, error: null });
  const [otherPatients, setOtherPatients] = useState(false);
  const find = (id: string | null) => all.find((each) => each.series.id === id);
  const [reference, floating] = [find(pair.reference), find(pair.floating)];
  const differ = reference && floating && reference.study.patient_id !== floating.study.patient_id;
  const start = async () => {
    setState({ busy: true, error: null });
    try {
      const body = {
        ReferenceSeries: pair.reference,
        FloatingSeries: pair.floating,
        ...(otherPatients ? { AllowDifferentPatients: true } : {}),
      };
      const { ID } = await askJson<{ ID: string }>("plugins/registration/jobs", { method: "POST", body });
      onStarted(ID);
    } catch (error) {
      setState({ busy: false, error: explain(error) });
      return;
    }
    setState({ busy: false, error: null });
  };
  const select = (name: keyof Pair, title: string) => (
    <label class="field">
      {title}
      <select
        data-testid={name}
        value={pair[name] ?? ""}
        onChange={(event) => onPair({ ...pair, [name]: event.currentTarget.value || null })}
      >
        <option value="">choose…</option>
        {all.map(({ study, series }) => (
          <option key={series.id} value={series.id}>
            {personName(study.patient_name)} – {dicomDate(study.date)} – {seriesLine(series)}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <div class="panel">
      <h2>Series</h2>
      {select("reference", "Reference (stays)")}
      {select("floating", "Floating (is moved onto it)")}
      {differ && (
        <p class="message warning">
          These are two patients.
          <label>
            <input
              type="checkbox"
              checked={otherPatients}
              onChange={(event) => setOtherPatients(event.currentTarget.checked)}
            />{" "}
            Register them nevertheless
          </label>
        </p>
      )}
      {state.error && (
        <p class="message bad" role="alert">
          {state.error}
        </p>
      )}
      <button
        class="main"
        type="button"
        data-testid="submit"
        disabled={state.busy || !reference || !floating || (differ && !otherPatients)}
        onClick={() => void start()}
      >
        Register
      </button>
    </div>
  );
}
