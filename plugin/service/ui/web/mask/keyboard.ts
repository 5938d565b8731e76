import { useLayoutEffect } from "preact/hooks";
import type { Shortcut } from "../shared/shortcuts";
import { arrowOf, isTyping } from "../shared/shortcuts";

export const MASK_KEYS: readonly Shortcut[] = [
  ["Tab", "Next region or control"],
  ["← ↑ → ↓", "Move the selected region by 1 pixel"],
  ["Shift + arrow", "Move it by 10 pixels"],
  ["Alt + arrow", "Make it wider, narrower, higher or lower by 1 pixel (with Shift by 10)"],
  ["Page Down / Page Up", "Next or previous slice, as the wheel does over the whole image"],
  ["Delete", "Remove the selected region"],
  ["Esc", "Stop drawing; select nothing"],
  ["Ctrl + Z / Ctrl + Y", "Undo, redo"],
  ["+ / −", "Zoom in, out"],
  ["?", "This list"],
];

interface MaskKeys {
  onArrow: (dx: number, dy: number, resize: boolean) => boolean;
  onSlice: (step: number) => void;
  onRemove: () => void;
  onEscape: () => void;
  onUndo: () => void;
  onRedo: () => void;
  onZoom: (step: number) => void;
}

export function useMaskKeys(keys: MaskKeys): void {
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (isTyping(event)) return;
      const arrow = arrowOf(event);
      const control = event.ctrlKey || event.metaKey;
      let handled = true;
      if (arrow) handled = keys.onArrow(...arrow, event.altKey);
      else if (event.key === "PageDown") keys.onSlice(1);
      else if (event.key === "PageUp") keys.onSlice(-1);
      else if (event.key === "Delete") keys.onRemove();
      else if (event.key === "Escape") keys.onEscape();
      else if (control && event.key.toLowerCase() === "z") (event.shiftKey ? keys.onRedo : keys.onUndo)();
      else if (control && event.key.toLowerCase() === "y") keys.onRedo();
      else if (event.key === "+" && !control) keys.onZoom(1);
      else if (event.key === "-" && !control) keys.onZoom(-1);
      else handled = false;
      if (handled) event.preventDefault();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  });
}
