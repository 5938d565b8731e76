import { MULTIPLANAR_TYPE, Niivue, NVImage, SHOW_RENDER } from "@niivue/niivue";
import type { Volume } from "../shared/nifti";
import type { Planes } from "./planes";

export interface Range {
  low: number;
  high: number;
}

const BLUE_WHITE_ORANGE = {
  R: [33, 247, 230],
  G: [102, 247, 120],
  B: [214, 247, 0],
  A: [255, 255, 255],
  I: [0, 128, 255],
};

/** Shares of the way to the left, front and head. The middle of a chest shows the spine. */
const IN_A_LUNG: [number, number, number] = [1 / 3, 1 / 2, 1 / 2];

/** Three linked planes of two volumes on canvases that lie one upon the other. */
export class LinkedPanels {
  private isPlaced = false;

  private constructor(
    private readonly under: Niivue,
    private readonly over: Niivue,
  ) {}

  static async open(under: HTMLCanvasElement, over: HTMLCanvasElement): Promise<LinkedPanels> {
    const panels = [new Niivue(OPTIONS), new Niivue(OPTIONS)] as const;
    await panels[0].attachToCanvas(under);
    await panels[1].attachToCanvas(over);
    for (const panel of panels) {
      panel.addColormap("blue_white_orange", BLUE_WHITE_ORANGE);
    }
    panels[0].broadcastTo([panels[1]], { "2d": true, "3d": false });
    return new LinkedPanels(...panels);
  }

  async show(under: Volume, over: Volume, range: Range, isDifference: boolean): Promise<void> {
    await fill(this.under, under, "gray", range);
    if (isDifference) await fill(this.over, over, "blue_white_orange", { low: -400, high: 400 });
    else await fill(this.over, over, "gray", range);
    if (!this.isPlaced) {
      this.isPlaced = true;
      this.under.scene.crosshairPos = IN_A_LUNG;
      this.under.drawScene();
    }
    this.over.scene.crosshairPos = this.under.scene.crosshairPos;
    this.over.drawScene();
  }

  arrange(planes: Planes): void {
    for (const panel of [this.under, this.over]) {
      const types = {
        "all three": panel.sliceTypeMultiplanar,
        axial: panel.sliceTypeAxial,
        coronal: panel.sliceTypeCoronal,
        sagittal: panel.sliceTypeSagittal,
      };
      panel.setSliceType(types[planes]);
    }
  }

  /** Moves the cross by voxels: to the right and up on the screen, where the patient's right is left, and to the next slice. */
  step(columns: number, rows: number, slices: number): void {
    for (const panel of [this.under, this.over]) panel.moveCrosshairInVox(-columns, rows, slices);
  }

  dispose(): void {
    for (const panel of [this.under, this.over]) panel.cleanup();
  }
}

const OPTIONS = {
  logLevel: "silent" as const,
  show3Dcrosshair: false,
  multiplanarShowRender: SHOW_RENDER.NEVER,
  multiplanarLayout: MULTIPLANAR_TYPE.GRID,
  // Legible on black as on the white of a difference.
  fontColor: [0.1, 0.6, 0.35, 1] as [number, number, number, number],
  fontMinPx: 14,
  isColorbar: false,
  crosshairWidth: 1,
  // In the middle of a side they would lie under the cross.
  isCornerOrientationText: true,
  crosshairColor: [0.5, 0.85, 0.6, 0.8],
  isRadiologicalConvention: true,
  dragAndDropEnabled: false,
  backColor: [0, 0, 0, 1] as [number, number, number, number],
};

async function fill(panel: Niivue, volume: Volume, colormap: string, range: Range): Promise<void> {
  const image = await NVImage.loadFromUrl({
    url: volume.file,
    name: "volume.nii",
    colormap,
    cal_min: range.low,
    cal_max: range.high,
  });
  while (panel.volumes.length > 0) panel.removeVolumeByIndex(0);
  panel.addVolume(image);
}
