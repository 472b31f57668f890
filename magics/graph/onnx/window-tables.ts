/**
 * Index tables that turn windows into gathers. A table is about one image's pixels or rows, never the batch, so that it stays small and any batch
 * can use it. Places are output positions in an order of our choosing: `order[i]` is the place (row-major) that row i holds.
 */
import { eachTap, type Window } from "../ops/window.ts";

/** All places in row-major order. */
export function plainOrder({ output }: Window): Int32Array {
  return Int32Array.from({ length: output[0] * output[1] }, (_, i) => i);
}

/**
 * One list of places for each element of a pool: the upper left place of every pool, then the place beside it, and so on, so that pooling is the
 * larger of equal rows. Places that no pool covers are left out.
 *
 * @param pool  over the images that have the convolution's output as size; without padding or overlap
 */
export function pooledOrders(pool: Window): readonly Int32Array[] {
  const orders = Array.from(
    { length: pool.kernel[0] * pool.kernel[1] },
    () => new Int32Array(pool.output[0] * pool.output[1]),
  );
  eachTap(pool, (place, pixel, tap) => {
    orders[tap]![place] = pixel;
  });
  return orders;
}

/** Images with their padding, as the tables below count pixels. */
export function paddedSize({ input, pads }: Window): readonly [number, number] {
  return [input[0] + pads[0] + pads[2], input[1] + pads[1] + pads[3]];
}

/** The same window over images that are padded already. */
function unpadded(window: Window): Window {
  return { ...window, input: paddedSize(window), pads: [0, 0, 0, 0] };
}

/** [rows, taps] ─► the padded image's pixel that tap t of row i's window sees. */
export function pixelTable(window: Window, order: Int32Array): Int32Array {
  const taps = window.kernel[0] * window.kernel[1];
  const rowOf = inverse(order, window.output[0] * window.output[1]);
  const table = new Int32Array(order.length * taps);
  eachTap(unpadded(window), (place, pixel, tap) => {
    if (rowOf[place]! >= 0) table[rowOf[place]! * taps + tap] = pixel;
  });
  return table;
}

/** Row that holds a place, -1 for none. */
function inverse(order: Int32Array, places: number): Int32Array {
  const rowOf = new Int32Array(places).fill(-1);
  for (const [row, place] of order.entries()) rowOf[place] = row;
  return rowOf;
}

export interface CoverTable {
  /** [pixels, width] of row * taps + tap, for each window that covers an (unpadded) pixel; `missing` fills the rest. */
  readonly table: Int32Array;
  readonly width: number;
  readonly missing: number;
  /** Whether `missing` occurs. */
  readonly partial: boolean;
}

/** What covers each pixel: the way back of pixelTable, for gradients as sums of gathered rows instead of scattered ones. */
export function coverTable(window: Window, order: Int32Array): CoverTable {
  const taps = window.kernel[0] * window.kernel[1];
  const rowOf = inverse(order, window.output[0] * window.output[1]);
  const pixels = window.input[0] * window.input[1];
  const covers: number[][] = Array.from({ length: pixels }, () => []);
  eachTap(window, (place, pixel, tap) => {
    if (rowOf[place]! >= 0) covers[pixel]!.push(rowOf[place]! * taps + tap);
  });
  const width = Math.max(1, ...covers.map((list) => list.length));
  const missing = order.length * taps;
  const table = new Int32Array(pixels * width).fill(missing);
  for (const [pixel, list] of covers.entries()) table.set(list, pixel * width);
  return { table, width, missing, partial: covers.some((list) => list.length < width) };
}

/** [rows, taps] of pixels ─► [taps, channels, rows] of elements: patches with the rows as inner axis. */
export function channelTable(table: Int32Array, taps: number, channels: number): Int32Array {
  const rows = table.length / taps;
  return Int32Array.from({ length: table.length * channels }, (_, i) => {
    const [tap, channel, row] = [Math.floor(i / rows / channels), Math.floor(i / rows) % channels, i % rows];
    return table[row * taps + tap]! * channels + channel;
  });
}
