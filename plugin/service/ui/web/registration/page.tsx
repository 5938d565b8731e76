import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { readAddress, useAddress } from "../shared/address";
import type { Answer } from "../shared/answers";
import { jobPath, JobStatus, useJob, type Job } from "../shared/job_status";
import { useLoaded } from "../shared/loaded";
import { Page, show, type PageState } from "../shared/page";
import { askEarly, askJson, serviceUrl } from "../shared/service";
import { Shortcuts, type Shortcut } from "../shared/shortcuts";
import { toolTitle } from "../shared/tools";
import { ctSeriesLine, likelyPair, namedIn, useCtSeries, type Pair } from "./ct_series";
import { Guide } from "./guide";
import { Previews } from "./previews";
import { Quality, type QualityReport } from "./quality";
import { SeriesChoice } from "./series_choice";
import { Viewer } from "./viewer";
import "./registration.css";

const KEYS: readonly Shortcut[] = [
  ["1 – 5", "Blend, checkerboard, swipe, flicker, difference"],
  ["U", "Registered, or as it was"],
  ["Page Down / Page Up", "Next or previous slice"],
  ["← ↑ → ↓", "Move the cross by 1 voxel in the axial plane (with Shift by 10)"],
  ["Tab", "Next control"],
  ["?", "This list"],
];

type RegistrationJob = Answer<"RegistrationJob"> & {
  Content: { Quality?: QualityReport; Warnings?: string[]; StoredSeries?: string | null };
};

const address = readAddress();

function RegistrationPage(): JSX.Element {
  const [jobId, setJobId] = useState(address.get("job"));
  const { job, error: jobError } = useJob(jobId);
  const ofJob = jobId ? pairOf(job) : null;
  const archive = useCtSeries(namedIn(address, ofJob));
  const all = archive.phase === "ready" ? archive.value : [];
  const [chosen, setChosen] = useState<Pair | null>(null);
  const pair = ofJob ?? chosen ?? likelyPair(all, address);
  const result = useLoaded(job?.State === "Success" ? `registration ${job.ID}` : null, (signal) =>
    askJson<RegistrationJob>(`plugins/registration/jobs/${job?.ID}`, { signal }),
  );
  const [drawn, setDrawn] = useState(false);
  const [broken, setBroken] = useState<string | null>(null);
  useAddress(
    () => (chosen ? { ref: chosen.reference, flo: chosen.floating, job: jobId } : {}),
    [chosen, jobId],
  );

  const find = (id: string | null) => all.find((each) => each.series.id === id);
  const [reference, floating] = [find(pair.reference), find(pair.floating)];
  const found = jobId && result.phase === "ready" ? result.value : null;
  const trouble = [archive, result].map((each) => (each.phase === "failed" ? each.message : null)).find(Boolean);
  const follow = (id: string | null) => {
    setDrawn(false);
    setBroken(null);
    setJobId(id);
  };
  return (
    <Page title={toolTitle("registration")} state={pageState()} study={reference?.study} help={<Shortcuts list={KEYS} />}>
      <div class="registration">
        <div>
          {trouble && (
            <p class="message bad" role="alert">
              {trouble}
            </p>
          )}
          <Guide series={archive.phase === "ready" ? all.length : null} job={jobId ? job : null} result={found} />
          {jobId && !found && !trouble && !jobError && job?.State !== "Failure" && <div class="skeleton tall" />}
          {found?.Display && broken === null && (
            <Viewer
              key={jobId}
              paths={found.Display}
              names={{
                reference: reference ? ctSeriesLine(reference) : "reference",
                floating: floating ? ctSeriesLine(floating) : "floating",
              }}
              onReady={() => setDrawn(true)}
              onFailed={setBroken}
            />
          )}
          {found?.Previews && broken !== null && (
            <Previews paths={found.Previews} reason={`The volumes cannot be shown: ${broken}.`} />
          )}
        </div>
        <aside class="controls" aria-label="Series, job and quality">
          <SeriesChoice
            all={all}
            pair={pair}
            onPair={(next) => {
              // Pictures of one pair beside the names of another would be taken for the wrong patient's.
              follow(null);
              setChosen(next);
            }}
            onStarted={(id) => {
              setChosen(pair);
              follow(id);
            }}
          />
          {jobId && (
            <JobStatus job={job} error={jobError}>
              {found?.Content.StoredSeries && (
                <p>
                  <a
                    data-testid="result"
                    href={serviceUrl(`app/explorer.html#series?uuid=${found.Content.StoredSeries}`)}
                  >
                    The registered series in Orthanc Explorer
                  </a>
                </p>
              )}
            </JobStatus>
          )}
          {found?.Content.Quality && <Quality report={found.Content.Quality} warnings={found.Content.Warnings ?? []} />}
        </aside>
      </div>
    </Page>
  );

  function pageState(): PageState {
    if (trouble || (jobId && (jobError || job?.State === "Failure"))) return "failed";
    if (!jobId) return archive.phase === "ready" ? "empty" : "loading";
    if (!found) return "loading";
    if (!found.Display || broken !== null) return "partial";
    return drawn ? "ready" : "loading";
  }
}

/** The series of a job that took them from this Orthanc. */
function pairOf(job: Job | null): Pair | null {
  const { ReferenceSeries: reference, FloatingSeries: floating } = job?.Content ?? {};
  return typeof reference === "string" && typeof floating === "string" ? { reference, floating } : null;
}

const named = address.get("job");
if (named) {
  askEarly(() => jobPath(named));
  void import("./panels");
}
show(<RegistrationPage />);
