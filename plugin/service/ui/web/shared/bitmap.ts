import type { Rgb } from "./colour_scale";

const HEADER_BYTES = 14 + 108;
const BIT_FIELDS = 3;
const SRGB = 0x73524742;

/** A picture as the address of a Windows bitmap, row by row from the top; null is transparent.
 *
 * The first drawing on a canvas starts the browser's graphics, which takes a quarter of a second without a graphics card:
 * a bitmap has no more to it than a header.
 */
export function bitmapUrl(width: number, height: number, colourAt: (index: number) => Rgb | null): string {
  const pixels = width * height;
  const bytes = new Uint8Array(HEADER_BYTES + 4 * pixels);
  writeHeader(new DataView(bytes.buffer), width, height);
  for (let index = 0; index < pixels; index += 1) {
    const colour = colourAt(index);
    if (colour) bytes.set([colour[0], colour[1], colour[2], 255], HEADER_BYTES + 4 * index);
  }
  return `data:image/bmp;base64,${base64(bytes)}`;
}

/** BITMAPFILEHEADER and BITMAPV4HEADER: the oldest that knows transparency. */
function writeHeader(header: DataView, width: number, height: number): void {
  const words = (at: number, values: number[]) => values.forEach((value, index) => header.setUint32(at + 4 * index, value, true));
  header.setUint16(0, 0x4d42, true);
  words(2, [header.byteLength, 0, HEADER_BYTES]);
  words(14, [108, width]);
  header.setInt32(22, -height, true); // negative: rows run down
  header.setUint16(26, 1, true);
  header.setUint16(28, 32, true);
  words(30, [BIT_FIELDS, header.byteLength - HEADER_BYTES]);
  words(54, [0xff, 0xff00, 0xff0000, 0xff000000, SRGB]); // where red, green, blue and opacity are
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
