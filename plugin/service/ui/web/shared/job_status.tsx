import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Answer } from "./answers";
import { announce } from "./announcer";
import { explain } from "./loaded";
import { askJson, Away, identifier, Refused, useService } from "./service";

const ASK_EVERY_MS = 500;

export type Job = Answer<"JobView">;

export function isFinal(job: Job): boolean {
  return job.State === "Success" || job.State === "Failure";
}

interface Followed {
  job: Job | null;
  error: string | null;
}

/** Follows a job until it ends; goes on by itself when the service was away. */
export function useJob(id: string | null): Followed {
  const { recoveries } = useService();
  const [state, setState] = useState<Followed & { id: string | null }>({ id, job: null, error: null });
  useEffect(() => {
    if (id === null) return undefined;
    const controller = new AbortController();
    void follow(id, controller.signal, (now) => setState({ id, ...now }));
    return () => controller.abort();
  }, [id, recoveries]);
  return state.id === id && id !== null ? state : { job: null, error: null };
}

export function jobPath(id: string): string {
  return `plugins/ophtha/jobs/${identifier(id)}`;
}

async function follow(
  id: string,
  signal: AbortSignal,
  tell: (state: Followed) => void,
): Promise<void> {
  let said = -1;
  while (!signal.aborted) {
    try {
      const job = await askJson<Job>(jobPath(id), { signal });
      tell({ job, error: null });
      if (isFinal(job)) {
        announce(job.State === "Success" ? "The job is done" : `The job failed: ${job.ErrorDetails}`);
        return;
      }
      const tenth = Math.floor(job.Progress / 10);
      if (tenth !== said) announce(`${job.Progress} percent done`);
      said = tenth;
    } catch (error) {
      if (signal.aborted || error instanceof Away) return;
      const gone = error instanceof Refused && error.status === 404;
      tell({ job: null, error: gone ? "This job is not known any more." : explain(error) });
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

const WORDS: Record<Job["State"], string> = {
  Pending: "Waiting for its turn",
  Running: "Running",
  Paused: "Paused",
  Success: "Success",
  Failure: "Failure",
};

interface JobStatusProps {
  job: Job | null;
  error: string | null;
  children?: ComponentChildren;
}

/** State and progress of a job; `children` is what a finished one offers. */
export function JobStatus({ job, error, children }: JobStatusProps): JSX.Element {
  const cancel = () => {
    if (job) void askJson(`plugins/ophtha/jobs/${job.ID}/cancel`, { method: "POST", body: {} }).catch(() => undefined);
  };
  const place = useRef<HTMLElement>(null);
  useEffect(() => place.current?.scrollIntoView({ block: "nearest" }), [job?.ID, job?.State, children !== undefined]);
  return (
    <section ref={place} class="panel" data-testid="job" data-job={job?.ID} data-job-state={job?.State} aria-label="Job">
      <h2>Job</h2>
      {error && (
        <p class="message bad" role="alert">
          {error}
        </p>
      )}
      {!job && !error && <p class="muted">Asking for the job…</p>}
      {job && (
        <>
          <p>
            <strong class={job.State === "Failure" ? "bad" : job.State === "Success" ? "good" : ""}>
              {WORDS[job.State]}
            </strong>{" "}
            <span class="number">{job.Progress} %</span>
          </p>
          <progress max={100} value={job.Progress} aria-label="Progress of the job" />
          {job.State === "Failure" && <p class="message bad">{job.ErrorDetails || "The job failed."}</p>}
          {!isFinal(job) && (
            <button type="button" onClick={cancel}>
              Cancel the job
            </button>
          )}
          {job.State === "Success" && children}
        </>
      )}
    </section>
  );
}
