import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { readAddress, useAddress, wordIn } from "../shared/address";
import { explain } from "../shared/loaded";
import { loadVolumeFile, type Volume } from "../shared/nifti";
import { arrowOf, isTyping } from "../shared/shortcuts";
import { difference, onGridOf } from "./comparison";
import type { LinkedPanels, Range } from "./panels";
import { PLANES, type Planes } from "./planes";

export type Mode = "blend" | "checker" | "flicker" | "swipe" | "difference";

const MODES: readonly (readonly [Mode, string])[] = [
  ["blend", "Blend"],
  ["checker", "Checker"],
  ["swipe", "Swipe"],
  ["flicker", "Flicker"],
  ["difference", "Difference"],
];
const RANGES: Record<string, Range> = { lung: { low: -1350, high: 150 }, "soft tissue": { low: -160, high: 240 } };
/** Less than three changes a second: faster flicker can trigger seizures. */
const FLICKER_MS = 500;

interface Volumes {
  reference: Volume;
  registered: Volume;
}

interface ViewerProps {
  paths: Record<string, string>;
  /** Date and description of both series. */
  names: { reference: string; floating: string };
  onReady: () => void;
  onFailed: (message: string) => void;
}

/** The reference below, the registered image above it on a second canvas with the same cross. */
export function Viewer({ paths, names, onReady, onFailed }: ViewerProps): JSX.Element {
  const address = useMemo(readAddress, []);
  const under = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const [panels, setPanels] = useState<LinkedPanels | null>(null);
  const [volumes, setVolumes] = useState<Volumes | null>(null);
  const [floating, setFloating] = useState<Volume | null>(null);
  const [shown, setShown] = useState<string | null>(null);
  const [mode, setMode] = useState<Mode>(() => wordIn(address, "mode", MODES.map(([each]) => each)) ?? "blend");
  const [registered, setRegistered] = useState(true);
  const [share, setShare] = useState(50);
  const [range, setRange] = useState("lung");
  const [planes, setPlanes] = useState<Planes>("all three");
  const [flickering, setFlickering] = useState(false);
  const [overVisible, setOverVisible] = useState(true);

  useEffect(() => {
    const controller = new AbortController();
    let opened: LinkedPanels | null = null;
    const open = async () => {
      const load = (name: string) => loadVolume(paths, name, controller.signal);
      const loads = Promise.all([load("reference"), load("registered"), import("./panels")]);
      loads.catch(() => undefined); // thrown where it is awaited
      await painted();
      // While the volumes come: it takes a moment, most of all without a graphics card.
      if (!startWebGl(under.current) || !startWebGl(over.current)) throw new Error("this browser has no WebGL 2");
      const [reference, warped, module] = await loads;
      if (!under.current || !over.current || controller.signal.aborted) return;
      opened = await module.LinkedPanels.open(under.current, over.current);
      over.current.tabIndex = -1;
      setVolumes({ reference, registered: warped });
      setPanels(opened);
    };
    open().catch((error: unknown) => {
      if (!controller.signal.aborted) onFailed(explain(error));
    });
    return () => {
      controller.abort();
      opened?.dispose();
    };
  }, [paths["registered"]]);

  const isShown = shown !== null;
  useEffect(() => {
    if (!isShown) return undefined; // what is looked at first comes first
    const controller = new AbortController();
    loadVolume(paths, "floating", controller.signal).then(setFloating, (error: unknown) => {
      if (!controller.signal.aborted) onFailed(explain(error));
    });
    return () => controller.abort();
  }, [isShown, paths["floating"]]);

  const unregistered = useMemo(
    () => (volumes && floating && !registered ? onGridOf(volumes.reference, floating) : null),
    [volumes, floating, registered],
  );
  const picture = `${registered} ${mode === "difference"} ${range}`;
  useEffect(() => {
    if (!panels || !volumes) return;
    const other = registered ? volumes.registered : unregistered;
    if (!other) return; // it is on its way
    const top = mode === "difference" ? difference(volumes.reference, other) : other;
    panels
      .show(volumes.reference, top, RANGES[range] ?? { low: -1000, high: 400 }, mode === "difference")
      .then(() => {
        setShown(picture);
        onReady();
      })
      .catch((error: unknown) => onFailed(explain(error)));
  }, [panels, volumes, unregistered, picture]);
  useEffect(() => panels?.arrange(planes), [panels, planes]);
  useAddress(() => ({ mode: mode === "blend" ? null : mode }), [mode]);
  useEffect(() => {
    if (mode !== "flicker") setFlickering(false);
  }, [mode]);
  useEffect(() => {
    setOverVisible(true);
    if (!flickering) return undefined;
    const timer = setInterval(() => setOverVisible((visible) => !visible), FLICKER_MS);
    return () => clearInterval(timer);
  }, [flickering]);
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (isTyping(event) || event.ctrlKey || event.altKey || event.metaKey) return;
      const chosen = MODES[Number(event.key) - 1];
      const arrow = arrowOf(event);
      if (chosen) setMode(chosen[0]);
      else if (arrow) panels?.step(arrow[0], -arrow[1], 0);
      else if (event.key === "PageDown") panels?.step(0, 0, 1);
      else if (event.key === "PageUp") panels?.step(0, 0, -1);
      else if (event.key.toLowerCase() === "u") setRegistered(!registered);
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  });

  return (
    <section aria-label="Comparison" class="comparison">
      <div class="row" role="group" aria-label="How to compare">
        {MODES.map(([each, title], index) => (
          <button
            key={each}
            type="button"
            data-testid={`mode-${each}`}
            aria-pressed={mode === each}
            title={`Key ${index + 1}`}
            onClick={() => setMode(each)}
          >
            {title}
          </button>
        ))}
        <span class="spring" />
        <label class="small">
          <input
            type="checkbox"
            data-testid="registered"
            checked={registered}
            onChange={(event) => setRegistered(event.currentTarget.checked)}
          />{" "}
          registered <kbd>U</kbd>
        </label>
        <label class="small">
          Planes{" "}
          <select value={planes} onChange={(event) => setPlanes(event.currentTarget.value as Planes)}>
            {PLANES.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label class="small">
          Window{" "}
          <select value={range} onChange={(event) => setRange(event.currentTarget.value)}>
            {Object.keys(RANGES).map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </div>
      <div class="stack" data-testid="image" data-shown={shown ?? ""} data-mode={mode}>
        <canvas ref={under} aria-label="Reference: axial, coronal and sagittal plane" role="img" />
        <canvas ref={over} class="over" style={styleOf(mode, share, overVisible)} aria-hidden="true" />
      </div>
      <div class="row small">
        {(mode === "blend" || mode === "swipe") && (
          <label class="row">
            {mode === "blend" ? "Share of the upper image" : "Border"}
            <input
              type="range"
              min={0}
              max={100}
              value={share}
              onInput={(event) => setShare(event.currentTarget.valueAsNumber)}
            />
            <span class="number">{share} %</span>
          </label>
        )}
        {mode === "flicker" && (
          <button type="button" aria-pressed={flickering} onClick={() => setFlickering(!flickering)}>
            {flickering ? "Stop" : "Start"} flicker ({(1000 / FLICKER_MS).toFixed(0)} changes a second)
          </button>
        )}
        {mode === "difference" && (
          <span class="difference-bar">
            <span class="bar" /> −400 HU (blue: less) … 0 … +400 HU (orange: more)
          </span>
        )}
        <span class="muted">
          Below: {names.reference} (reference). Above: {names.floating} (floating, {registered ? "registered" : "as it was"}).
          Click moves the cross; the wheel and Page Up / Down leaf through the slices.
        </span>
      </div>
    </section>
  );
}

function loadVolume(paths: Record<string, string>, name: string, signal: AbortSignal): Promise<Volume> {
  return loadVolumeFile((paths[name] ?? "").replace(/^\//, ""), signal);
}

function styleOf(mode: Mode, share: number, visible: boolean): Record<string, string | number> {
  switch (mode) {
    case "blend":
      return { opacity: share / 100 };
    case "swipe":
      return { clipPath: `inset(0 0 0 ${share}%)` };
    case "checker":
      return {
        maskImage: "repeating-conic-gradient(#000 0 25%, transparent 0 50%)",
        maskSize: "64px 64px",
      };
    case "flicker":
      return { visibility: visible ? "visible" : "hidden" };
    case "difference":
      return {};
  }
}

/** After the browser has shown what there is: the second frame begins when the first is out. */
function painted(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve))));
}

/** The context that the panels will draw with. Slices have no edges that would need smoothing. */
function startWebGl(canvas: HTMLCanvasElement | null): boolean {
  return canvas?.getContext("webgl2", { alpha: true, antialias: false }) != null;
}
