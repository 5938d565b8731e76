import { expect, test } from "vitest";
import type { Report } from "./report";
import { inReadingOrder, labelAt, pathOf, sectorsOf } from "./sectors";

const mean = (value: number) => ({ mean: value });
const NAMES = { "0": { "0": "centre" }, "1": { "0": "inner nasal", "1": "inner inferior", "2": "inner temporal", "3": "inner superior" } };
const REPORT = {
  etdrs: { "0": { "0": mean(260) }, "1": { "0": mean(1), "1": mean(2), "2": null, "3": mean(4) } },
  gcc: null,
  geometry: { rotation_deg: 0 },
  meta: { reasons: {}, not_stored: {}, sections: { etdrs: { names: NAMES, coverage: { "1": { "1": 0.5 } } } } },
} as unknown as Report;

test("sectors carry name, mean, coverage and place", () => {
  const sectors = sectorsOf(REPORT, "etdrs");
  expect(sectors).toHaveLength(5);
  expect(sectors[0]).toMatchObject({ name: "centre", mean: 260, from: 0, to: 360, inner: 0, outer: 0.5 });
  expect(sectors[2]).toMatchObject({ name: "inner inferior", mean: 2, coverage: 0.5, from: 45, to: 135, inner: 0.5, outer: 1.5 });
  expect(sectors[3]).toMatchObject({ mean: null, coverage: 1 });
});

test("a grid that the report does not have has no sectors", () => {
  expect(sectorsOf(REPORT, "gcc")).toEqual([]);
});

test("people read from above towards the nose", () => {
  const names = inReadingOrder(sectorsOf(REPORT, "etdrs")).map((sector) => sector.name);
  expect(names).toEqual(["centre", "inner superior", "inner nasal", "inner inferior", "inner temporal"]);
});

test("a sector is drawn from its inner to its outer radius, and named in its middle", () => {
  const [centre, nasal] = sectorsOf(REPORT, "etdrs");
  if (!centre || !nasal) throw new Error("no sectors");
  const perMm = { x: 10, y: 10 };
  expect(pathOf(centre, 0, 0, perMm)).toMatch(/^M5 0A5 5 0 1 1 -5 .*Z$/);
  const corner = 5 * Math.SQRT1_2;
  const [x, y] = (/^M(\S+) (\S+)L/.exec(pathOf(nasal, 0, 0, perMm)) ?? []).slice(1).map(Number);
  expect([x, y]).toEqual([expect.closeTo(corner), expect.closeTo(-corner)]);
  expect(labelAt(nasal, 100, 50, perMm)).toEqual({ x: expect.closeTo(110) as number, y: expect.closeTo(50) as number });
  expect(labelAt(centre, 100, 50, perMm)).toEqual({ x: 100, y: 50 });
});

test("sectors of a turned raster follow the image", () => {
  const turned = { ...REPORT, geometry: { rotation_deg: 10 } } as unknown as Report;
  expect(sectorsOf(turned, "etdrs")[2]).toMatchObject({ from: 35, to: 125 });
});
