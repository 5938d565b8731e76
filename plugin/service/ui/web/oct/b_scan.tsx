import type { JSX } from "preact";
import { useLoaded } from "../shared/loaded";
import { askBlob, askJson } from "../shared/service";
import type { Eye, Scan } from "./report";

interface Outline {
  className: string;
  points: number[];
}

interface SliceAnswer {
  layers: { instances: Outline[] } | null;
  pathologies: { instances: Outline[] } | null;
}

const STROKES = ["#7cc0ff", "#f5c462", "#7fd79a", "#ff9d94", "#d0a8ff", "#8be0e0"];

interface BScanProps {
  eye: Eye;
  scan: Scan;
  slice: number;
  layersShown: boolean;
}

/** One B-scan with the borders of its layers. */
export function BScan({ eye, scan, slice, layersShown }: BScanProps): JSX.Element {
  const { geometry, instance } = scan;
  const picture = useLoaded(`b ${scan.path} ${slice}`, async (signal) => {
    const path = scan.path.includes("/instances/")
      ? `plugins/ophtha/instances/${instance}/frames/${slice}/image`
      : await frameOfSeries(scan, slice, signal);
    return URL.createObjectURL(await askBlob(path, { signal }));
  });
  const outlines = useLoaded(scan.kept ? `layers ${scan.path} ${slice}` : null, (signal) =>
    askJson<SliceAnswer>(`${scan.path}/segmentation/slice?index=${slice}`, { signal }),
  );
  const { pixel_image_width: width, pixel_image_height: height } = geometry;
  const layers = outlines.phase === "ready" ? (outlines.value.layers?.instances ?? []) : [];
  const names = [...new Set(layers.map((layer) => layer.className))];
  return (
    <figure class="b-scan" data-testid={`b-scan-${eye}`}>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={`B-scan ${slice + 1}`}>
        {picture.phase === "ready" && (
          <image href={picture.value} width={width} height={height} preserveAspectRatio="none" />
        )}
        {layersShown &&
          layers.map((layer, index) => (
            <polygon
              key={index}
              class="layer"
              points={pairs(layer.points)}
              stroke={STROKES[names.indexOf(layer.className) % STROKES.length]}
            >
              <title>{layer.className}</title>
            </polygon>
          ))}
      </svg>
      {picture.phase === "failed" && <p class="message bad">{picture.message}</p>}
      {layersShown && names.length > 0 && (
        <figcaption class="small muted legend">
          {names.map((name, index) => (
            <span key={name}>
              <span class="swatch" style={{ background: STROKES[index % STROKES.length] ?? "" }} /> {name}
            </span>
          ))}
        </figcaption>
      )}
    </figure>
  );
}

async function frameOfSeries(scan: Scan, slice: number, signal: AbortSignal): Promise<string> {
  const answer = await askJson<{ frames: { instance: string; frame: number }[] }>(
    `plugins/ophtha/series/${scan.series.id}/frames`,
    { signal },
  );
  const frame = answer.frames[slice];
  return `plugins/ophtha/instances/${frame?.instance ?? ""}/frames/${frame?.frame ?? 0}/image`;
}

/** Flat, nested or named points; pixel centres at whole numbers. */
function pairs(points: unknown[]): string {
  const flat = points.flatMap((point) => {
    if (Array.isArray(point)) return point as number[];
    if (typeof point === "object" && point !== null) {
      const { x, y } = point as { x: number; y: number };
      return [x, y];
    }
    return [point as number];
  });
  return flat.map((value) => value + 0.5).join(" ");
}
