import type Feature from "ol/Feature";
import OlMap from "ol/Map";
import View from "ol/View";
import { defaults as defaultControls, ScaleLine } from "ol/control";
import { click, primaryAction } from "ol/events/condition";
import { boundingExtent, getCenter } from "ol/extent";
import WKT from "ol/format/WKT";
import type Geometry from "ol/geom/Geometry";
import { fromExtent } from "ol/geom/Polygon";
import { defaults as defaultInteractions } from "ol/interaction/defaults";
import Draw, { createBox } from "ol/interaction/Draw";
import DragBox from "ol/interaction/DragBox";
import KeyboardPan from "ol/interaction/KeyboardPan";
import Modify from "ol/interaction/Modify";
import Select from "ol/interaction/Select";
import TileLayer from "ol/layer/Tile";
import Projection from "ol/proj/Projection";
import TileImage from "ol/source/TileImage";
import TileGrid from "ol/tilegrid/TileGrid";
import "ol/ol.css";
import type { Answer } from "../shared/answers";
import { identifier, serviceUrl } from "../shared/service";
import { Pencil } from "./pencil";
import { idOf, ShapeLayer, styleOf, type Shape } from "./shape_layer";

export type SlideDescription = Answer<"SlideDescription">;

export function slidePath(series: string): string {
  return `plugins/ophtha/series/${identifier(series)}/slide`;
}

export type Tool = "look" | "polygon" | "freehand" | "rectangle" | "point";

/** Centre of what is seen, in pixels of the slide (origin bottom left), and pixels of the slide for one of the screen. */
export interface Place {
  x: number;
  y: number;
  resolution: number;
}

export interface ViewerEvents {
  onDrawn: (wkt: string) => void;
  onChanged: (id: number, wkt: string) => void;
  onSelected: (id: number | null) => void;
  onMoved: (place: Place) => void;
}

/** To a hundredth of a pixel; clipping to the image is left to the server. */
const DECIMALS = 2;

/** The slide with its annotations. Coordinates are those of the annotation platform: pixels, origin bottom left. */
export class SlideViewer {
  private readonly map: OlMap;
  private readonly shapes = new ShapeLayer();
  private readonly pencil: Pencil;
  private readonly pan = new KeyboardPan();
  private readonly select: Select;
  private readonly modify: Modify;
  private readonly wkt = new WKT();
  private draw: Draw | null = null;
  /** Rectangles are drawn from corner to corner: with two clicks, or in one drag. */
  private readonly box = new DragBox({ condition: primaryAction, className: "ol-box", minArea: 16 });
  private corner: number[] = [];

  constructor(
    private readonly target: HTMLElement,
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
        serviceUrl(`${slidePath(series)}/tiles/${slide.zooms - 1 - z}/${x}/${y}`),
    });
    const view = new View({
      projection,
      center: place ? [within(place.x, slide.width), within(place.y, slide.height)] : getCenter(extent),
      minResolution: 1 / 8,
      maxResolution: (resolutions[0] ?? 1) * 2,
      showFullExtent: true,
      enableRotation: false,
    });
    this.pencil = new Pencil([slide.width, slide.height], (geometry) => events.onDrawn(this.write(geometry)));
    this.map = new OlMap({
      target,
      layers: [new TileLayer({ source: tiles }), this.shapes.layer, this.pencil.layer],
      view,
      controls: metersPerUnit ? defaultControls().extend([new ScaleLine({ minWidth: 100 })]) : defaultControls(),
      interactions: [...defaultInteractions().getArray().filter((each) => !(each instanceof KeyboardPan)), this.pan],
      keyboardEventTarget: target,
    });
    if (place) view.setResolution(place.resolution);
    else view.fit(extent, { padding: [20, 20, 20, 20] });

    this.select = new Select({
      condition: click, // at once: waiting for a double click would take the end of a drawing for a choice
      layers: [this.shapes.layer],
      style: (feature) => styleOf(feature as Feature, true),
      hitTolerance: 4,
    });
    this.modify = new Modify({ features: this.select.getFeatures() });
    this.map.addInteraction(this.select);
    this.map.addInteraction(this.modify);
    this.select.on("select", (event) => events.onSelected(idOf(event.selected[0])));
    this.modify.on("modifyend", (event) => {
      for (const feature of event.features.getArray()) {
        const id = idOf(feature);
        if (id === null) continue;
        this.shapes.forget(id);
        events.onChanged(id, this.write(feature.getGeometry()));
      }
    });
    this.box.on("boxstart", (event) => (this.corner = event.coordinate));
    this.box.on("boxend", (event) => {
      this.draw?.abortDrawing();
      // Not the box as it was last seen: the last moves before the end may never have been told.
      this.events.onDrawn(this.write(fromExtent(boundingExtent([this.corner, event.coordinate]))));
    });
    target.addEventListener("keydown", this.press);
    this.map.on("moveend", this.tellPlace);
    this.tellPlace();
  }

  dispose(): void {
    this.target.removeEventListener("keydown", this.press);
    this.map.setTarget(undefined);
    this.map.dispose();
  }

  /** Pixels of the slide that an arrow key moves by: one of the screen, and whole ones. */
  get step(): number {
    return Math.max(1, Math.round(this.place().resolution));
  }

  setTool(tool: Tool): void {
    if (this.draw) this.map.removeInteraction(this.draw);
    this.map.removeInteraction(this.box);
    this.draw = null;
    const looking = tool === "look";
    this.select.setActive(looking);
    this.modify.setActive(looking);
    this.pan.setActive(looking && this.select.getFeatures().getLength() === 0);
    this.pencil.take(looking ? null : tool, this.map.getView().getCenter() ?? [0, 0]);
    if (looking) return;
    this.select.getFeatures().clear();
    this.draw = new Draw({
      type: tool === "point" ? "Point" : tool === "rectangle" ? "Circle" : "Polygon",
      freehand: tool === "freehand",
      ...(tool === "rectangle" ? { geometryFunction: createBox() } : {}),
    });
    if (tool === "rectangle") this.map.addInteraction(this.box);
    this.draw.on("drawend", (event) => this.events.onDrawn(this.write(event.feature.getGeometry())));
    this.map.addInteraction(this.draw);
  }

  abortDrawing(): boolean {
    if (!this.draw) return false;
    this.draw.abortDrawing();
    return true;
  }

  show(shapes: Shape[], selected: number | null): void {
    this.shapes.show(shapes);
    const looking = this.select.getActive();
    const chosen = selected === null ? null : this.shapes.find(selected);
    const marked = this.select.getFeatures();
    if (marked.item(0) !== chosen) {
      marked.clear();
      if (chosen && looking) marked.push(chosen);
    }
    this.modify.setActive(looking && chosen?.get("locked") !== true);
    this.pan.setActive(looking && !chosen);
  }

  goTo(id: number): void {
    const geometry = this.shapes.find(id)?.getGeometry();
    if (geometry) {
      this.map.getView().fit(geometry.getExtent(), { padding: [80, 80, 80, 80], minResolution: 0.5 });
    }
  }

  private readonly press = (event: KeyboardEvent) => {
    const { resolution } = this.place();
    if (!this.pencil.press(event, Math.max(1, Math.round(resolution)))) return;
    event.preventDefault();
    event.stopPropagation();
    const point = this.pencil.point;
    const [width = 0, height = 0] = this.map.getSize() ?? [];
    const [column = 0, row = 0] = this.map.getPixelFromCoordinate(point) ?? [];
    if (column < 0 || row < 0 || column > width || row > height) this.map.getView().setCenter(point);
  };

  private readonly tellPlace = () => {
    const place = this.place();
    Object.assign(this.target.dataset, { x: place.x, y: place.y, resolution: place.resolution });
    this.events.onMoved(place);
  };

  private place(): Place {
    const view = this.map.getView();
    const [x = 0, y = 0] = view.getCenter() ?? [];
    return { x, y, resolution: view.getResolution() ?? 1 };
  }

  private write(geometry: Geometry | undefined): string {
    return geometry ? this.wkt.writeGeometry(geometry, { decimals: DECIMALS }) : "";
  }
}

function within(value: number, size: number): number {
  return Math.min(Math.max(value, 0), size);
}
