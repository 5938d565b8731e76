import Feature from "ol/Feature";
import OlMap from "ol/Map";
import View from "ol/View";
import { defaults as defaultControls, ScaleLine } from "ol/control";
import { getCenter } from "ol/extent";
import WKT from "ol/format/WKT";
import type Geometry from "ol/geom/Geometry";
import Draw, { createBox } from "ol/interaction/Draw";
import Modify from "ol/interaction/Modify";
import Select from "ol/interaction/Select";
import TileLayer from "ol/layer/Tile";
import VectorLayer from "ol/layer/Vector";
import Projection from "ol/proj/Projection";
import TileImage from "ol/source/TileImage";
import VectorSource from "ol/source/Vector";
import { Circle, Fill, Stroke, Style } from "ol/style";
import TileGrid from "ol/tilegrid/TileGrid";
import "ol/ol.css";
import { serviceUrl } from "../shared/service";

export interface SlideDescription {
  width: number;
  height: number;
  tile_size: number;
  zooms: number;
  spacing_um: [number, number] | null;
}

export type Tool = "look" | "polygon" | "freehand" | "rectangle" | "point";

export interface Shape {
  id: number;
  location: string;
  colour: string;
  visible: boolean;
  locked: boolean;
}

export interface Place {
  x: number;
  y: number;
  resolution: number;
}

interface ViewerEvents {
  onDrawn: (wkt: string) => void;
  onChanged: (id: number, wkt: string) => void;
  onSelected: (id: number | null) => void;
  onMoved: (place: Place) => void;
}

/** The slide with its annotations. Coordinates are those of the annotation platform: pixels, origin bottom left. */
export class SlideViewer {
  private readonly map: OlMap;
  private readonly source = new VectorSource<Feature<Geometry>>();
  private readonly wkt = new WKT();
  private readonly select: Select;
  private draw: Draw | null = null;
  private readonly modify: Modify;

  constructor(
    target: HTMLElement,
    series: string,
    slide: SlideDescription,
    private readonly events: ViewerEvents,
    place: Place | null,
  ) {
    const extent = [0, 0, slide.width, slide.height];
    const metersPerUnit = slide.spacing_um ? slide.spacing_um[0] / 1e6 : undefined;
    const projection = new Projection({
      code: "slide",
      units: metersPerUnit ? "m" : "pixels",
      extent,
      ...(metersPerUnit ? { metersPerUnit } : {}),
    });
    const resolutions = Array.from({ length: slide.zooms }, (_, index) => 2 ** (slide.zooms - 1 - index));
    const tiles = new TileImage({
      projection,
      wrapX: false,
      tileGrid: new TileGrid({ extent, origin: [0, slide.height], resolutions, tileSize: slide.tile_size }),
      tileUrlFunction: ([z = 0, x = 0, y = 0]) =>
        serviceUrl(`plugins/ophtha/series/${series}/slide/tiles/${slide.zooms - 1 - z}/${x}/${y}`),
    });
    const view = new View({
      projection,
      center: place ? [place.x, place.y] : getCenter(extent),
      minResolution: 1 / 8,
      maxResolution: (resolutions[0] ?? 1) * 2,
      showFullExtent: true,
    });
    const vectors = new VectorLayer({ source: this.source, style: (feature) => styleOf(feature as Feature, false) });
    this.map = new OlMap({
      target,
      layers: [new TileLayer({ source: tiles }), vectors],
      view,
      controls: metersPerUnit ? defaultControls().extend([new ScaleLine({ minWidth: 100 })]) : defaultControls(),
      keyboardEventTarget: target,
    });
    if (place) view.setResolution(place.resolution);
    else view.fit(extent, { padding: [20, 20, 20, 20] });

    this.select = new Select({ layers: [vectors], style: (feature) => styleOf(feature as Feature, true), hitTolerance: 4 });
    this.modify = new Modify({ features: this.select.getFeatures() });
    this.map.addInteraction(this.select);
    this.map.addInteraction(this.modify);
    this.select.on("select", (event) => events.onSelected(idOf(event.selected[0])));
    this.modify.on("modifyend", (event) => {
      for (const feature of event.features.getArray()) {
        const id = idOf(feature as Feature<Geometry>);
        if (id !== null) events.onChanged(id, this.write((feature as Feature<Geometry>).getGeometry()));
      }
    });
    this.map.on("moveend", () => events.onMoved(this.place()));
  }

  dispose(): void {
    this.map.setTarget(undefined);
    this.map.dispose();
  }

  /** Screen pixel of a point of the slide, for tests and for other parts of the page. */
  pixelOf(x: number, y: number): number[] {
    return this.map.getPixelFromCoordinate([x, y]) ?? [];
  }

  setTool(tool: Tool): void {
    if (this.draw) this.map.removeInteraction(this.draw);
    this.draw = null;
    const looking = tool === "look";
    this.select.setActive(looking);
    this.modify.setActive(looking);
    if (looking) return;
    this.select.getFeatures().clear();
    this.draw = new Draw({
      type: tool === "point" ? "Point" : tool === "rectangle" ? "Circle" : "Polygon",
      freehand: tool === "freehand",
      ...(tool === "rectangle" ? { geometryFunction: createBox() } : {}),
    });
    this.draw.on("drawend", (event) => this.events.onDrawn(this.write(event.feature.getGeometry())));
    this.map.addInteraction(this.draw);
  }

  abortDrawing(): boolean {
    if (!this.draw) return false;
    this.draw.abortDrawing();
    return true;
  }

  show(shapes: Shape[], selected: number | null): void {
    const features = shapes.filter((shape) => shape.visible).map((shape) => {
      const feature = this.wkt.readFeature(shape.location) as Feature<Geometry>;
      feature.setId(shape.id);
      feature.set("colour", shape.colour);
      feature.set("locked", shape.locked);
      return feature;
    });
    this.source.clear();
    this.source.addFeatures(features);
    const chosen = features.find((feature) => feature.getId() === selected);
    const marked = this.select.getFeatures();
    marked.clear();
    if (chosen && this.select.getActive()) marked.push(chosen);
    const locked = chosen?.get("locked") === true;
    this.modify.setActive(this.select.getActive() && !locked);
  }

  goTo(id: number): void {
    const geometry = this.source.getFeatureById(id)?.getGeometry();
    if (geometry) {
      this.map.getView().fit(geometry.getExtent(), { padding: [80, 80, 80, 80], minResolution: 0.5 });
    }
  }

  private place(): Place {
    const view = this.map.getView();
    const [x = 0, y = 0] = view.getCenter() ?? [];
    return { x, y, resolution: view.getResolution() ?? 1 };
  }

  /** To a hundredth of a pixel; clipping to the image is left to the server. */
  private write(geometry: Geometry | undefined): string {
    return geometry ? this.wkt.writeGeometry(geometry, { decimals: 2 }) : "";
  }
}

function idOf(feature: Feature<Geometry> | undefined): number | null {
  const id = feature?.getId();
  return typeof id === "number" ? id : null;
}

function styleOf(feature: Feature, selected: boolean): Style[] {
  const colour = String(feature.get("colour") ?? "#7cc0ff");
  const fill = new Fill({ color: `${colour}33` });
  const halo = new Stroke({ color: selected ? "#000" : "#ffffffaa", width: selected ? 6 : 4 });
  const stroke = new Stroke({ color: selected ? "#ffd54f" : colour, width: selected ? 3 : 2 });
  return [
    new Style({ fill, stroke: halo }),
    new Style({ stroke, image: new Circle({ radius: 7, fill: new Fill({ color: colour }), stroke: halo }) }),
  ];
}
