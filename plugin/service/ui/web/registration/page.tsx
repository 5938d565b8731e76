import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { readAddress, writeAddress } from "../shared/address";
import { JobStatus, useJob } from "../shared/job_status";
import { useLoaded } from "../shared/loaded";
import { Page, show, type PageState } from "../shared/page";
import { askJson, serviceUrl } from "../shared/service";
import { Shortcuts, type Shortcut } from "../shared/shortcuts";
import { findStudies } from "../shared/studies";
import { Previews } from "./previews";
import { Quality, type QualityReport } from "./quality";
import { ctSeriesOf, likelyPair, SeriesChoice, type Pair } from "./series_choice";
import { Viewer } from "./viewer";
import "./registration.css";

const KEYS: readonly Shortcut[] = [
  ["1 – 5", "Blend, checkerboard, swipe, flicker, difference"],
  ["U", "Registered, or as it was"],
  ["Page Up / Page Down", "Next or previous slice"],
  ["Tab", "Next control"],
  ["?", "This list"],
];

interface RegistrationJob {
  ErrorMessage: string;
  Content: { Quality?: QualityReport; Warnings?: string[]; StoredSeries?: string | null };
  Display: Record<string, string> | null;
  Previews: Record<string, string> | null;
}

function RegistrationPage(): JSX.Element {
  const address = useMemo(readAddress, []);
  const studies = useLoaded("studies", (signal) => findStudies("", 200, signal));
  const all = studies.phase === "ready" ? ctSeriesOf(studies.value) : [];
  const [chosen, setChosen] = useState<Pair | null>(null);
  const pair = chosen ?? likelyPair(all, address);
  const [jobId, setJobId] = useState(address.get("job"));
  const { job, error: jobError } = useJob(jobId);
  const result = useLoaded(job?.State === "Success" ? `registration ${job.ID}` : null, (signal) =>
    askJson<RegistrationJob>(`plugins/registration/jobs/${job?.ID}`, { signal }),
  );
  const [drawn, setDrawn] = useState(false);
  const [broken, setBroken] = useState<string | null>(null);
  const canDraw = useMemo(() => document.createElement("canvas").getContext("webgl2") !== null, []);
  useEffect(() => {
    if (chosen) writeAddress({ ref: chosen.reference, flo: chosen.floating });
  }, [chosen]);

  const stored = result.phase === "ready" ? result.value.Content.StoredSeries : null;
  const study = all.find((each) => each.series.id === (pair.reference ?? stored))?.study;
  const found = result.phase === "ready" ? result.value : null;
  const withoutGl = !canDraw || broken !== null;
  return (
    <Page title="CT registration" state={pageState()} study={study} help={<Shortcuts list={KEYS} />}>
      {studies.phase === "ready" && all.length === 0 && !jobId ? (
        <div class="empty panel">
          <h2>There is no CT series in this Orthanc yet</h2>
          <p>Upload two chest CT series in Orthanc Explorer, or send them by DICOM; then load this page again.</p>
        </div>
      ) : (
        <div class="registration">
          <div>
            {!jobId && (
              <div class="empty panel">
                <h2>Choose two chest CT series of one patient</h2>
                <p>
                  The floating series is moved and deformed onto the reference, so that both can be compared slice by
                  slice. The result is stored as a new series; the originals stay as they are.
                </p>
              </div>
            )}
            {jobId && job?.State !== "Success" && !jobError && job?.State !== "Failure" && <div class="skeleton tall" />}
            {job?.State === "Failure" && (
              <div class="empty panel">
                <h2 class="bad">The registration failed</h2>
                <p>{job.ErrorDetails}</p>
                <p>Choose other series on the right, or try again.</p>
              </div>
            )}
            {found && !found.Display && (
              <div class="empty panel">
                <h2>The pictures of this registration were deleted</h2>
                <p>Results are kept for a limited time. The registered series is still in Orthanc.</p>
              </div>
            )}
            {found?.Display && !withoutGl && (
              <Viewer paths={found.Display} onReady={() => setDrawn(true)} onFailed={setBroken} />
            )}
            {found?.Previews && withoutGl && (
              <Previews
                paths={found.Previews}
                reason={broken ? `The volumes cannot be shown: ${broken}.` : "This browser has no WebGL 2."}
              />
            )}
          </div>
          <aside class="controls" aria-label="Series, job and quality">
            <SeriesChoice
              all={all}
              pair={pair}
              onPair={setChosen}
              onStarted={(id) => {
                setDrawn(false);
                setBroken(null);
                setJobId(id);
                writeAddress({ job: id, ref: pair.reference, flo: pair.floating });
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
            {found?.Content.Quality && (
              <Quality report={found.Content.Quality} warnings={found.Content.Warnings ?? []} />
            )}
          </aside>
        </div>
      )}
    </Page>
  );

  function pageState(): PageState {
    if (studies.phase === "failed" || jobError || job?.State === "Failure" || result.phase === "failed") return "failed";
    if (studies.phase === "loading") return "loading";
    if (!jobId) return "empty";
    if (!found) return "loading";
    if (!found.Display || withoutGl) return "partial";
    return drawn ? "ready" : "loading";
  }
}

show(<RegistrationPage />);
