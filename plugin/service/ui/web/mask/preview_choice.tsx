import type { JSX } from "preact";
import type { Shown } from "./series_frames";

const WORDS: readonly (readonly [Shown, string])[] = [
  ["before", "Before"],
  ["after", "After"],
  ["difference", "Difference"],
];

interface PreviewChoiceProps {
  shown: Shown | null;
  disabled: boolean;
  onShown: (shown: Shown | null) => void;
}

/** The slice as masking would leave it, drawn by the server. */
export function PreviewChoice({ shown, disabled, onShown }: PreviewChoiceProps): JSX.Element {
  return (
    <>
      <div class="row preview-row" role="group" aria-label="Preview of this slice">
        <button
          type="button"
          data-testid="preview"
          aria-pressed={shown !== null}
          disabled={disabled}
          onClick={() => onShown(shown === null ? "after" : null)}
        >
          Preview
        </button>
        {shown !== null &&
          WORDS.map(([each, word]) => (
            <button
              key={each}
              type="button"
              data-testid={`preview-${each}`}
              aria-pressed={shown === each}
              onClick={() => onShown(each)}
            >
              {word}
            </button>
          ))}
      </div>
      {shown === "difference" && (
        <p class="small muted legend">Masked pixels: blue became darker, orange brighter, white did not change.</p>
      )}
    </>
  );
}
