import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Answer } from "../shared/answers";
import { explain } from "../shared/loaded";
import { askJson } from "../shared/service";
import { patientLine } from "../shared/studies";
import { ctSeriesLine, type CtSeries, type Pair } from "./ct_series";

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
      const { ID } = await askJson<Answer<"StartedJob">>("plugins/registration/jobs", { method: "POST", body });
      onStarted(ID);
    } catch (error) {
      setState({ busy: false, error: explain(error) });
      return;
    }
    setState({ busy: false, error: null });
  };
  const choose = (changes: Partial<Pair>) => {
    setOtherPatients(false);
    onPair({ ...pair, ...changes });
  };
  const select = (name: keyof Pair, title: string) => (
    <label class="field">
      {title}
      <select
        data-testid={name}
        value={find(pair[name])?.series.id ?? ""}
        onChange={(event) => choose({ [name]: event.currentTarget.value || null })}
      >
        <option value="">choose…</option>
        {[...byPatient(all)].map(([patient, series]) => (
          <optgroup key={patient} label={patient}>
            {series.map((each) => (
              <option key={each.series.id} value={each.series.id}>
                {ctSeriesLine(each)}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
  return (
    <div class="panel">
      <h2>Series</h2>
      {select("reference", "Reference (stays)")}
      {select("floating", "Floating (is moved onto it)")}
      {all.length > 0 && ((pair.reference && !reference) || (pair.floating && !floating)) && (
        <p class="message warning small">A series that the address names is no CT series, or is gone. Choose another.</p>
      )}
      {differ && (
        <div class="message warning">
          <p>These are two patients: {[reference, floating].map(({ study }) => patientLine(study)).join(" and ")}.</p>
          <label>
            <input
              type="checkbox"
              checked={otherPatients}
              onChange={(event) => setOtherPatients(event.currentTarget.checked)}
            />{" "}
            Register them nevertheless
          </label>
        </div>
      )}
      {state.error && (
        <p class="message bad" role="alert">
          {state.error}
        </p>
      )}
      <div class="row">
        <button
          class="main"
          type="button"
          data-testid="submit"
          disabled={state.busy || !reference || !floating || (differ && !otherPatients)}
          onClick={() => void start()}
        >
          Register
        </button>
        <button
          type="button"
          disabled={!reference && !floating}
          onClick={() => choose({ reference: pair.floating, floating: pair.reference })}
        >
          Swap
        </button>
      </div>
    </div>
  );
}

function byPatient(all: CtSeries[]): Map<string, CtSeries[]> {
  const groups = new Map<string, CtSeries[]>();
  for (const each of all) {
    const patient = patientLine(each.study);
    groups.set(patient, [...(groups.get(patient) ?? []), each]);
  }
  return groups;
}
