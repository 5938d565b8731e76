import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { explain } from "../shared/loaded";
import { askJson } from "../shared/service";
import type { Scan } from "./report";

/** Takes the segmentation of a volume from a file and keeps it in Orthanc. */
export function SegmentationUpload({ scan, onKept }: { scan: Scan; onKept: () => void }): JSX.Element {
  const [state, setState] = useState<{ busy: boolean; error: string | null }>({ busy: false, error: null });
  const send = async (file: File) => {
    setState({ busy: true, error: null });
    try {
      await askJson(`${scan.path}/segmentation`, { method: "PUT", body: JSON.parse(await file.text()) as unknown });
      setState({ busy: false, error: null });
      onKept();
    } catch (error) {
      const message = error instanceof SyntaxError ? "The file is no JSON" : explain(error);
      setState({ busy: false, error: message });
    }
  };
  return (
    <div class="upload">
      <p>
        There is no segmentation for this volume yet. Choose the JSON file of your segmentation model: an object with{" "}
        <code>layers</code>, <code>pathologies</code> or <code>landmarks</code>, one entry for each of the{" "}
        {scan.geometry.num_slices} B-scans, as in the body of <code>…/report</code>.
      </p>
      <label class="field">
        Segmentation file
        <input
          type="file"
          accept=".json,application/json"
          disabled={state.busy}
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file) void send(file);
          }}
        />
      </label>
      {state.busy && <p class="muted">Sending…</p>}
      {state.error && (
        <p class="message bad" role="alert">
          {state.error}
        </p>
      )}
    </div>
  );
}
