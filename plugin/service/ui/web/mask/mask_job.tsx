import type { JSX } from "preact";
import type { Answer } from "../shared/answers";
import { JobStatus, type Job } from "../shared/job_status";
import { useLoaded } from "../shared/loaded";
import { serviceUrl } from "../shared/service";
import { openResource } from "../shared/studies";

/** The masking job, and the way to its result. */
export function MaskJob({ job, error }: { job: Job | null; error: string | null }): JSX.Element {
  const content = job?.Content as Partial<Answer<"MaskingAnswer">> | undefined;
  const type = content?.Type ?? "";
  const id = (job?.State === "Success" && content?.ID) || "";
  const level = type === "Series" ? "series" : "studies";
  const opened = useLoaded(id && type !== "Patient" ? `${level} ${id}` : null, (signal) =>
    openResource(level, id, signal),
  );
  const study = opened.phase === "ready" ? opened.value.study.id : null;
  return (
    <JobStatus job={job} error={error}>
      {study && (
        <p>
          <a data-testid="result" data-study={study} href={serviceUrl(`app/explorer.html#study?uuid=${study}`)}>
            The new study in Orthanc Explorer
          </a>
          {" · "}
          <a href={`mask.html?study=${study}`}>look at it here</a>
        </p>
      )}
      <Warnings content={job?.Content ?? {}} />
    </JobStatus>
  );
}

function Warnings({ content }: { content: Record<string, unknown> }): JSX.Element | null {
  const warnings = content["Warnings"];
  if (!Array.isArray(warnings) || warnings.length === 0) return null;
  return (
    <ul class="warning">
      {warnings.map((warning, index) => (
        <li key={index}>{String(warning)}</li>
      ))}
    </ul>
  );
}
