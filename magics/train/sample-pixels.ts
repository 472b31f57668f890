/** Rows that are images as bytes. Enter: a row's numbers and its shape; leave: bytes in base64, of a size that a message bears. Knows no model. */

/** Pixels of a side, at most; larger images are drawn from every second, third ... pixel. */
const longestSide = 64;

/** [height, width, channels] as it is sent, or null where a row is no image: [H, W] or [H, W, C] with one or three channels and sides of 4 or more. */
export function imageOf(rowShape: readonly number[]): readonly [number, number, number] | null {
  const [height, width, channels = 1] = rowShape;
  if (height === undefined || width === undefined || rowShape.length > 3) return null;
  if (height < 4 || width < 4 || (channels !== 1 && channels !== 3)) return null;
  const every = stepOf(height, width);
  return [Math.ceil(height / every), Math.ceil(width / every), channels];
}

/** Numbers of 0 to 1 and of 0 to 255 are taken as they are meant, others from their lowest to their highest. @returns base64 */
export function pixelsOf(row: Float32Array, rowShape: readonly number[]): string {
  const [height = 0, width = 0, channels = 1] = rowShape;
  const every = stepOf(height, width);
  const { from, to } = rangeOf(row);
  const bytes: number[] = [];
  for (let y = 0; y < height; y += every) {
    for (let x = 0; x < width; x += every) {
      for (let c = 0; c < channels; c++) {
        const share = (row[(y * width + x) * channels + c]! - from) / (to - from || 1);
        bytes.push(Math.max(0, Math.min(255, Math.round(share * 255))));
      }
    }
  }
  return Buffer.from(bytes).toString("base64");
}

function rangeOf(row: Float32Array): { from: number; to: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of row) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low >= 0 && high <= 1) return { from: 0, to: 1 };
  return low >= 0 && high <= 255 ? { from: 0, to: 255 } : { from: low, to: high };
}

function stepOf(height: number, width: number): number {
  return Math.max(1, Math.ceil(Math.max(height, width) / longestSide));
}
