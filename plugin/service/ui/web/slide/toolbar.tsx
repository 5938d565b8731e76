import type { JSX } from "preact";
import type { Annotations } from "./annotations";
import { TOOLS } from "./keyboard";
import type { Tool } from "./viewer";

interface ToolbarProps {
  tool: Tool;
  canDraw: boolean;
  annotations: Annotations;
  onTool: (tool: Tool) => void;
}

export function Toolbar({ tool, canDraw, annotations, onTool }: ToolbarProps): JSX.Element {
  return (
    <div class="row" role="toolbar" aria-label="Tools">
      {TOOLS.map(([each, title, letter]) => (
        <button
          key={each}
          type="button"
          data-testid={`tool-${each}`}
          aria-pressed={tool === each}
          disabled={each !== "look" && !canDraw}
          onClick={() => onTool(each)}
        >
          {title} <kbd>{letter.toUpperCase()}</kbd>
        </button>
      ))}
      <span class="spring" />
      <button type="button" data-testid="undo" disabled={!annotations.canUndo} onClick={annotations.undo}>
        Undo
      </button>
      <button type="button" disabled={!annotations.canRedo} onClick={annotations.redo}>
        Redo
      </button>
    </div>
  );
}
