import { expect, test } from "vitest";
import { cutVolume, readVolume } from "./nifti";
import { toPatient } from "./plane";

const SIZE = [2, 3, 4] as const;
const STEPS_RAS = [-0.5, -2, 3] as const;
const ORIGIN_RAS = [10, 20, -30] as const;

/** A file whose voxel x, y, z holds x + 10 y + 100 z. */
function file(): ArrayBuffer {
  const buffer = new ArrayBuffer(352 + 2 * SIZE[0] * SIZE[1] * SIZE[2]);
  const view = new DataView(buffer);
  SIZE.forEach((length, axis) => view.setInt16(42 + 2 * axis, length, true));
  for (const axis of [0, 1, 2] as const) {
    view.setFloat32(280 + 16 * axis + 4 * axis, STEPS_RAS[axis], true);
    view.setFloat32(280 + 16 * axis + 12, ORIGIN_RAS[axis], true);
  }
  let at = 352;
  for (let z = 0; z < SIZE[2]; z += 1)
    for (let y = 0; y < SIZE[1]; y += 1)
      for (let x = 0; x < SIZE[0]; x += 1, at += 2) view.setInt16(at, x + 10 * y + 100 * z, true);
  return buffer;
}

test("NIfTI's axes are turned into DICOM's", () => {
  const volume = readVolume(file());
  expect(volume.size).toEqual(SIZE);
  expect(volume.origin).toEqual([-10, -20, -30]);
  const nought: unknown = expect.closeTo(0);
  expect(volume.steps).toEqual([
    [0.5, nought, 0],
    [nought, 2, 0],
    [nought, nought, 3],
  ]);
});

test("a cut holds the voxels of its plane, and knows where they lie", () => {
  const cut = cutVolume(readVolume(file()), 0, 1, 2, false);
  expect([cut.width, cut.height]).toEqual([2, 3]);
  expect([...cut.values]).toEqual([200, 201, 210, 211, 220, 221]);
  expect(toPatient(cut.plane, 1, 2)).toEqual([-9.5, -16, -24]);
});

test("a flipped cut begins with the last line, and its place is flipped with it", () => {
  const cut = cutVolume(readVolume(file()), 1, 2, 0, true);
  expect([...cut.values].slice(0, 3)).toEqual([300, 310, 320]);
  expect(toPatient(cut.plane, 0, 0)).toEqual([-10, -20, -21]);
  expect(toPatient(cut.plane, 0, 3)).toEqual([-10, -20, -30]);
});

test("a slice beyond the volume is its last", () => {
  expect(cutVolume(readVolume(file()), 0, 1, 99, false).values[0]).toBe(300);
  expect(cutVolume(readVolume(file()), 0, 1, -1, false).values[0]).toBe(0);
});
