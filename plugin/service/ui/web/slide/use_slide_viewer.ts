import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { numberIn, writeAddress } from "../shared/address";
import type { Shape } from "./shape_layer";
import { SlideViewer, type Place, type SlideDescription, type Tool, type ViewerEvents } from "./viewer";

export type { Shape } from "./shape_layer";

interface SlideViewerOf extends Omit<ViewerEvents, "onMoved"> {
  series: string;
  slide: SlideDescription | null;
  address: URLSearchParams;
  shapes: Shape[];
  selected: number | null;
  tool: Tool;
}

/** A viewer in the element that `target` refers to, showing what it is given; its place is kept in the address. */
export function useSlideViewer(given: SlideViewerOf): {
  target: { current: HTMLDivElement | null };
  viewer: SlideViewer | null;
} {
  const { slide, shapes, selected, tool } = given;
  const target = useRef<HTMLDivElement>(null);
  const [viewer, setViewer] = useState<SlideViewer | null>(null);
  // The viewer outlives many renderings: it calls what is current then.
  const current = useRef(given);
  current.current = given;
  useEffect(() => {
    if (!target.current || !slide) return undefined;
    const made = new SlideViewer(
      target.current,
      given.series,
      slide,
      {
        onDrawn: (wkt) => current.current.onDrawn(wkt),
        onChanged: (id, wkt) => current.current.onChanged(id, wkt),
        onSelected: (id) => current.current.onSelected(id),
        onMoved: ({ x, y, resolution }) => writeAddress({ x: x.toFixed(0), y: y.toFixed(0), r: resolution.toFixed(3) }),
      },
      placeIn(given.address),
    );
    setViewer(made);
    return () => made.dispose();
  }, [slide]);
  useLayoutEffect(() => viewer?.setTool(tool), [viewer]);
  // What the list shows is on the slide already: a click there goes to it.
  useLayoutEffect(() => viewer?.show(shapes, selected), [viewer, shapes, selected, tool]);
  return { target, viewer };
}

function placeIn(address: URLSearchParams): Place | null {
  const [x, y, resolution] = ["x", "y", "r"].map((name) => numberIn(address, name));
  return x != null && y != null && resolution != null && resolution > 0 ? { x, y, resolution } : null;
}
