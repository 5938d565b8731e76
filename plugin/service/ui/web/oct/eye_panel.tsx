import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { announce } from "../shared/announcer";
import type { Palette } from "../shared/colour_scale";
import { explain, type Loaded } from "../shared/loaded";
import { BScan } from "./b_scan";
import type { MapKind } from "./en_face";
import { makeReport, scanName, type Eye, type Report, type Scan } from "./report";
import { RnflProfile } from "./rnfl_profile";
import { inReadingOrder, sectorsOf } from "./sectors";
import { SegmentationUpload } from "./segmentation_upload";
import { ThicknessMap } from "./thickness_map";

interface EyePanelProps {
  eye: Eye;
  scans: Scan[];
  scan: Scan | null;
  report: Loaded<Report>;
  kind: MapKind;
  palette: Palette;
  slice: number;
  layersShown: boolean;
  onScan: (scan: string) => void;
  onSlice: (slice: number) => void;
  onKept: () => void;
}

export function EyePanel(props: EyePanelProps): JSX.Element {
  const { eye, scans, scan, report, slice } = props;
  const title = eye === "R" ? "Right eye (OD)" : "Left eye (OS)";
  return (
    <section class="eye panel" aria-label={title}>
      <div class="row">
        <h2>{title}</h2>
        {scan && (
          <select
            aria-label={`Scan of the ${eye === "R" ? "right" : "left"} eye`}
            data-testid={`scan-${eye}`}
            value={scan.id}
            onChange={(event) => props.onScan(event.currentTarget.value)}
          >
            {scans.map((each) => (
              <option key={each.id} value={each.id}>
                {scanName(each)}
              </option>
            ))}
          </select>
        )}
      </div>
      {!scan && <p class="muted">There is no OCT volume of this eye in the study.</p>}
      {scan && scan.geometry.assumed.length > 0 && (
        <p class="message warning small">Assumed, the images do not prove it: {scan.geometry.assumed.join(", ")}</p>
      )}
      {scan && !scan.kept && <SegmentationUpload scan={scan} onKept={props.onKept} />}
      {report.phase === "ready" && report.value.layers?.computed && (
        <p class="message warning small" data-testid={`computed-${eye}`}>
          Layers computed by Ophtha, not reviewed ({report.value.layers.algorithm} {report.value.layers.version})
        </p>
      )}
      {report.phase === "loading" && <div class="skeleton" />}
      {report.phase === "failed" && (
        <p class="message bad" role="alert">
          {report.message}
        </p>
      )}
      {scan && (
        <>
          <div class="eye-pictures">
            {report.phase === "ready" && (
              <ThicknessMap
                eye={eye}
                report={report.value}
                kind={props.kind}
                palette={props.palette}
                slice={slice}
                onSlice={props.onSlice}
              />
            )}
            <div>
              <BScan eye={eye} scan={scan} slice={slice} layersShown={props.layersShown} />
              <label class="row small">
                B-scan
                <input
                  type="range"
                  min={0}
                  max={scan.geometry.num_slices - 1}
                  value={slice}
                  onInput={(event) => props.onSlice(event.currentTarget.valueAsNumber)}
                />
                <span class="number">
                  {slice + 1} of {scan.geometry.num_slices}
                </span>
              </label>
              {report.phase === "ready" && <Summary report={report.value} />}
            </div>
          </div>
          {report.phase === "ready" && (
            <div class="eye-numbers">
              {props.kind !== "rnfl" && <SectorTable eye={eye} report={report.value} kind={props.kind} />}
              <div>
                <RnflProfile report={report.value} />
                <Results scan={scan} report={report.value} />
              </div>
            </div>
          )}
        </>
      )}
    </section>
  );
}

function Summary({ report }: { report: Report }): JSX.Element {
  const { hemispheres, odn } = report;
  const um = (value: number | null | undefined) => (value === null || value === undefined ? "–" : `${value.toFixed(1)} µm`);
  return (
    <dl class="facts small">
      {hemispheres && (
        <>
          <dt>GCC, superior half</dt>
          <dd class="number">{um(hemispheres.superior_thickness)}</dd>
          <dt>GCC, inferior half</dt>
          <dd class="number">{um(hemispheres.inferior_thickness)}</dd>
        </>
      )}
      {odn && (
        <>
          <dt>Disc area</dt>
          <dd class="number">{odn.disc.area.toFixed(2)} mm²</dd>
          <dt>Cup/disc, vertical</dt>
          <dd class="number">{odn.ratios ? odn.ratios.cup_disc_vertical.toFixed(2) : "no cup found"}</dd>
        </>
      )}
    </dl>
  );
}

function SectorTable({ eye, report, kind }: { eye: Eye; report: Report; kind: "retina" | "gcc" }): JSX.Element {
  const sectors = inReadingOrder(sectorsOf(report, kind === "gcc" ? "gcc" : "etdrs"));
  return (
    <table class="sectors small" data-testid={`sectors-${eye}`}>
      <thead>
        <tr>
          <th scope="col">{kind === "gcc" ? "GCC sector" : "ETDRS sector"}</th>
          <th scope="col" class="number">
            mean, µm
          </th>
          <th scope="col" class="number">
            covered
          </th>
        </tr>
      </thead>
      <tbody>
        {sectors.map((sector) => (
          <tr key={`${sector.ring}.${sector.key}`} data-sector={`${sector.ring}.${sector.key}`}>
            <th scope="row">{sector.name}</th>
            <td class="number">{sector.mean === null ? "–" : sector.mean.toFixed(1)}</td>
            <td class={`number ${sector.coverage < 0.5 ? "warning" : ""}`}>{Math.round(sector.coverage * 100)} %</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Results({ scan, report }: { scan: Scan; report: Report }): JSX.Element {
  const [state, setState] = useState<{ busy: boolean; text: string | null; bad: boolean }>({
    busy: false,
    text: null,
    bad: false,
  });
  const store = async () => {
    setState({ busy: true, text: null, bad: false });
    try {
      const { stored, meta } = await makeReport(scan, true);
      const withheld = Object.entries(meta.not_stored).map(([what, why]) => `${what.replaceAll("_", " ")}: ${why}`);
      const text = [`${stored.length} DICOM objects are in the study.`, ...withheld].join(" ");
      setState({ busy: false, text, bad: false });
      announce(text);
    } catch (error) {
      setState({ busy: false, text: explain(error), bad: true });
    }
  };
  const save = () => {
    const url = URL.createObjectURL(new Blob([JSON.stringify(report)], { type: "application/json" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = `oct-report-${scan.id}.json`;
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <div>
      <div class="row">
        <button type="button" onClick={save}>
          Report as JSON
        </button>
        <button type="button" disabled={state.busy} onClick={() => void store()} data-testid={`store-${scan.geometry.laterality}`}>
          Store as DICOM in the study
        </button>
      </div>
      {state.text && <p class={`message small ${state.bad ? "bad" : "good"}`}>{state.text}</p>}
    </div>
  );
}
