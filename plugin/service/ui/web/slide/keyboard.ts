import { useLayoutEffect } from "preact/hooks";
import { arrowOf, isTyping, type Shortcut } from "../shared/shortcuts";
import type { Tool } from "./viewer";

export const SLIDE_KEYS: readonly Shortcut[] = [
  ["V, P, F, R, D", "Look and select, polygon, freehand, rectangle, point"],
  ["← ↑ → ↓, + / −", "Move over the slide and zoom, once it has the focus"],
  ["Arrow, Space, Enter", "With a drawing tool: move the pencil, set a corner, finish"],
  ["Backspace", "Take back the last corner"],
  ["Arrow", "Move the selected annotation by 1 pixel of the screen (with Shift by 10)"],
  ["Alt + arrow", "Make it wider, narrower, higher or lower"],
  ["Delete", "Remove the selected annotation"],
  ["Esc", "Give up the drawing; select nothing"],
  ["Ctrl + Z / Ctrl + Y", "Undo, redo"],
  ["Tab", "Next annotation or control"],
  ["?", "This list"],
];

export const TOOLS: readonly (readonly [Tool, string, string])[] = [
  ["look", "Select", "v"],
  ["polygon", "Polygon", "p"],
  ["freehand", "Freehand", "f"],
  ["rectangle", "Rectangle", "r"],
  ["point", "Point", "d"],
];

interface SlideKeys {
  canDraw: boolean;
  onTool: (tool: Tool) => void;
  onArrow: (columns: number, rows: number, resize: boolean) => boolean;
  onRemove: () => void;
  onEscape: () => void;
  onUndo: () => void;
  onRedo: () => void;
}

export function useSlideKeys(keys: SlideKeys): void {
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (isTyping(event) || event.defaultPrevented) return;
      const control = event.ctrlKey || event.metaKey;
      const key = event.key.toLowerCase();
      const arrow = arrowOf(event);
      const chosen = TOOLS.find(([, , letter]) => letter === key)?.[0];
      let handled = true;
      if (control && key === "z") (event.shiftKey ? keys.onRedo : keys.onUndo)();
      else if (control && key === "y") keys.onRedo();
      else if (control) handled = false;
      else if (arrow) handled = keys.onArrow(...arrow, event.altKey);
      else if (event.altKey) handled = false;
      else if (event.key === "Delete") keys.onRemove();
      else if (event.key === "Escape") keys.onEscape();
      else if (chosen && (chosen === "look" || keys.canDraw)) keys.onTool(chosen);
      else handled = false;
      if (handled) event.preventDefault();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  });
}
