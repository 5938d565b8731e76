import WKT from "ol/format/WKT";

const FORMAT = new WKT();
const DECIMALS = 2;
const LEAST_PX = 1;

/** A shape moved by pixels of the slide, y up. */
export function movedShape(wkt: string, dx: number, dy: number): string {
  const geometry = FORMAT.readGeometry(wkt);
  geometry.translate(dx, dy);
  return FORMAT.writeGeometry(geometry, { decimals: DECIMALS });
}

/** A shape whose right border moved by `dx` and whose lower border by `dy`, y up; the rest is stretched. */
export function grownShape(wkt: string, dx: number, dy: number): string {
  const geometry = FORMAT.readGeometry(wkt);
  const [left = 0, bottom = 0, right = 0, top = 0] = geometry.getExtent();
  const [width, height] = [right - left, top - bottom];
  if (width <= 0 || height <= 0) return wkt;
  const [wider, higher] = [Math.max(width + dx, LEAST_PX), Math.max(height - dy, LEAST_PX)];
  geometry.scale(wider / width, higher / height, [left, top]);
  return FORMAT.writeGeometry(geometry, { decimals: DECIMALS });
}
