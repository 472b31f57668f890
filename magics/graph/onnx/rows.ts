/** Images as matrices of rows, one a place, and filters as matrices: the arrangements that onnx/convolutions.ts multiplies. */
import { matmul } from "../ops/linear.ts";
import { reshape, transpose } from "../ops/shape.ts";
import type { Tensor } from "../tensor.ts";

/** How the rows of a matrix are arranged. */
export interface Order {
  /** places[i] is the place (row-major) that an image's row i holds. */
  readonly places: Int32Array;
  /** Rows of one place for all images lie together; else rows of one image. */
  readonly batchInner: boolean;
}

export interface Rows {
  /** [places of all images, channels] */
  readonly matrix: Tensor;
  readonly order: Order;
}

/** The first two axes swapped. */
export const turn = (x: Tensor): Tensor => transpose(x, [1, 0, ...x.shape.slice(2).map((_, i) => i + 2)]);

/** Rows in row-major order of places back to images of `shape`. */
export function fromRows({ matrix, order }: Rows, shape: readonly number[]): Tensor {
  if (!order.batchInner) return reshape(matrix, shape);
  return reshape(turn(reshape(matrix, [shape[1]! * shape[2]!, shape[0]!, shape[3]!])), shape);
}

/** Images as rows, arranged as in `order` but for its places, which are taken as they come. */
export function toRows(images: Tensor, order: Order): Rows {
  const [batch, height, width, channels] = images.shape as readonly number[] as [number, number, number, number];
  const inner = order.batchInner ? turn(reshape(images, [batch, height * width, channels])) : images;
  return { matrix: reshape(inner, [-1, channels]), order };
}

/** Rows as [B, places, channels]. */
export function imageRows({ matrix, order }: Rows): Tensor {
  const channels = matrix.shape[1]!;
  if (!order.batchInner) return reshape(matrix, [-1, order.places.length, channels]);
  return turn(reshape(matrix, [order.places.length, -1, channels]));
}

/** [KH, KW, C, K] as [KH * KW * C, K]. */
export const asMatrix = (filter: Tensor): Tensor => reshape(filter, [-1, filter.shape[3]!]);

/** [R, taps * C] ─► [G, R, taps * C / G]. @param shape  the filter's, [KH, KW, C / G, K] */
export function groupPatches(patches: Tensor, shape: Tensor["shape"], groups: number): Tensor {
  const [height, width, channels] = shape as readonly number[] as [number, number, number];
  const parted = reshape(patches, [-1, height * width, groups, channels]);
  return reshape(transpose(parted, [2, 0, 1, 3]), [groups, -1, height * width * channels]);
}

/** [R, K] ─► [G, R, K / G] */
export function splitGroups(rows: Tensor, groups: number): Tensor {
  return turn(reshape(rows, [-1, groups, (rows.shape[1] as number) / groups]));
}

/** [KH, KW, C / G, K] ─► [G, taps * C / G, K / G] */
export const groupFilter = (filter: Tensor, groups: number): Tensor => splitGroups(asMatrix(filter), groups);

/** [R, K] with a filter in groups ─► [R, taps * C] */
export function passGroups(rows: Tensor, filter: Tensor, groups: number): Tensor {
  const [height, width, channels] = filter.shape as readonly number[] as [number, number, number];
  const passed = matmul(splitGroups(rows, groups), groupFilter(filter, groups), { transposeB: true });
  const parted = transpose(reshape(passed, [groups, -1, height * width, channels]), [1, 2, 0, 3]);
  return reshape(parted, [-1, height * width * groups * channels]);
}
