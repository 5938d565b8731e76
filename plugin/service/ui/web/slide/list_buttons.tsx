import type { JSX } from "preact";

interface EyeButtonProps {
  name: string;
  hidden: boolean;
  onClick: () => void;
}

/** Shows or hides what `name` names. */
export function EyeButton({ name, hidden, onClick }: EyeButtonProps): JSX.Element {
  return (
    <button type="button" class="quiet icon" aria-pressed={hidden} aria-label={`Hide ${name}`} title={`Hide ${name}`} onClick={onClick}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M1 8q7-9 14 0q-7 9-14 0z" />
        <circle cx="8" cy="8" r="2.2" />
        {hidden && <path d="M2 14 14 2" />}
      </svg>
    </button>
  );
}

interface LockButtonProps {
  name: string;
  locked: boolean;
  onClick: () => void;
}

/** Guards what `name` names against changes. */
export function LockButton({ name, locked, onClick }: LockButtonProps): JSX.Element {
  return (
    <button type="button" class="quiet icon" aria-pressed={locked} aria-label={`Lock ${name}`} title={`Lock ${name}`} onClick={onClick}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <rect x="3" y="7" width="10" height="7.5" rx="1" />
        <path d={locked ? "M5 7V4.5a3 3 0 0 1 6 0V7" : "M5 7V4.5a3 3 0 0 1 5.7-1.3"} />
      </svg>
    </button>
  );
}
