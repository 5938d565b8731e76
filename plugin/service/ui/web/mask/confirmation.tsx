import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Order } from "./order";
import type { DrawnRegion } from "./region";
import type { Hits } from "./series_frames";

interface ConfirmationProps {
  order: Order;
  regions: DrawnRegion[];
  hits: Hits | string | null;
  error: string | null;
  busy: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** What will happen, in words, before it does. */
export function Confirmation(props: ConfirmationProps): JSX.Element {
  const { order, regions, hits } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const known = typeof hits === "object" ? hits : null;
  return (
    <dialog ref={dialog} onClose={props.onClose} aria-labelledby="confirmation-title">
      <h2 id="confirmation-title">Make a masked copy?</h2>
      <ul>
        <li>
          {order.action === "anonymize" ? "An anonymized copy" : "A copy"} of{" "}
          {order.scope === "studies" ? "the whole study" : "this series, in a study of its own,"} is stored in Orthanc; the
          original stays as it is.
        </li>
        {regions.map((region, index) => (
          <li key={region.id}>
            Region {index + 1}: {paint(region)}, on {known ? `${known.Regions[index]?.FrameCount ?? 0}` : "…"} of{" "}
            {known ? known.Frames : "…"} images
          </li>
        ))}
        {order.cleanPixelData && <li>You state that no identifying text is left in the pixels.</li>}
        {order.cleanFace && <li>You state that no face can be recognized any more.</li>}
      </ul>
      {known && known.FrameCount === 0 && (
        <p class="message warning">No image is hit: the copy would not be masked at all.</p>
      )}
      {known && known.Unreadable.length > 0 && (
        <p class="message warning">
          {known.Unreadable.length} images have no place in space: a box cannot be applied to them, and the job will fail.
        </p>
      )}
      {props.error && (
        <p class="message bad" role="alert">
          {props.error}
        </p>
      )}
      <div class="row">
        <button class="main" type="button" data-testid="confirm" disabled={props.busy} onClick={props.onConfirm}>
          Make the copy
        </button>
        <button type="button" onClick={() => dialog.current?.close()}>
          Back
        </button>
      </div>
    </dialog>
  );
}

function paint(region: DrawnRegion): string {
  return region.maskType === "Fill"
    ? `filled with ${region.fillValue}`
    : `blurred with a ${region.filterWidth} × ${region.filterWidth} mean filter`;
}
