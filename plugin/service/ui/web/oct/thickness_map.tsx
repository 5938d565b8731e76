import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { bitmapUrl } from "../shared/bitmap";
import { colourTable, type Palette } from "../shared/colour_scale";
import { enFace, gridCentre, MAP_TITLES, SCALES_UM, type EnFace, type MapKind } from "./en_face";
import type { Eye, Report } from "./report";
import { labelAt, pathOf, sectorsOf, type Sector } from "./sectors";

const LEAST_COVERAGE = 0.5;

interface ThicknessMapProps {
  eye: Eye;
  report: Report;
  kind: MapKind;
  palette: Palette;
  slice: number;
  onSlice: (slice: number) => void;
}

/** The en-face map in µm with its grid, in mm around the centre; the line is the shown B-scan. */
export function ThicknessMap({ eye, report, kind, palette, slice, onSlice }: ThicknessMapProps): JSX.Element {
  const map = useMemo(() => enFace(report, kind), [report, kind]);
  const picture = useMemo(() => (map ? paint(map, kind, palette) : ""), [map, kind, palette]);
  if (!map) {
    return <p class="message warning">No {MAP_TITLES[kind].toLowerCase()} map: {reason(report, kind)}</p>;
  }
  const width = map.columns * map.columnSpacingMm;
  const height = map.rows * map.rowSpacingMm;
  const centre = gridCentre(map, report);
  const x = (centre.column + 0.5) * map.columnSpacingMm;
  const y = (centre.row + 0.5) * map.rowSpacingMm;
  const perMm = { x: 1, y: 1 };
  const sectors = kind === "rnfl" ? [] : sectorsOf(report, kind === "gcc" ? "gcc" : "etdrs");
  const line = map.place(slice, 0);
  const at = map.slicesRunDown ? (line.row + 0.5) * map.rowSpacingMm : (line.column + 0.5) * map.columnSpacingMm;
  const nasal = eye === "R" ? "right" : "left";
  return (
    <figure class="thickness" data-testid={`map-${eye}`}>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`${MAP_TITLES[kind]} thickness map`}
        onClick={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const column = Math.floor(((event.clientX - box.left) / box.width) * map.columns);
          const row = Math.floor(((event.clientY - box.top) / box.height) * map.rows);
          onSlice(map.at(row, column).slice);
        }}
      >
        <defs>
          <pattern id={`hatch-${eye}`} width="0.25" height="0.25" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="0.25" height="0.25" fill="#222" />
            <rect width="0.08" height="0.25" fill="#777" />
          </pattern>
        </defs>
        <rect width={width} height={height} fill={`url(#hatch-${eye})`} />
        <image href={picture} width={width} height={height} preserveAspectRatio="none" />
        {sectors.map((sector) => (
          <path
            key={`${sector.ring}.${sector.key}`}
            class="sector"
            d={pathOf(sector, x, y, perMm)}
            fill={isCovered(sector) ? "none" : `url(#hatch-${eye})`}
            fill-opacity={isCovered(sector) ? 1 : 0.6}
          >
            <title>
              {sector.name}: {isCovered(sector) ? `${sector.mean?.toFixed(1)} µm` : "not covered"}, covered{" "}
              {Math.round(sector.coverage * 100)} %
            </title>
          </path>
        ))}
        {map.slicesRunDown ? (
          <line class="b-line" x1={0} x2={width} y1={at} y2={at} />
        ) : (
          <line class="b-line" x1={at} x2={at} y1={0} y2={height} />
        )}
        {sectors.map((sector) => {
          const label = labelAt(sector, x, y, perMm);
          return (
            <text
              key={`${sector.ring}.${sector.key}`}
              class="value"
              x={label.x}
              y={label.y}
              data-sector={sector.name}
              font-size={width / 22}
            >
              {isCovered(sector) ? Math.round(sector.mean ?? 0) : "–"}
            </text>
          );
        })}
      </svg>
      <span class={`edge ${nasal}`}>N</span>
      <span class={`edge ${nasal === "right" ? "left" : "right"}`}>T</span>
      <span class="edge top">S</span>
      <span class="edge bottom">I</span>
    </figure>
  );
}

function isCovered(sector: Sector): boolean {
  return sector.coverage >= LEAST_COVERAGE && sector.mean !== null;
}

function reason(report: Report, kind: MapKind): string {
  return report.meta.reasons[kind === "retina" ? "etdrs" : kind] ?? "the segmentation has no such layer";
}

function paint(map: EnFace, kind: MapKind, palette: Palette): string {
  const [low, high] = SCALES_UM[kind];
  const colours = colourTable(palette);
  const last = colours.length - 1;
  return bitmapUrl(map.columns, map.rows, (index) => {
    const value = map.values[index];
    if (value === null || value === undefined) return null;
    const share = Math.min(Math.max((value - low) / (high - low), 0), 1);
    return colours[Math.round(share * last)] ?? null;
  });
}
