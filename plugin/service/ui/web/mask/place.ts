import { useMemo, useState } from "preact/hooks";
import { indexIn, numberIn, useAddress } from "../shared/address";
import { announce } from "../shared/announcer";
import { add, toPatient, toPixel, type Plane, type Vec } from "../shared/plane";
import type { Frame, SeriesFrames, Window } from "./series_frames";

export const ZOOMS = [1, 1.5, 2, 3, 4, 6, 8] as const;

/** What of a series is looked at, and how large. */
export interface Place {
  /** Position of the frame in the series, from zero. */
  at: number;
  frame: Frame | undefined;
  zoom: number;
  /** What the fields of the window begin with. */
  window: Window | null;
  /** The window that was set by hand; without one the server shows each frame by what it states. */
  chosenWindow: Window | null;
  /** Where the planes cross, in patient mm; null where the frame has no place in space. */
  cross: Vec | null;
  show: (index: number) => void;
  zoomBy: (step: number) => void;
  setWindow: (window: Window) => void;
  setCross: (point: Vec) => void;
  goTo: (point: Vec) => void;
  /** Another series is shown: from its middle, with its own window. */
  restart: () => void;
}

/**
 * The place starts from the address and is written there. `frame` counts frames of the series; in an address that names an
 * `instance`, frames of that instance.
 */
export function usePlace(address: URLSearchParams, series: SeriesFrames | null): Place {
  const frames = series?.frames ?? [];
  const byInstance = address.has("instance");
  const [index, setIndex] = useState<number | null>(null);
  const [zoom, setZoom] = useState(() => nearestZoom(numberIn(address, "z") ?? 1));
  const [window, setWindow] = useState<Window | null>(null);
  const [cross, setCross] = useState<Vec | null>(null);
  const [restarted, setRestarted] = useState(false);
  const first = useMemo(() => firstIndex(frames, restarted ? new URLSearchParams() : address), [series, restarted]);
  const at = Math.min(Math.max(index ?? first, 0), Math.max(frames.length - 1, 0));
  const frame = frames[at];

  useAddress(() => {
    if (!frame) return {};
    const alone = byInstance && frames.filter((each) => each.instance === frame.instance).length === 1;
    return {
      ...(byInstance ? { instance: frame.instance } : {}),
      frame: frames.length === 1 || alone ? null : String(byInstance ? frame.frame : at),
      z: zoom === 1 ? null : String(zoom),
    };
  }, [frame, zoom]);

  const show = (next: number) => {
    const target = Math.min(Math.max(next, 0), frames.length - 1);
    setIndex(target);
    announce(`Slice ${target + 1} of ${frames.length}`);
  };
  const centre = frame?.plane ? toPatient(frame.plane, frame.columns / 2, frame.rows / 2) : null;
  const point = cross ?? centre;
  return {
    at,
    frame,
    zoom,
    window: window ?? series?.window ?? (series && windowOver(series.value_range)),
    chosenWindow: window,
    cross: frame?.plane && point ? footOn(frame.plane, point) : null,
    show,
    zoomBy: (step) => setZoom((now) => ZOOMS[Math.min(Math.max(zoomIndex(now) + step, 0), ZOOMS.length - 1)] ?? 1),
    setWindow,
    setCross,
    goTo: (next) => {
      setCross(next);
      setIndex(nearestFrame(frames, next));
    },
    restart: () => {
      setIndex(null);
      setWindow(null);
      setCross(null);
      setRestarted(true);
    },
  };
}

/** The frame to begin with: the one that an address names, else one in the middle. */
export function firstIndex(frames: Frame[], address: URLSearchParams): number {
  const wanted = indexIn(address, "frame");
  const ofInstance = frames.findIndex((frame) => frame.instance === address.get("instance"));
  if (ofInstance < 0) return wanted ?? Math.floor(frames.length / 2);
  const exact = frames.findIndex((frame) => frame.instance === address.get("instance") && frame.frame === wanted);
  return exact >= 0 ? exact : ofInstance;
}

function windowOver([low, high]: [number, number]): Window {
  return { center: (low + high + 1) / 2, width: high - low + 1 };
}

export function nearestZoom(wanted: number): number {
  return [...ZOOMS].sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))[0] ?? 1;
}

function zoomIndex(zoom: number): number {
  return ZOOMS.findIndex((each) => each === zoom);
}

function footOn(plane: Plane, point: Vec): Vec {
  const [column, row] = toPixel(plane, point);
  return toPatient(plane, column, row);
}

/** Position of the frame whose plane is nearest to a point in patient mm. */
export function nearestFrame(frames: Frame[], point: Vec): number {
  let best = 0;
  let least = Infinity;
  frames.forEach(({ plane }, index) => {
    if (!plane) return;
    const distance = Math.hypot(...add(footOn(plane, point), point, -1));
    if (distance < least) [best, least] = [index, distance];
  });
  return best;
}
