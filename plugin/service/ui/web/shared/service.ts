import { useEffect, useState } from "preact/hooks";
import type { Answer } from "./answers";

/** Orthanc's root, also below a proxy's path; the pages live in `plugins/ophtha/app/`. */
const ROOT = new URL("../../../", document.baseURI);
const PROBE_EVERY_MS = 1500;
const STATUS_PATH = "plugins/ophtha/status";

export type Detail = Answer<"ErrorDetail">;

/** The service answered with an error; the message is its own. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly details: Detail[] = [],
  ) {
    super(message);
  }
}

/** Nobody answers: the service starts again, or the network is gone. */
export class Away extends Error {}

export interface Question {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** One of Orthanc's identifiers, or of a job. Raises Refused for anything else that an address may hold. */
export function identifier(text: string): string {
  if (!/^[0-9A-Fa-f-]{1,64}$/.test(text)) throw new Refused(404, "The address names nothing that Orthanc could know");
  return text;
}

export function serviceUrl(path: string): string {
  return new URL(path, ROOT).href;
}

export async function askJson<T>(path: string, question: Question = {}): Promise<T> {
  const early = question.method === undefined ? askedEarly.get(path) : undefined;
  askedEarly.delete(path);
  return (await (early ?? askNow(path, question))) as T;
}

async function askNow(path: string, question: Question = {}): Promise<unknown> {
  return (await ask(path, question)).json();
}

const askedEarly = new Map<string, Promise<unknown>>();

/** Asks now for what `askJson` will ask for in a moment: answers that do not depend on each other come at once. */
export function askEarly(path: () => string): void {
  let name: string;
  try {
    name = path();
  } catch {
    return; // no identifier: whoever asks for it is told
  }
  const answer = askNow(name);
  answer.catch(() => undefined); // told to whoever asks for it
  askedEarly.set(name, answer);
}

export async function askBlob(path: string, question: Question = {}): Promise<Blob> {
  return (await ask(path, question)).blob();
}

export async function ask(path: string, { method = "GET", body, headers, signal }: Question = {}): Promise<Response> {
  const options: RequestInit = { method, headers: { ...headers } };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { ...headers, "Content-Type": "application/json" };
  }
  if (signal) options.signal = signal;
  let response: Response;
  try {
    response = await fetch(serviceUrl(path), options);
  } catch (error) {
    if (signal?.aborted) throw error;
    reportAway();
    throw new Away("The service does not answer");
  }
  if (response.status === 503) {
    reportAway();
    throw new Away("The service is starting");
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response: Response): Promise<Refused> {
  try {
    const body = (await response.json()) as { Message?: string; Details?: Detail[]; errors?: unknown };
    const message = body.Message ?? messageOf(body.errors) ?? `Status ${response.status}`;
    return new Refused(response.status, message, Array.isArray(body.Details) ? body.Details : []);
  } catch {
    return new Refused(response.status, `Status ${response.status}`);
  }
}

function messageOf(errors: unknown): string | undefined {
  if (typeof errors === "string") return errors;
  const message = (errors as { message?: unknown } | undefined)?.message;
  return typeof message === "string" ? message : undefined;
}

type Listener = () => void;
const listeners = new Set<Listener>();
let away = false;
let recoveries = 0;

function reportAway(): void {
  if (away) return;
  away = true;
  tell();
  void probe();
}

async function probe(): Promise<void> {
  while (away) {
    await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
    try {
      if ((await fetch(serviceUrl(STATUS_PATH))).ok) {
        away = false;
        recoveries += 1;
        tell();
      }
    } catch {
      // Still away: asked again in a moment.
    }
  }
}

function tell(): void {
  for (const listener of listeners) listener();
}

/** Whether the service answers, and how often it came back: a reason to load again. */
export function useService(): { away: boolean; recoveries: number } {
  const [state, setState] = useState({ away, recoveries });
  useEffect(() => {
    const listener = () => setState({ away, recoveries });
    listeners.add(listener);
    listener();
    return () => void listeners.delete(listener);
  }, []);
  return state;
}
