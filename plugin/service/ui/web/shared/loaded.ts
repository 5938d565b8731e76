import { useEffect, useState } from "preact/hooks";
import { Away, Refused, useService } from "./service";

export type Loaded<T> =
  | { phase: "loading" }
  | { phase: "ready"; value: T }
  | { phase: "failed"; message: string }
  | { phase: "idle" };

/** Loads a value, and loads it again when `key` changes or the service came back. A null key loads nothing. */
export function useLoaded<T>(key: string | null, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const { recoveries } = useService();
  const [loaded, setLoaded] = useState<{ key: string | null; state: Loaded<T> }>({
    key: null,
    state: { phase: "idle" },
  });
  useEffect(() => {
    if (key === null) return undefined;
    const controller = new AbortController();
    setLoaded((before) =>
      before.key === key && before.state.phase === "ready" ? before : { key, state: { phase: "loading" } },
    );
    load(controller.signal).then(
      (value) => {
        if (!controller.signal.aborted) setLoaded({ key, state: { phase: "ready", value } });
      },
      (error: unknown) => {
        if (controller.signal.aborted || error instanceof Away) return;
        setLoaded({ key, state: { phase: "failed", message: explain(error) } });
      },
    );
    return () => controller.abort();
  }, [key, recoveries]);
  if (key === null) return { phase: "idle" };
  return loaded.key === key ? loaded.state : { phase: "loading" };
}

/** An error in words for a person. */
export function explain(error: unknown): string {
  if (error instanceof Refused) {
    const more = error.details.map((detail) => detail.msg).filter((text) => !error.message.includes(text));
    return [error.message, ...more].join(" – ");
  }
  return error instanceof Error ? error.message : "Something went wrong";
}
