import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { explain } from "../shared/loaded";
import { cutPicture, cutVolume, loadVolume, type Volume } from "../shared/nifti";
import { mainAxis, toPatient, toPixel, type Vec } from "../shared/plane";
import { Away, useService } from "../shared/service";
import type { Gesture } from "./drawn_regions";
import { PlaneView } from "./plane_view";
import type { DrawnRegion } from "./region";
import type { SeriesFrames, Window } from "./series_frames";

const PLANE_NAMES = ["Sagittal", "Coronal", "Axial"] as const;

export function useVolume(series: SeriesFrames | null): { volume: Volume | null; error: string | null } {
  const { recoveries } = useService();
  const [state, setState] = useState<{ series: string; volume: Volume | null; error: string | null } | null>(null);
  const id = series?.is_volume ? series.series : null;
  useEffect(() => {
    if (id === null || (state?.series === id && state.volume)) return undefined;
    const controller = new AbortController();
    loadVolume(id, controller.signal).then(
      (volume) => setState({ series: id, volume, error: null }),
      (error: unknown) => {
        if (controller.signal.aborted || error instanceof Away) return;
        setState({ series: id, volume: null, error: explain(error) });
      },
    );
    return () => controller.abort();
  }, [id, recoveries]);
  return state && state.series === id ? state : { volume: null, error: null };
}

interface SideViewsProps {
  volume: Volume;
  window: Window | null;
  cross: Vec;
  regions: DrawnRegion[];
  selected: number | null;
  onEdit: (id: number, change: (region: DrawnRegion) => DrawnRegion, gesture: Gesture) => void;
  onSelect: (id: number | null) => void;
  onCross: (point: Vec) => void;
}

/** The two cuts across the slices, through the point of the cross. */
export function SideViews(props: SideViewsProps): JSX.Element {
  return (
    <>
      <SideView {...props} across={0} />
      <SideView {...props} across={1} />
    </>
  );
}

function SideView(props: SideViewsProps & { across: 0 | 1 }): JSX.Element {
  const { volume, across, cross } = props;
  const third = across === 0 ? 1 : 0;
  const at = toPixel(
    { origin_mm: volume.origin, column_step_mm: volume.steps[0], row_step_mm: volume.steps[1] },
    cross,
  )[third];
  const depth = Math.round(at);
  const headUp = volume.steps[2][mainAxis(volume.steps[2])] > 0;
  const cut = useMemo(() => cutVolume(volume, across, 2, depth, headUp), [volume, across, depth]);
  const { center, width } = props.window ?? rangeOf(volume);
  const picture = useMemo(() => cutPicture(cut, center, width), [cut, center, width]);
  const [x, y] = toPixel(cut.plane, cross);
  const name = PLANE_NAMES[mainAxis(volume.steps[third])];
  return (
    <figure class="side-view">
      <figcaption class="small muted">{name}</figcaption>
      <PlaneView
        name={`${name} cut`}
        testId={`image-${name.toLowerCase()}`}
        picture={picture}
        view={{ plane: cut.plane, columns: cut.width, rows: cut.height }}
        flat={false}
        regions={props.regions}
        selected={props.selected}
        drawing={false}
        cross={{ x: x + 0.5, y: y + 0.5 }}
        onEdit={props.onEdit}
        onSelect={props.onSelect}
        onPoint={(point) => props.onCross(toPatient(cut.plane, point.x - 0.5, point.y - 0.5))}
      />
    </figure>
  );
}

function rangeOf(volume: Volume): Window {
  let [low, high] = [Infinity, -Infinity];
  for (const value of volume.values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { center: (low + high) / 2, width: Math.max(high - low, 1) };
}
