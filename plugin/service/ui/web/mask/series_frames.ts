import { useEffect, useState } from "preact/hooks";
import type { Answer } from "../shared/answers";
import { explain, useLoaded, type Loaded } from "../shared/loaded";
import type { Vec } from "../shared/plane";
import { add } from "../shared/plane";
import { askBlob, askJson, Away, identifier, useService } from "../shared/service";
import type { DrawnRegion } from "./region";
import { maskPixelData } from "./region";

export type Frame = Answer<"FrameDescription">;
export type SeriesFrames = Answer<"SeriesFrames">;
export type Window = Answer<"WindowDescription">;
export type Hits = Answer<"Hits">;

export type Shown = "before" | "after" | "difference";

export function useSeriesFrames(series: string | null): Loaded<SeriesFrames> {
  return useLoaded(series && `frames ${series}`, async (signal) =>
    askJson<SeriesFrames>(framesPath(series ?? ""), { signal }),
  );
}

export function framesPath(series: string): string {
  return `plugins/ophtha/series/${identifier(series)}/frames`;
}

/** From one slice of a volume to the next, in mm. */
export function sliceStep(series: SeriesFrames): Vec {
  const first = series.frames[0]?.plane;
  const last = series.frames.at(-1)?.plane;
  if (!first || !last) return [0, 0, 1];
  const across = add(last.origin_mm, first.origin_mm, -1);
  const steps = Math.max(series.frames.length - 1, 1);
  return [across[0] / steps, across[1] / steps, across[2] / steps];
}

export interface Picture {
  url: string | null;
  /** Whether it is of another frame than the one whose number is shown. */
  isOfAnother: boolean;
  state: "loading" | Shown | "plain";
  error: string | null;
}

/** The picture of a frame, as stored or as masking would leave it; the last one stays while the next is made. */
export function usePicture(
  frame: Frame | undefined,
  window: Window | null,
  shown: Shown | null,
  regions: DrawnRegion[],
): Picture {
  const { recoveries } = useService();
  const [picture, setPicture] = useState<Omit<Picture, "isOfAnother"> & { of: Frame | undefined }>({
    url: null,
    of: undefined,
    state: "loading",
    error: null,
  });
  const mask = shown && regions.length > 0 ? JSON.stringify(maskPixelData(regions)) : null;
  const key = JSON.stringify([frame?.instance, frame?.frame, window, mask && shown, mask, recoveries]);
  useEffect(() => {
    if (!frame) return undefined;
    const controller = new AbortController();
    setPicture((before) => ({ ...before, state: "loading" }));
    const timer = setTimeout(
      () => {
        load(frame, window, mask === null ? null : shown, mask, controller.signal).then(
          (blob) => {
            if (controller.signal.aborted) return;
            const url = URL.createObjectURL(blob);
            setPicture((before) => {
              if (before.url) URL.revokeObjectURL(before.url);
              return { url, of: frame, state: mask === null || !shown ? "plain" : shown, error: null };
            });
          },
          (error: unknown) => {
            if (controller.signal.aborted || error instanceof Away) return;
            setPicture((before) => ({ ...before, state: "plain", error: explain(error) }));
          },
        );
      },
      mask === null ? 0 : 200,
    );
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [key]);
  const { of, ...shownPicture } = picture;
  return { ...shownPicture, isOfAnother: of?.instance !== frame?.instance || of?.frame !== frame?.frame };
}

function load(
  frame: Frame,
  window: Window | null,
  shown: Shown | null,
  mask: string | null,
  signal: AbortSignal,
): Promise<Blob> {
  const path = `plugins/ophtha/instances/${frame.instance}/frames/${frame.frame}`;
  if (mask === null || shown === null) {
    const query = window ? `?center=${window.center}&width=${window.width}` : "";
    return askBlob(`${path}/image${query}`, { signal });
  }
  const body = {
    MaskPixelData: JSON.parse(mask) as unknown,
    Show: shown,
    ...(window ? { WindowCenter: window.center, WindowWidth: window.width } : {}),
  };
  return askBlob(`${path}/preview`, { method: "POST", body, signal });
}

/** Which frames each region hits, as the server counts them; null while that is not known. */
export function useHits(level: "studies" | "series", id: string | null, regions: DrawnRegion[]): Hits | string | null {
  const { recoveries } = useService();
  const [hits, setHits] = useState<{ key: string; value: Hits | string } | null>(null);
  const key = JSON.stringify([level, id, maskPixelData(regions), recoveries]);
  useEffect(() => {
    if (id === null || regions.length === 0) return undefined;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      askJson<Hits>(`plugins/pixels-masker/${level}/${id}/hits`, {
        method: "POST",
        body: { MaskPixelData: maskPixelData(regions) },
        signal: controller.signal,
      }).then(
        (value) => setHits({ key, value }),
        (error: unknown) => {
          if (controller.signal.aborted || error instanceof Away) return;
          setHits({ key, value: explain(error) });
        },
      );
    }, 250);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [key]);
  return hits?.key === key && regions.length > 0 ? hits.value : null;
}
