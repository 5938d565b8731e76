/** Colours of measured values. Colour never stands alone: numbers and a bar with units go with it. */
export const PALETTES = ["cividis", "rainbow", "grey"] as const;
export type Palette = (typeof PALETTES)[number];
export type Rgb = readonly [number, number, number];

const TABLE_SIZE = 512;

const STOPS: Record<Palette, readonly Rgb[]> = {
  // Nuñez, Anderton, Renslow 2018: even steps for every kind of colour vision.
  cividis: [
    [0, 34, 78],
    [18, 53, 112],
    [59, 73, 108],
    [87, 93, 109],
    [112, 113, 115],
    [138, 134, 120],
    [165, 156, 116],
    [195, 179, 105],
    [225, 204, 85],
    [254, 232, 56],
  ],
  rainbow: [
    [20, 20, 120],
    [30, 90, 220],
    [40, 180, 220],
    [60, 200, 90],
    [230, 220, 50],
    [240, 130, 30],
    [200, 30, 30],
    [255, 255, 255],
  ],
  grey: [
    [0, 0, 0],
    [255, 255, 255],
  ],
};

export function colourOf(palette: Palette, share: number): Rgb {
  const stops = STOPS[palette];
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const index = Math.min(Math.floor(at), stops.length - 2);
  const [a, b] = [stops[index] ?? [0, 0, 0], stops[index + 1] ?? [0, 0, 0]];
  const mix = (k: 0 | 1 | 2) => Math.round(a[k] + (at - index) * (b[k] - a[k]));
  return [mix(0), mix(1), mix(2)];
}

/** Colours of evenly spaced shares from 0 to 1: a picture has many values and few colours. */
export function colourTable(palette: Palette): Rgb[] {
  return Array.from({ length: TABLE_SIZE }, (_, index) => colourOf(palette, index / (TABLE_SIZE - 1)));
}

export function gradient(palette: Palette): string {
  const stops = STOPS[palette].map((rgb) => `rgb(${rgb.join(" ")})`);
  return `linear-gradient(to right, ${stops.join(", ")})`;
}
