import type { JSX } from "preact";
import type { Frame, Hits } from "./series_frames";

interface TickStripProps {
  frames: Frame[];
  /** Null when nothing is drawn; undefined while the server counts. */
  hits: Hits | null | undefined;
  shown: number;
  onShow: (index: number) => void;
}

/** One tick a slice: tall where at least one pixel is masked; the shown slice is marked. */
export function TickStrip({ frames, hits, shown, onShow }: TickStripProps): JSX.Element {
  const reached = new Set<string>();
  for (const region of hits?.Regions ?? []) {
    for (const { Instance, Frames } of region.Instances) {
      for (const frame of Frames) reached.add(`${Instance}/${frame}`);
    }
  }
  const hitFlags = frames.map((frame) => reached.has(`${frame.instance}/${frame.frame}`));
  const count = hitFlags.filter(Boolean).length;
  const text = `${count} of ${frames.length}`;
  const path = hitFlags.map((hit, index) => (hit ? `M${index} 2h1v16h-1z` : `M${index + 0.35} 14h0.3v4h-0.3z`));
  return (
    <div class="tick-strip">
      <span class="name">Masked</span>
      <svg
        viewBox={`0 0 ${frames.length} 20`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${text} slices of this series are masked`}
        onPointerDown={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const index = Math.floor(((event.clientX - box.left) / box.width) * frames.length);
          onShow(Math.min(Math.max(index, 0), frames.length - 1));
        }}
      >
        <path class="ticks" d={path.filter((_, index) => !hitFlags[index]).join("")} />
        <path class="hits" d={path.filter((_, index) => hitFlags[index]).join("")} />
        <rect class="shown" x={shown} y={0} width={1} height={20} />
      </svg>
      <span class="number" data-testid="hits" title="Slices of this series with masked pixels">
        {hits === undefined ? `… of ${frames.length}` : text}
      </span>
    </div>
  );
}
