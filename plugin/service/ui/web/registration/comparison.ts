import type { Volume } from "../shared/nifti";
import { add, dot, type Vec } from "../shared/plane";

const AIR_HU = -1024;

/** A volume on the grid of another, without registration: the nearest voxel at the same place in space. */
export function onGridOf(reference: Volume, floating: Volume): Volume {
  const [nx, ny, nz] = reference.size;
  const [mx, my, mz] = floating.size;
  const values = new Int16Array(nx * ny * nz).fill(AIR_HU);
  // Axes of a volume are perpendicular: a coordinate is the projection on its axis.
  const along = (axis: 0 | 1 | 2, point: Vec) => {
    const step = floating.steps[axis];
    return dot(point, step) / dot(step, step);
  };
  const steps = reference.steps.map((step) => [along(0, step), along(1, step), along(2, step)] as const);
  const offset = add(reference.origin, floating.origin, -1);
  const start = [along(0, offset), along(1, offset), along(2, offset)] as const;
  const [ux, uy, uz] = steps as [Vec, Vec, Vec];
  let to = 0;
  for (let k = 0; k < nz; k += 1) {
    for (let j = 0; j < ny; j += 1) {
      let x = start[0] + k * uz[0] + j * uy[0] + 0.5;
      let y = start[1] + k * uz[1] + j * uy[1] + 0.5;
      let z = start[2] + k * uz[2] + j * uy[2] + 0.5;
      for (let i = 0; i < nx; i += 1, to += 1, x += ux[0], y += ux[1], z += ux[2]) {
        const [a, b, c] = [Math.floor(x), Math.floor(y), Math.floor(z)];
        if (a >= 0 && a < mx && b >= 0 && b < my && c >= 0 && c < mz) {
          values[to] = floating.values[(c * my + b) * mx + a] ?? AIR_HU;
        }
      }
    }
  }
  return withValues(reference, values);
}

/** What was added and what went, in HU, on the grid of the first. */
export function difference(reference: Volume, other: Volume): Volume {
  const values = new Int16Array(reference.values.length);
  for (let index = 0; index < values.length; index += 1) {
    const change = (other.values[index] ?? 0) - (reference.values[index] ?? 0);
    values[index] = Math.min(Math.max(change, -2000), 2000);
  }
  return withValues(reference, values);
}

function withValues(like: Volume, values: Int16Array): Volume {
  const file = like.file.slice(0);
  new Int16Array(file, 352).set(values);
  return { ...like, values, file };
}
