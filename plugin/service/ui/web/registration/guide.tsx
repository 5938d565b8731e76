import type { JSX } from "preact";
import type { Job } from "../shared/job_status";

interface GuideProps {
  /** How many CT series there are to choose from; null while that is not known. */
  series: number | null;
  job: Job | null;
  result: { Display: unknown } | null;
}

/** What to do next where there is nothing to look at. */
export function Guide({ series, job, result }: GuideProps): JSX.Element | null {
  if (job?.State === "Failure") {
    return (
      <div class="empty panel">
        <h2 class="bad">The registration failed</h2>
        <p>{job.ErrorDetails}</p>
        <p>Choose other series, or try again.</p>
      </div>
    );
  }
  if (result && !result.Display) {
    return (
      <div class="empty panel">
        <h2>The pictures of this registration were deleted</h2>
        <p>Results are kept for a limited time. The registered series is still in Orthanc.</p>
      </div>
    );
  }
  if (job || series === null) return null;
  return series === 0 ? (
    <div class="empty panel">
      <h2>There is no CT series in this Orthanc yet</h2>
      <p>Upload two chest CT series in Orthanc Explorer, or send them by DICOM; then load this page again.</p>
    </div>
  ) : (
    <div class="empty panel">
      <h2>Choose two chest CT series of one patient</h2>
      <p>
        The floating series is moved and deformed onto the reference, so that both can be compared slice by slice. The
        result is stored as a new series; the originals stay as they are.
      </p>
    </div>
  );
}
