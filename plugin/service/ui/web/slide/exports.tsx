import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { explain } from "../shared/loaded";
import type { AnnotationPlatform, ExportFormat } from "./annotation_platform";

const FORMATS: readonly (readonly [ExportFormat, string])[] = [
  ["geojson", "GeoJSON"],
  ["png", "Label mask (PNG)"],
  ["tif", "Label mask (TIFF)"],
];

interface ExportsProps {
  platform: AnnotationPlatform;
  image: number;
  empty: boolean;
}

export function Exports({ platform, image, empty }: ExportsProps): JSX.Element {
  const [said, setSaid] = useState<{ text: string; bad: boolean } | null>(null);
  const attempt = async (work: () => Promise<string>) => {
    try {
      setSaid({ text: await work(), bad: false });
    } catch (refusal) {
      setSaid({ text: explain(refusal), bad: true });
    }
  };
  const save = (format: ExportFormat) =>
    attempt(async () => {
      const url = URL.createObjectURL(await platform.export(image, format));
      const link = document.createElement("a");
      link.href = url;
      link.download = `annotations-${image}.${format}`;
      link.click();
      URL.revokeObjectURL(url);
      return "Saved.";
    });
  const store = () =>
    attempt(async () => {
      await platform.exportDicom(image);
      return "The annotations are in the study as DICOM objects.";
    });
  return (
    <div class="panel">
      <h2>Export</h2>
      <div class="row">
        {FORMATS.map(([format, title]) => (
          <button key={format} type="button" disabled={empty} onClick={() => void save(format)}>
            {title}
          </button>
        ))}
        <button type="button" disabled={empty} onClick={() => void store()}>
          Store as DICOM
        </button>
      </div>
      {said && (
        <p class={`message small ${said.bad ? "bad" : "good"}`} role="status">
          {said.text}
        </p>
      )}
    </div>
  );
}
