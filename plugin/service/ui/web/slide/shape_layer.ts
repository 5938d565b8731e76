import type Feature from "ol/Feature";
import WKT from "ol/format/WKT";
import type Geometry from "ol/geom/Geometry";
import VectorLayer from "ol/layer/Vector";
import VectorSource from "ol/source/Vector";
import { Circle, Fill, Stroke, Style } from "ol/style";

export interface Shape {
  id: number;
  /** WKT in pixels of the slide, origin bottom left. */
  location: string;
  colour: string;
  visible: boolean;
  locked: boolean;
}

interface Drawn {
  location: string | null;
  feature: Feature<Geometry>;
}

/** The annotations on the slide. Only what changed is made anew: there may be many thousands. */
export class ShapeLayer {
  private readonly source = new VectorSource<Feature<Geometry>>();
  readonly layer = new VectorLayer({ source: this.source, style: (feature) => styleOf(feature as Feature, false) });
  private readonly wkt = new WKT();
  private readonly drawn = new Map<number, Drawn>();

  show(shapes: Shape[]): void {
    const visible = new Map(shapes.filter((shape) => shape.visible).map((shape) => [shape.id, shape]));
    for (const [id, { location, feature }] of this.drawn) {
      if (visible.get(id)?.location === location) continue;
      this.source.removeFeature(feature);
      this.drawn.delete(id);
    }
    const added: Feature<Geometry>[] = [];
    for (const shape of visible.values()) {
      const known = this.drawn.get(shape.id)?.feature;
      const feature = known ?? (this.wkt.readFeature(shape.location) as Feature<Geometry>);
      if (!known) {
        feature.setId(shape.id);
        this.drawn.set(shape.id, { location: shape.location, feature });
        added.push(feature);
      }
      for (const name of ["colour", "locked"] as const) {
        if (feature.get(name) !== shape[name]) feature.set(name, shape[name]);
      }
    }
    this.source.addFeatures(added);
  }

  find(id: number): Feature<Geometry> | null {
    return this.drawn.get(id)?.feature ?? null;
  }

  /** The feature was changed by hand: what is shown next replaces it. */
  forget(id: number): void {
    const drawn = this.drawn.get(id);
    if (drawn) drawn.location = null;
  }
}

export function idOf(feature: Feature<Geometry> | undefined): number | null {
  const id = feature?.getId();
  return typeof id === "number" ? id : null;
}

export function styleOf(feature: Feature, selected: boolean): Style[] {
  const colour = String(feature.get("colour") ?? "#7cc0ff");
  const fill = new Fill({ color: `${colour}33` });
  const halo = new Stroke({ color: selected ? "#000" : "#ffffffaa", width: selected ? 6 : 4 });
  const stroke = new Stroke({ color: selected ? "#ffd54f" : colour, width: selected ? 3 : 2 });
  return [
    new Style({ fill, stroke: halo }),
    new Style({ stroke, image: new Circle({ radius: 7, fill: new Fill({ color: colour }), stroke: halo }) }),
  ];
}
