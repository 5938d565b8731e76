import { useEffect, useRef, useState } from "preact/hooks";
import { writeAddress } from "../shared/address";
import type { Answer } from "../shared/answers";
import { useJob, type Job } from "../shared/job_status";
import { explain } from "../shared/loaded";
import { askJson } from "../shared/service";
import { maskPixelData, type DrawnRegion } from "./region";

/** What is copied, and what becomes of the patient's data. */
export interface Order {
  scope: "studies" | "series";
  action: "modify" | "anonymize";
  cleanPixelData: boolean;
  cleanFace: boolean;
}

export interface Submission {
  jobId: string | null;
  job: Job | null;
  jobError: string | null;
  busy: boolean;
  error: string | null;
  /** True once the job is accepted. */
  send: (order: Order, resource: string, regions: DrawnRegion[]) => Promise<boolean>;
}

/** Sends orders and follows the job of the last one, which the address names. */
export function useSubmission(address: URLSearchParams, onDone: () => void): Submission {
  const [jobId, setJobId] = useState(address.get("job"));
  const [state, setState] = useState<{ busy: boolean; error: string | null }>({ busy: false, error: null });
  const { job, error: jobError } = useJob(jobId);
  const ordered = useRef<string | null>(null);
  useEffect(() => {
    if (job?.State === "Success" && job.ID === ordered.current) onDone();
  }, [job?.State]);

  const send = async (order: Order, resource: string, regions: DrawnRegion[]) => {
    setState({ busy: true, error: null });
    try {
      const path = `plugins/pixels-masker/${order.scope}/${resource}/${order.action}`;
      const answer = await askJson<Answer<"StartedJob">>(path, { method: "POST", body: bodyOf(order, regions) });
      ordered.current = answer.ID;
      setJobId(answer.ID);
      writeAddress({ job: answer.ID });
      setState({ busy: false, error: null });
      return true;
    } catch (error) {
      setState({ busy: false, error: explain(error) });
      return false;
    }
  };
  return { jobId, job, jobError, ...state, send };
}

function bodyOf(order: Order, regions: DrawnRegion[]): object {
  const intoNewStudy = order.scope === "series" && order.action === "modify";
  return {
    Asynchronous: true,
    ...(intoNewStudy ? { Replace: { StudyInstanceUID: newUid() }, Force: true } : {}),
    MaskPixelData: {
      ...maskPixelData(regions),
      ...(order.cleanPixelData ? { CleanPixelData: true } : {}),
      ...(order.cleanFace ? { CleanRecognizableVisualFeatures: true } : {}),
    },
  };
}

/** A UUID-derived UID (PS3.5 B.2). */
function newUid(): string {
  const digits = crypto.getRandomValues(new Uint8Array(16));
  digits[6] = ((digits[6] ?? 0) & 0x0f) | 0x40;
  digits[8] = ((digits[8] ?? 0) & 0x3f) | 0x80;
  return `2.25.${digits.reduce((number, byte) => number * 256n + BigInt(byte), 0n)}`;
}
