/** The kernel's logo: a light particle on its ring. Enters: a size; leaves: SVG text, or PNG bytes drawn here pixel by pixel. */
import { crc32, deflateSync } from "node:zlib";

export const logoSvg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="12" fill="#1d4ed8"/><circle cx="32" cy="32" r="18" fill="none" stroke="#fff" stroke-width="4"/><circle cx="46" cy="20" r="7" fill="#fde047"/></svg>\n`;

type Color = readonly [red: number, green: number, blue: number, alpha: number];

/** The colour at a point of the 64 x 64 drawing. */
function colorAt(x: number, y: number): Color {
  if (Math.hypot(x - 46, y - 20) <= 7) return [253, 224, 71, 255];
  if (Math.abs(Math.hypot(x - 32, y - 32) - 18) <= 2) return [255, 255, 255, 255];
  const cornerX = Math.max(12 - x, x - 52, 0);
  const cornerY = Math.max(12 - y, y - 52, 0);
  return Math.hypot(cornerX, cornerY) <= 12 ? [29, 78, 216, 255] : [0, 0, 0, 0];
}

/** Four samples a side and pixel, averaged. */
function pixel(column: number, row: number, size: number): number[] {
  const sum = [0, 0, 0, 0];
  for (let sample = 0; sample < 16; sample++) {
    const x = ((column + ((sample % 4) + 0.5) / 4) * 64) / size;
    const y = ((row + (Math.floor(sample / 4) + 0.5) / 4) * 64) / size;
    const color = colorAt(x, y);
    for (let i = 0; i < 3; i++) sum[i]! += (color[i]! * color[3]) / 255;
    sum[3]! += color[3];
  }
  const alpha = sum[3]! / 16;
  return [...sum.slice(0, 3).map((value) => (alpha === 0 ? 0 : (value / 16) * (255 / alpha))), alpha].map(Math.round);
}

/** @param size width and height in pixels */
export function logoPng(size: number): Buffer {
  const rows = Array.from({ length: size }, (_, row) => [
    0, // filter: none
    ...Array.from({ length: size }, (_, column) => pixel(column, row, size)).flat(),
  ]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8); // 8 bits, RGBA
  const data = deflateSync(Buffer.from(rows.flat()));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
