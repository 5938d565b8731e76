import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

type Listener = (text: string) => void;
const listeners = new Set<Listener>();

/** Tell people who hear the page rather than see it. */
export function announce(text: string): void {
  for (const listener of listeners) listener(text);
}

export function Announcer(): JSX.Element {
  const [text, setText] = useState("");
  useEffect(() => {
    listeners.add(setText);
    return () => void listeners.delete(setText);
  }, []);
  return (
    <p class="only-heard" role="status" aria-live="polite">
      {text}
    </p>
  );
}
