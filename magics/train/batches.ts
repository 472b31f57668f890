/**
 * Rows gathered into batches. Enter: a split's arrays and an order of rows; leave: feeds of an entry, in buffers used in turn so that no step
 * allocates. Apart because it is the loop's only hot code of ours.
 */
import type { TensorData } from "@lepton/contract";
import type { SplitArrays } from "./arrays.ts";

export type Feeds = Record<string, TensorData>;

export interface Batches {
  /** Feeds x and y (and weight) of the rows order[from] to order[from + rows - 1]; of rows in file order when there is no order. */
  gather(order: Uint32Array | null, from: number, rows: number): Feeds;
}

type Numbers = Float32Array | Int32Array;

interface Buffers {
  readonly x: Float32Array;
  readonly y: Numbers;
  readonly weight: Float32Array;
  /** The bytes of x and y. */
  readonly words: { readonly x: Int32Array; readonly y: Int32Array };
}

/**
 * @param rowShape  one row's shape, as in the manifest
 * @param largest   rows of the largest batch
 * @param classWeights  a weight a class: adds the feed "weight"; null for none
 */
export function createBatches(
  arrays: SplitArrays,
  rowShape: readonly number[],
  largest: number,
  classWeights: readonly number[] | null,
): Batches {
  // Two sets: one is filled while the engine may still read the other.
  const sets = [makeBuffers(arrays, largest), makeBuffers(arrays, largest)];
  const from = { x: wordsOf(arrays.x), y: wordsOf(arrays.y) };
  let turn = 0;
  return {
    gather(order, first, rows) {
      const buffers = sets[turn++ % 2]!;
      copyRows(from.x, buffers.words.x, arrays.rowSize, order, first, rows);
      copyRows(from.y, buffers.words.y, arrays.targetSize, order, first, rows);
      const x = buffers.x.subarray(0, rows * arrays.rowSize);
      const y = buffers.y.subarray(0, rows * arrays.targetSize);
      const feeds: Feeds = { x: { dtype: "f32", shape: [rows, ...rowShape], data: x }, y: target(y, rows, arrays) };
      if (classWeights) {
        const weight = buffers.weight.subarray(0, rows);
        for (let row = 0; row < rows; row++) weight[row] = classWeights[y[row]!]!;
        feeds.weight = { dtype: "f32", shape: [rows], data: weight };
      }
      return feeds;
    },
  };
}

function makeBuffers(arrays: SplitArrays, rows: number): Buffers {
  const Target = arrays.y instanceof Int32Array ? Int32Array : Float32Array;
  const x = new Float32Array(rows * arrays.rowSize);
  const y = new Target(rows * arrays.targetSize);
  return { x, y, weight: new Float32Array(rows), words: { x: wordsOf(x), y: wordsOf(y) } };
}

/** One type of array for all that is copied: with two, V8's code for the copy takes twice as long. */
const wordsOf = ({ buffer, byteOffset, length }: Numbers): Int32Array => new Int32Array(buffer, byteOffset, length);

function target(y: Float32Array | Int32Array, rows: number, arrays: SplitArrays): TensorData {
  if (y instanceof Int32Array) return { dtype: "i32", shape: [rows], data: y };
  return { dtype: "f32", shape: [rows, arrays.targetSize], data: y };
}

function copyRows(
  from: Int32Array,
  to: Int32Array,
  size: number,
  order: Uint32Array | null,
  first: number,
  rows: number,
): void {
  if (!order) {
    to.set(from.subarray(first * size, (first + rows) * size));
    return;
  }
  for (let row = 0; row < rows; row++) {
    const start = order[first + row]! * size;
    // A short row is copied faster by hand than by a subarray made for it.
    if (size > 32) to.set(from.subarray(start, start + size), row * size);
    else for (let k = 0; k < size; k++) to[row * size + k] = from[start + k]!;
  }
}
