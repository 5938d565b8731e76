import type { JSX } from "preact";
import { useLoaded } from "../shared/loaded";
import { usePictureOf } from "../shared/picture";
import { askJson } from "../shared/service";
import type { Eye, Geometry, Scan } from "./report";

interface Outline {
  className: string;
  points: number[];
}

interface SliceAnswer {
  layers: { instances: Outline[] } | null;
  pathologies: { instances: Outline[] } | null;
}

/** One for each of the eleven layers that devices tell apart, neighbours unlike each other. */
const STROKES = [
  "#7cc0ff",
  "#f5c462",
  "#7fd79a",
  "#ff9d94",
  "#d0a8ff",
  "#5fe3e3",
  "#ff7fc8",
  "#c3e062",
  "#ffffff",
  "#ff9f40",
  "#9aa7ff",
  "#c9a27e",
];

interface BScanProps {
  eye: Eye;
  scan: Scan;
  slice: number;
  layersShown: boolean;
}

/** One B-scan with the borders of its layers, and the sides of the eye at its ends. */
export function BScan({ eye, scan, slice, layersShown }: BScanProps): JSX.Element {
  const { geometry } = scan;
  const place = scan.bScans[slice];
  const picture = usePictureOf(
    place ? `plugins/ophtha/instances/${place.instance}/frames/${place.frame}/image` : null,
  );
  const outlines = useLoaded(scan.kept ? `layers ${scan.path} ${slice}` : null, (signal) =>
    askJson<SliceAnswer>(`${scan.path}/segmentation/slice?index=${slice}`, { signal }),
  );
  const { pixel_image_width: width, pixel_image_height: height } = geometry;
  const ends = endsOf(geometry, eye);
  const layers = outlines.phase === "ready" ? (outlines.value.layers?.instances ?? []) : [];
  const names = [...new Set(layers.map((layer) => layer.className))];
  return (
    <figure class="b-scan" data-testid={`b-scan-${eye}`}>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={`B-scan ${slice + 1}`}>
        {picture.url && <image class={picture.isCurrent ? "" : "waiting"} href={picture.url} width={width} height={height} preserveAspectRatio="none" />}
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
      <span class="edge left">{ends[0]}</span>
      <span class="edge right">{ends[1]}</span>
      {picture.error && <p class="message bad">{picture.error}</p>}
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

/** What lies at the first and at the last column: nasal, temporal, superior or inferior. */
function endsOf(geometry: Geometry, eye: Eye): [string, string] {
  switch (geometry.pixel_direction) {
    case "LEFT_RIGHT":
      return eye === "R" ? ["T", "N"] : ["N", "T"];
    case "RIGHT_LEFT":
      return eye === "R" ? ["N", "T"] : ["T", "N"];
    case "TOP_BOTTOM":
      return ["S", "I"];
    case "BOTTOM_TOP":
      return ["I", "S"];
  }
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
