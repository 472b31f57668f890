/** Reductions, products of matrices, arrangements and rows by number as ATen calls. */
import type { DType } from "@lepton/contract";
import type { Slot } from "../raw/call.ts";
import { sizeOf } from "../raw/handles.ts";
import {
  type Attributes,
  castTo,
  type Emitter,
  flagOf,
  isFloat,
  type Lower,
  numberOf,
  numbersOf,
  type Value,
} from "./emitter.ts";

/** Sums keep their dtype: torch would make i64 of i32. */
const sum: Lower = ({ inputs: [x], outputs: [out], attributes }, { call }) => {
  if (isOverOnes(x!, attributes)) return [call("reshape", x!, out!.shape)];
  const dtype = isFloat(x!.dtype) ? null : out!.dtype;
  return [call("sum.dim_IntList", x!, numbersOf(attributes, "axes"), flagOf(attributes, "keepDims"), dtype)];
};

/** Nothing to add up: every axis has size 1. */
const isOverOnes = (x: Value, attributes: Attributes): boolean =>
  numbersOf(attributes, "axes").every((axis) => x.shape.at(axis) === 1);

/** A mean of whole numbers is cut towards 0. */
const mean: Lower = ({ inputs: [x], outputs: [out], attributes }, emitter) => {
  if (isOverOnes(x!, attributes)) return [emitter.call("reshape", x!, out!.shape)];
  const number: DType = isFloat(x!.dtype) ? x!.dtype : "f64";
  const wide = castTo(x!, x!.dtype, number, emitter);
  const y = emitter.call("mean.dim", wide, numbersOf(attributes, "axes"), flagOf(attributes, "keepDims"), null);
  return [castTo(y, number, out!.dtype, emitter)];
};

const extreme =
  (name: "amax" | "amin"): Lower =>
  ({ inputs: [x], attributes }, { call }) => [
    call(name, x!, numbersOf(attributes, "axes"), flagOf(attributes, "keepDims")),
  ];

const argMax: Lower = ({ inputs: [x], attributes }, emitter) => [
  castTo(emitter.call("argmax", x!, numberOf(attributes, "axis"), false), "i64", "i32", emitter),
];

const count: Lower = ({ inputs: [x], outputs: [out], attributes }, { constant }) => {
  const sizes = numbersOf(attributes, "axes").map((axis) => x!.shape.at(axis)!);
  return [constant(out!.dtype, [], [sizeOf(sizes)])];
};

/** The last two axes swapped, as a view. */
export function swapped(x: Value, { call }: Emitter): Slot {
  const axes = x.shape.map((_, axis) => axis);
  return call("permute", x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

/** A batch times one matrix is a product of two matrices; two batches of the same size are turned to [N, M, K] first. */
const matmul: Lower = ({ inputs: [a, b], outputs: [out], attributes }, emitter) => {
  const flags = [flagOf(attributes, "transposeA"), flagOf(attributes, "transposeB")] as const;
  return [multiplied(a!, b!, flags, out!, null, emitter)];
};

/** a b, plus a bias for each column where there is one (only where b is a matrix). */
export function multiplied(
  a: Value,
  b: Value,
  [turnA, turnB]: readonly [boolean, boolean],
  { dtype, shape }: { readonly dtype: DType; readonly shape: readonly number[] },
  bias: Slot | null,
  emitter: Emitter,
): Slot {
  const { call, product } = emitter;
  const right = turnB ? swapped(b, emitter) : b;
  if (b.shape.length === 2 && (a.shape.length === 2 || !turnA)) {
    if (a.shape.length === 2) return product(turnA ? swapped(a, emitter) : a, right, dtype, shape, bias);
    const rows = sizeOf(a.shape.slice(0, -1));
    const matrix = product(call("reshape", a, [rows, a.shape.at(-1)!]), right, dtype, [rows, shape.at(-1)!], bias);
    return call("reshape", matrix, shape);
  }
  const left = turnA ? swapped(a, emitter) : a;
  const batch = shape.slice(0, -2).join();
  if (a.shape.slice(0, -2).join() !== batch || b.shape.slice(0, -2).join() !== batch)
    return call("matmul", left, right);
  const count = sizeOf(shape.slice(0, -2));
  const [rows, columns] = shape.slice(-2) as [number, number];
  const inner = turnA ? a.shape.at(-2)! : a.shape.at(-1)!;
  const batches = [
    call("reshape", left, [count, rows, inner]),
    call("reshape", right, [count, inner, columns]),
  ] as const;
  return call("reshape", product(...batches, dtype, [count, rows, columns], null), shape);
}

const concat: Lower = ({ inputs, attributes }, { call }) => [call("cat", inputs, numberOf(attributes, "axis"))];

const split: Lower = ({ inputs: [x], attributes }, { call }) => {
  let start = 0;
  return numbersOf(attributes, "sizes").map((size) => {
    const part = call("narrow", x!, numberOf(attributes, "axis"), start, size);
    start += size;
    return part;
  });
};

const slice: Lower = ({ inputs: [x], attributes }, { call }) => {
  const [axis, start, end, step] = ["axis", "start", "end", "step"].map((name) => numberOf(attributes, name));
  if (step === 1) return [call("narrow", x!, axis!, start!, end! - start!)];
  return [call("slice.Tensor", x!, axis!, start!, end!, step!)];
};

/** Before and after for each axis, as torch wants them: from the last axis to the first. */
export function padded(x: Slot, before: readonly number[], after: readonly number[], value: number, { call }: Emitter) {
  const sides = before.map((n, axis) => [n, after[axis]!]).toReversed();
  return call("pad", x, sides.flat(), "constant", value);
}

const pad: Lower = ({ inputs: [x], attributes }, emitter) => {
  const value = numberOf(attributes, "value");
  return [padded(x!, numbersOf(attributes, "before"), numbersOf(attributes, "after"), value, emitter)];
};

/** Indexing by a list of tensors: negative indices count from the end, others outside are torch's error. */
const gather: Lower = ({ inputs: [x, indices], attributes }, { call }) => {
  const axis = numberOf(attributes, "axis");
  const whole = axis < 0 ? axis + x!.shape.length : axis;
  return [call("index.Tensor", x!, [...new Array<null>(whole).fill(null), indices!])];
};

const scatterAdd: Lower = ({ inputs: [indices, updates], outputs: [out] }, { call, constant }) => {
  const zeros = call("expand", constant(out!.dtype, [], [0]), out!.shape, false);
  return [call("index_put", zeros, [indices!], updates!, true)];
};

const oneHot: Lower = ({ inputs: [indices], attributes }, emitter) => {
  const { call, constant } = emitter;
  const depth = numberOf(attributes, "depth");
  const classes = constant(
    indices!.dtype,
    [depth],
    Array.from({ length: depth }, (_, i) => i),
  );
  const column = call("reshape", indices!, [...indices!.shape, 1]);
  return [castTo(call("eq.Tensor", column, classes), "bool", "f32", emitter)];
};

export const shapes: Readonly<Record<string, Lower>> = {
  sum,
  mean,
  max: extreme("amax"),
  min: extreme("amin"),
  argMax,
  count,
  matmul,
  reshape: ({ inputs: [x], outputs: [out] }, { call }) => [call("reshape", x!, out!.shape)],
  transpose: ({ inputs: [x], attributes }, { call }) => [call("permute", x!, numbersOf(attributes, "order"))],
  expand: ({ inputs: [x], outputs: [out] }, { call }) => [call("expand", x!, out!.shape, false)],
  cast: ({ inputs: [x], outputs: [out] }, emitter) => [castTo(x!, x!.dtype, out!.dtype, emitter)],
  stopGradient: ({ inputs }) => inputs,
  concat,
  split,
  slice,
  pad,
  gather,
  scatterAdd,
  oneHot,
};
