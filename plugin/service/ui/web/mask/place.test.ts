import { expect, test } from "vitest";
import { firstIndex, nearestFrame, nearestZoom } from "./place";
import type { Frame } from "./series_frames";

const slice = (z: number, instance = `i${z}`, frame = 0): Frame => ({
  instance,
  frame,
  rows: 10,
  columns: 10,
  plane: { origin_mm: [0, 0, z], column_step_mm: [1, 0, 0], row_step_mm: [0, 1, 0] },
});
const STACK = [0, 5, 10, 15, 20].map((z) => slice(z));
const asked = (query: string) => new URLSearchParams(query);

test("without a wish a series begins in its middle", () => {
  expect(firstIndex(STACK, asked(""))).toBe(2);
});

test("frame counts frames of the series, or of the instance that is named", () => {
  const several = [slice(0, "a", 0), slice(5, "a", 1), slice(10, "b", 0), slice(15, "b", 1)];
  expect(firstIndex(several, asked("frame=3"))).toBe(3);
  expect(firstIndex(several, asked("instance=b&frame=1"))).toBe(3);
  expect(firstIndex(several, asked("instance=b&frame=9"))).toBe(2);
});

test("the nearest frame is found across the planes, not along them", () => {
  expect(nearestFrame(STACK, [900, -900, 11])).toBe(2);
  expect(nearestFrame([{ ...slice(0), plane: null }, slice(5)], [0, 0, 0])).toBe(1);
});

test.each([
  [1.2, 1],
  [5, 4],
  [100, 8],
  [-3, 1],
])("a zoom of %f is shown as %f", (wanted, shown) => expect(nearestZoom(wanted)).toBe(shown));
