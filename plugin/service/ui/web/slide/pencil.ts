import Feature from "ol/Feature";
import type { Coordinate } from "ol/coordinate";
import type Geometry from "ol/geom/Geometry";
import LineString from "ol/geom/LineString";
import Point from "ol/geom/Point";
import Polygon, { fromExtent } from "ol/geom/Polygon";
import VectorLayer from "ol/layer/Vector";
import VectorSource from "ol/source/Vector";
import { Circle, RegularShape, Stroke, Style } from "ol/style";
import { announce } from "../shared/announcer";
import { arrowOf } from "../shared/shortcuts";
import type { Tool } from "./viewer";

const LEAST_CORNERS = 3;
const CROSS = [
  ["#000", 5],
  ["#ffd54f", 2],
] as const;

/** Draws without a mouse: arrow keys move a cross over the slide, Space sets a corner, Enter finishes. */
export class Pencil {
  private readonly source = new VectorSource();
  readonly layer = new VectorLayer({ source: this.source, style: CROSS.flatMap(crossStyle) });
  private readonly cross = new Feature<Geometry>();
  private readonly line = new Feature<Geometry>();
  private tool: Exclude<Tool, "look"> | null = null;
  private corners: Coordinate[] = [];
  private at: Coordinate = [0, 0];
  private inUse = false;

  /** `size`: width and height of the slide in pixels. */
  constructor(
    private readonly size: readonly [number, number],
    private readonly onDrawn: (shape: Geometry) => void,
  ) {}

  get point(): Coordinate {
    return this.at;
  }

  /** Another tool, or none; the cross begins at `start` and shows with the first key. */
  take(tool: Exclude<Tool, "look"> | null, start: Coordinate): void {
    this.tool = tool;
    this.corners = [];
    this.inUse = false;
    this.at = start.map(Math.round);
    this.redraw();
  }

  /** Whether the key was the pencil's. `step`: pixels of the slide for an arrow. */
  press(event: KeyboardEvent, step: number): boolean {
    if (this.tool === null || event.ctrlKey || event.metaKey || event.altKey) return false;
    const arrow = arrowOf(event);
    if (arrow) this.move(arrow[0] * step, -arrow[1] * step);
    else if (event.key === " ") this.setCorner();
    else if (event.key === "Enter") this.finish();
    else if (event.key === "Backspace" && this.corners.length > 0) this.corners.pop();
    else if (event.key === "Escape" && this.corners.length > 0) this.corners = [];
    else return false;
    this.inUse = true;
    this.redraw();
    return true;
  }

  private move(dx: number, dy: number): void {
    const [x = 0, y = 0] = this.at;
    const [width, height] = this.size;
    this.at = [Math.min(Math.max(x + dx, 0), width), Math.min(Math.max(y + dy, 0), height)];
  }

  private setCorner(): void {
    if (this.tool === "point" || (this.tool === "rectangle" && this.corners.length === 1)) {
      this.finish();
      return;
    }
    this.corners.push(this.at);
    announce(`Corner ${this.corners.length} at ${this.at.join(", ")}`);
  }

  private finish(): void {
    const shape = this.shape();
    if (!shape) return;
    this.corners = [];
    this.onDrawn(shape);
  }

  private shape(): Geometry | null {
    const [first] = this.corners;
    const [x = 0, y = 0] = this.at;
    if (this.tool === "point") return new Point(this.at);
    if (this.tool === "rectangle") {
      const [left = 0, top = 0] = first ?? [];
      if (!first || left === x || top === y) {
        announce("Set one corner with Space, then move to the opposite corner");
        return null;
      }
      return fromExtent([Math.min(left, x), Math.min(top, y), Math.max(left, x), Math.max(top, y)]);
    }
    if (!first || this.corners.length < LEAST_CORNERS) {
      announce(`A polygon has at least ${LEAST_CORNERS} corners: set them with Space`);
      return null;
    }
    return new Polygon([[...this.corners, first]]);
  }

  private redraw(): void {
    this.source.clear();
    if (this.tool === null || !this.inUse) return;
    this.cross.setGeometry(new Point(this.at));
    this.line.setGeometry(this.sketch());
    this.source.addFeatures([this.cross, this.line]);
  }

  private sketch(): Geometry {
    const [first] = this.corners;
    if (this.tool === "rectangle" && first) {
      const [left = 0, top = 0] = first;
      const [x = 0, y = 0] = this.at;
      return new LineString([first, [x, top], this.at, [left, y], first]);
    }
    return new LineString([...this.corners, this.at, ...(first && this.corners.length > 1 ? [first] : [])]);
  }
}

function crossStyle([color, width]: readonly [string, number]): Style[] {
  const stroke = new Stroke({ color, width });
  return [
    new Style({ stroke, image: new RegularShape({ points: 4, radius: 12, radius2: 0, stroke }) }),
    new Style({ image: new Circle({ radius: 4, stroke }) }),
  ];
}
