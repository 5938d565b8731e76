import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import { indexIn, readAddress, useAddress, wordIn } from "../shared/address";
import { PALETTES, type Palette } from "../shared/colour_scale";
import { useLoaded, type Loaded } from "../shared/loaded";
import { Page, show } from "../shared/page";
import { isTyping, Shortcuts, type Shortcut } from "../shared/shortcuts";
import { ToolStudies } from "../shared/study_list";
import { toolTitle } from "../shared/tools";
import { ColourBar } from "./colour_bar";
import { MAP_TITLES, SCALES_UM, type MapKind } from "./en_face";
import { EyePanel } from "./eye_panel";
import { makeReport, openEyes, type Eye, type Eyes, type Report, type Scan } from "./report";
import "./oct.css";

const KEYS: readonly Shortcut[] = [
  ["Page Down / Page Up", "Next or previous B-scan of both eyes"],
  ["L", "Show or hide the layers"],
  ["1, 2, 3", "Retina, ganglion cell complex, nerve fibre layer"],
  ["Tab", "Next control"],
  ["?", "This list"],
];
const KINDS = Object.keys(SCALES_UM) as MapKind[];

function OctPage(): JSX.Element {
  const address = useMemo(readAddress, []);
  const asked = ["study", "series", "od", "os"].map((name) => address.get(name)).join(" ");
  const [again, setAgain] = useState(0);
  const eyes = useLoaded(asked.trim() && `eyes ${asked} ${again}`, (signal) => openEyes(address, signal));
  if (eyes.phase === "ready" && eyes.value && eyes.value.scans.R.length + eyes.value.scans.L.length > 0) {
    return <Dashboard eyes={eyes.value} onKept={() => setAgain(again + 1)} />;
  }
  const loading = eyes.phase === "loading" && asked.trim() !== "";
  const opened = eyes.phase === "ready" ? eyes.value : null;
  return (
    <Page
      title={toolTitle("oct")}
      state={loading ? "loading" : eyes.phase === "failed" ? "failed" : "empty"}
      study={opened?.study}
    >
      {loading ? (
        <div class="skeleton" />
      ) : (
        <div class="empty panel">
          {eyes.phase === "failed" && (
            <p class="message bad" role="alert">
              {eyes.message}
            </p>
          )}
          {opened?.unusable.map((reason) => (
            <p key={reason} class="message warning">
              {reason}
            </p>
          ))}
          <h2>{opened ? "There is no OCT volume to show here. Choose another study:" : "Choose a study with OCT volumes"}</h2>
          <ToolStudies tool="oct" />
        </div>
      )}
    </Page>
  );
}

function useReport(scan: Scan | null): Loaded<Report> {
  return useLoaded(scan?.kept ? `report ${scan.path}` : null, (signal) => makeReport(scan as Scan, false, signal));
}

function Dashboard({ eyes, onKept }: { eyes: Eyes; onKept: () => void }): JSX.Element {
  const address = useMemo(readAddress, []);
  const [chosen, setChosen] = useState<Record<Eye, string | null>>({
    R: address.get("od") ?? address.get("series"),
    L: address.get("os") ?? address.get("series"),
  });
  const [kind, setKind] = useState<MapKind>(wordIn(address, "map", KINDS) ?? "retina");
  const [palette, setPalette] = useState<Palette>(wordIn(address, "colours", PALETTES) ?? "cividis");
  const [slice, setSlice] = useState<number | null>(indexIn(address, "b"));
  const [layersShown, setLayersShown] = useState(true);
  const pick = (eye: Eye) => eyes.scans[eye].find((scan) => scan.id === chosen[eye]) ?? eyes.scans[eye][0] ?? null;
  const scans: Record<Eye, Scan | null> = { R: pick("R"), L: pick("L") };
  const reports: Record<Eye, Loaded<Report>> = { R: useReport(scans.R), L: useReport(scans.L) };
  const most = Math.max(scans.R?.geometry.num_slices ?? 1, scans.L?.geometry.num_slices ?? 1);
  const at = Math.min(Math.max(slice ?? Math.floor(most / 2), 0), most - 1);
  useAddress(
    () => ({
      map: kind === "retina" ? null : kind,
      colours: palette === "cividis" ? null : palette,
      b: slice === null ? null : String(at),
      od: eyes.scans.R.length > 1 ? (scans.R?.id ?? null) : address.get("od"),
      os: eyes.scans.L.length > 1 ? (scans.L?.id ?? null) : address.get("os"),
    }),
    [kind, palette, slice, chosen],
  );
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "PageDown") setSlice(Math.min(at + 1, most - 1));
      else if (event.key === "PageUp") setSlice(Math.max(at - 1, 0));
      else if (event.key.toLowerCase() === "l") setLayersShown(!layersShown);
      else if (KINDS[Number(event.key) - 1]) setKind(KINDS[Number(event.key) - 1] ?? "retina");
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  });

  const phases = (["R", "L"] as const).filter((eye) => scans[eye]).map((eye) => reports[eye].phase);
  const state = phases.includes("loading") ? "loading" : phases.every((phase) => phase === "ready") ? "ready" : "partial";
  return (
    <Page title={toolTitle("oct")} state={state} study={eyes.study} help={<Shortcuts list={KEYS} />}>
      <div class="row oct-toolbar">
        <div class="row" role="group" aria-label="Map">
          {KINDS.map((each) => (
            <button key={each} type="button" data-testid={`kind-${each}`} aria-pressed={kind === each} onClick={() => setKind(each)}>
              {MAP_TITLES[each]}
            </button>
          ))}
        </div>
        <ColourBar kind={kind} palette={palette} />
        <label class="small">
          Colours{" "}
          <select data-testid="colours" value={palette} onChange={(event) => setPalette(event.currentTarget.value as Palette)}>
            {PALETTES.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        <label class="small">
          <input
            type="checkbox"
            checked={layersShown}
            onChange={(event) => setLayersShown(event.currentTarget.checked)}
          />{" "}
          Layers
        </label>
        <span class="spring" />
        <span class="small muted">For research, not a diagnosis</span>
      </div>
      {eyes.unusable.map((reason) => (
        <p key={reason} class="message warning small">
          {reason}
        </p>
      ))}
      <div class="eyes">
        {(["R", "L"] as const).map((eye) => (
          <EyePanel
            key={eye}
            eye={eye}
            scans={eyes.scans[eye]}
            scan={scans[eye]}
            report={reports[eye]}
            kind={kind}
            palette={palette}
            slice={Math.min(at, (scans[eye]?.geometry.num_slices ?? 1) - 1)}
            layersShown={layersShown}
            onScan={(scan) => setChosen({ ...chosen, [eye]: scan })}
            onSlice={setSlice}
            onKept={onKept}
          />
        ))}
      </div>
    </Page>
  );
}

show(<OctPage />);
