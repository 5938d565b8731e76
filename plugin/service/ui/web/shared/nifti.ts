import type { Plane, Vec } from "./plane";
import { add } from "./plane";
import { ask } from "./service";

/** A display volume: 16-bit values, x fastest, with its place in the patient (LPS mm). */
export interface Volume {
  size: readonly [number, number, number];
  values: Int16Array;
  origin: Vec;
  steps: readonly [Vec, Vec, Vec];
  file: ArrayBuffer;
}

export function loadVolume(series: string, signal?: AbortSignal): Promise<Volume> {
  return loadVolumeFile(`plugins/ophtha/series/${series}/display-volume.nii.gz`, signal);
}

/** A gzipped NIfTI of 16-bit values. */
export async function loadVolumeFile(path: string, signal?: AbortSignal): Promise<Volume> {
  const response = await ask(path, { signal });
  const body = response.body?.pipeThrough(new DecompressionStream("gzip"));
  return readVolume(await new Response(body).arrayBuffer());
}

export function readVolume(file: ArrayBuffer): Volume {
  const view = new DataView(file);
  const at = (offset: number) => view.getInt16(offset, true);
  const size = [at(42), at(44), at(46)] as const;
  const row = (index: number) => [0, 1, 2, 3].map((k) => view.getFloat32(280 + 16 * index + 4 * k, true));
  const [x = [], y = [], z = []] = [row(0), row(1), row(2)];
  // NIfTI points right-anterior-superior, DICOM left-posterior-superior.
  const column = (k: number): Vec => [-(x[k] ?? 0), -(y[k] ?? 0), z[k] ?? 0];
  return {
    size,
    values: new Int16Array(file, 352, size[0] * size[1] * size[2]),
    origin: column(3),
    steps: [column(0), column(1), column(2)],
    file,
  };
}

/** A cut through a volume: `across` and `down` are voxel axes, `at` the voxel along the third; down may be upside down. */
export interface Cut {
  plane: Plane;
  width: number;
  height: number;
  values: Int16Array;
}

export function cutVolume(volume: Volume, across: 0 | 1 | 2, down: 0 | 1 | 2, at: number, flipped: boolean): Cut {
  const third = (3 - across - down) as 0 | 1 | 2;
  const strides = [1, volume.size[0], volume.size[0] * volume.size[1]] as const;
  const width = volume.size[across];
  const height = volume.size[down];
  const depth = Math.min(Math.max(Math.round(at), 0), volume.size[third] - 1);
  const values = new Int16Array(width * height);
  for (let row = 0; row < height; row += 1) {
    const line = flipped ? height - 1 - row : row;
    let source = depth * strides[third] + line * strides[down];
    for (let column = 0; column < width; column += 1, source += strides[across]) {
      values[row * width + column] = volume.values[source] ?? 0;
    }
  }
  const start = add(volume.origin, volume.steps[third], depth);
  const step = volume.steps[down];
  const plane: Plane = {
    origin_mm: flipped ? add(start, step, height - 1) : start,
    column_step_mm: volume.steps[across],
    row_step_mm: flipped ? [-step[0], -step[1], -step[2]] : step,
  };
  return { plane, width, height, values };
}

/** A grey picture of a cut as a data URL. */
export function cutPicture(cut: Cut, centre: number, width: number): string {
  const canvas = document.createElement("canvas");
  canvas.width = cut.width;
  canvas.height = cut.height;
  // Read back at once: on a graphics card that takes longer than drawing.
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return "";
  const picture = context.createImageData(cut.width, cut.height);
  const low = centre - width / 2;
  cut.values.forEach((value, index) => {
    const grey = Math.min(Math.max(((value - low) / width) * 255, 0), 255);
    picture.data.set([grey, grey, grey, 255], 4 * index);
  });
  context.putImageData(picture, 0, 0);
  return canvas.toDataURL();
}
