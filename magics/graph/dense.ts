/**
 * Plain arrays for the float64 evaluator: every dtype is held in a Float64Array (booleans as 0 and 1), row-major. Slow and obvious on purpose:
 * it is what engines are compared with.
 */
import { sizeOf } from "./dims.ts";

export interface Dense {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export function dense(shape: readonly number[], fill?: (index: number) => number): Dense {
  const data = new Float64Array(sizeOf(shape));
  if (fill) for (let i = 0; i < data.length; i++) data[i] = fill(i);
  return { shape, data };
}

/** Elements to step over for each axis. */
export function stridesOf(shape: readonly number[]): readonly number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  return strides;
}

/** Strides that read an array of `shape` as if it had the shape `as`: 0 along stretched axes. */
export function broadcastStrides(shape: readonly number[], as: readonly number[]): readonly number[] {
  const strides = stridesOf(shape);
  const lead = as.length - shape.length;
  return as.map((_, axis) => (axis < lead || shape[axis - lead] === 1 ? 0 : strides[axis - lead]!));
}

/** Where in a buffer with `strides` each element of `shape` lies, in row-major order of `shape`. */
export function offsets(shape: readonly number[], strides: readonly number[], start = 0): Int32Array {
  const result = new Int32Array(sizeOf(shape));
  const index = new Array<number>(shape.length).fill(0);
  let offset = start;
  for (let i = 0; i < result.length; i++) {
    result[i] = offset;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      offset += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      offset -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

/** A function of broadcast inputs, element by element. */
export function mapDense(
  shape: readonly number[],
  inputs: readonly Dense[],
  compute: (...values: number[]) => number,
): Dense {
  const reads = inputs.map((input) => offsets(shape, broadcastStrides(input.shape, shape)));
  return dense(shape, (i) => compute(...inputs.map((input, k) => input.data[reads[k]![i]!]!)));
}
