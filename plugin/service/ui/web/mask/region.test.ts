import { expect, test } from "vitest";
import type { Plane } from "../shared/plane";
import {
  bounds,
  boxBehind,
  grown,
  isRegionList,
  maskPixelData,
  outline,
  PATTERN,
  shifted,
  snap,
  withinView,
  withRect,
  type DrawnRegion,
} from "./region";

const AXIAL: Plane = { origin_mm: [-100, -80, 30], column_step_mm: [0.5, 0, 0], row_step_mm: [0, 2, 0] };
const FLAT: DrawnRegion = { ...PATTERN, kind: "2D", origin: [10, 20], end: [30, 25] };
const BOX: DrawnRegion = { ...PATTERN, origin: [-90, -70, 28], end: [-80, -50, 32] };

test("a rectangle of pixels is its own outline, whichever corner comes first", () => {
  const turned = { ...FLAT, origin: FLAT.end, end: FLAT.origin };
  expect(bounds(outline(turned, null, 64, 64))).toEqual({ left: 10, top: 20, right: 30, bottom: 25 });
});

test("a box is cut where its millimetres lie, counted from pixel edges", () => {
  const rect = bounds(outline(BOX, AXIAL, 512, 100));
  // Column 0 has its centre at -100 mm and its edge at 0 of the view.
  expect(rect?.left).toBeCloseTo((-90 + 100) / 0.5 + 0.5, 3);
  expect(rect?.right).toBeCloseTo((-80 + 100) / 0.5 + 0.5, 3);
  expect(rect?.top).toBeCloseTo((-70 + 80) / 2 + 0.5, 3);
  expect(rect?.bottom).toBeCloseTo((-50 + 80) / 2 + 0.5, 3);
});

test("a plane beside a box does not cut it", () => {
  expect(outline(BOX, { ...AXIAL, origin_mm: [-100, -80, 33] }, 512, 100)).toEqual([]);
});

test("a box that was drawn stays within the pixels of its rectangle, and keeps its depth", () => {
  const drawn = withRect(BOX, AXIAL, { left: 4, top: 6, right: 9, bottom: 8 });
  const rect = bounds(outline(drawn, AXIAL, 512, 100));
  expect(rect?.left).toBeGreaterThan(4);
  expect(rect?.right).toBeLessThan(9);
  expect(rect?.left).toBeCloseTo(4, 1);
  expect(rect?.bottom).toBeCloseTo(8, 1);
  expect([drawn.origin[2], drawn.end[2]]).toEqual([28, 32]);
});

test("a new box reaches some slices to either side, and not beyond the stack", () => {
  const rect = { left: 0, top: 0, right: 10, bottom: 10 };
  const [origin, end] = boxBehind(AXIAL, rect, [0, 0, 2], 3, [
    [0, 0, 26],
    [0, 0, 60],
  ]);
  expect(origin[2]).toBeCloseTo(26 - 0.4 * 2);
  expect(end[2]).toBeCloseTo(30 + 3.4 * 2);
});

test("a rectangle snaps to pixel edges and never vanishes", () => {
  expect(snap({ left: 7.6, top: 3.2, right: 7.4, bottom: 3.1 })).toEqual({ left: 7, top: 3, right: 8, bottom: 4 });
});

test("what lies beside the picture is cut off", () => {
  const view = { plane: null, columns: 64, rows: 32 };
  expect(withinView({ left: -5, top: 40, right: 90, bottom: 50 }, view)).toEqual({ left: 0, top: 31, right: 64, bottom: 32 });
});

test("moving and growing follow the view's pixels", () => {
  const view = { plane: AXIAL, columns: 512, rows: 100 };
  expect(shifted(BOX, view, 2, -1).origin).toEqual([-89, -72, 28]);
  expect(shifted(FLAT, { ...view, plane: null }, 2, -1).end).toEqual([32, 24]);
  expect(grown(FLAT, { ...view, plane: null }, -100, 3)).toMatchObject({ origin: [10, 20], end: [11, 28] });
});

test("an order carries what its mask type needs and nothing else", () => {
  const mean: DrawnRegion = { ...BOX, maskType: "MeanFilter", target: "a-series" };
  expect(maskPixelData([FLAT, mean])).toEqual({
    Regions: [
      { MaskType: "Fill", FillValue: 0, RegionType: "2D", Origin: [10, 20], End: [30, 25] },
      { MaskType: "MeanFilter", FilterWidth: 30, RegionType: "3D", Origin: BOX.origin, End: BOX.end, TargetSeries: ["a-series"] },
    ],
  });
});

test.each([null, {}, [null], [{ ...FLAT, end: [1] }], [{ ...FLAT, kind: "4D" }], [{ ...BOX, origin: [0, 0, NaN] }]])(
  "what was kept is not believed: %o",
  (kept) => expect(isRegionList(kept)).toBe(false),
);

test("what was kept comes back", () => {
  expect(isRegionList(JSON.parse(JSON.stringify([FLAT, BOX])))).toBe(true);
});
