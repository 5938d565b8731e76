import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

export type Shortcut = readonly [keys: string, meaning: string];

/** A button, and the key `?`, that list what the keyboard does. */
export function Shortcuts({ list }: { list: readonly Shortcut[] }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key === "?" && !isTyping(event)) setOpen(true);
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
  }, [open]);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)} aria-haspopup="dialog">
        Keys <kbd>?</kbd>
      </button>
      <dialog ref={dialog} onClose={() => setOpen(false)} aria-labelledby="shortcuts-title">
        <h2 id="shortcuts-title">What the keyboard does</h2>
        <table>
          <tbody>
            {list.map(([keys, meaning]) => (
              <tr key={keys}>
                <th scope="row">
                  <kbd>{keys}</kbd>
                </th>
                <td>{meaning}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <form method="dialog" class="row">
          <button>Close</button>
        </form>
      </dialog>
    </>
  );
}

/** Whether a key belongs to a field rather than to the page. */
export function isTyping(event: Event): boolean {
  const target = event.target as HTMLElement | null;
  return (
    target instanceof HTMLInputElement ||
    target instanceof HTMLSelectElement ||
    target instanceof HTMLTextAreaElement ||
    target?.isContentEditable === true ||
    target?.closest("dialog") != null
  );
}

const ARROWS: Partial<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Columns and rows that an arrow key stands for, ten times as many with Shift; null for other keys. */
export function arrowOf(event: KeyboardEvent): [number, number] | null {
  const arrow = ARROWS[event.key];
  const step = event.shiftKey ? 10 : 1;
  return arrow ? [arrow[0] * step, arrow[1] * step] : null;
}
