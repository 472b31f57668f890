/** Many numbers become one along axes: sum, mean, extremes, and what they are made of. */
import type { Shape } from "@lepton/contract";
import { type Dense, dense, offsets, stridesOf } from "../dense.ts";
import { multiplyDims, sameShape, sizeOf, wholeAxis } from "../dims.ts";
import {
  type Attributes,
  type Call,
  flagOf,
  floats,
  isFloat,
  type Lowered,
  numberOf,
  numbers,
  numbersOf,
  type Operator,
  refuse,
  requireDType,
  type ValueType,
} from "../operator.ts";
import type { Tensor } from "../tensor.ts";
import { equal } from "./compare.ts";
import { div, mul, sqrt, sub } from "./elementwise.ts";
import { cast, expand, reshape, reshapeTarget } from "./shape.ts";

export interface ReduceOptions {
  /** Axes that go; all when left out. Negative ones count from the last. */
  readonly axes?: readonly number[];
  /** Keep reduced axes with size 1. */
  readonly keepDims?: boolean;
}

const reduction =
  (name: string) =>
  (x: Tensor, options: ReduceOptions = {}): Tensor => {
    const axes = options.axes ?? x.shape.map((_, axis) => axis);
    if (axes.length === 0) return x;
    return x.builder.apply(name, [x], { axes, keepDims: options.keepDims ?? false });
  };

export const sum = reduction("sum");
export const mean = reduction("mean");
/** The largest element along axes; ties share the gradient evenly. */
export const max = reduction("max");
/** The smallest element along axes; ties share the gradient evenly. */
export const min = reduction("min");

/** The mean squared distance to the mean (divided by N, not N - 1). */
export function variance(x: Tensor, options: ReduceOptions = {}): Tensor {
  const centred = sub(x, mean(x, { ...options, keepDims: true }));
  return mean(mul(centred, centred), options);
}

export const standardDeviation = (x: Tensor, options: ReduceOptions = {}): Tensor => sqrt(variance(x, options));

/** Index of the largest element along an axis, the first one at a tie: i32. */
export const argMax = (x: Tensor, axis = -1): Tensor => x.builder.apply("argMax", [x], { axis });

/** How many elements lie along axes: a scalar of x's dtype, known only at run time when an axis is symbolic. */
export function count(x: Tensor, axes: readonly number[] = x.shape.map((_, axis) => axis)): Tensor {
  const size = multiplyDims(axes.map((axis) => x.shape[wholeAxis(axis, x.rank)!]!));
  return typeof size === "number" ? x.builder.scalar(size, x.dtype) : x.builder.apply("count", [x], { axes });
}

/** Sum away what broadcasting stretched: the gradient of an input with `shape`. */
export function sumTo(g: Tensor, shape: Shape): Tensor {
  if (sameShape(g.shape, shape)) return g;
  const lead = g.rank - shape.length;
  const axes = g.shape.map((_, axis) => axis).filter((axis) => axis < lead || g.shape[axis] !== shape[axis - lead]);
  const summed = sum(g, { axes, keepDims: true });
  return lead > 0 ? reshape(summed, shape) : summed;
}

function wholeAxes(call: Call): readonly number[] {
  const rank = call.inputs[0]!.shape.length;
  return numbersOf(call.attributes, "axes").map((axis) => {
    const whole = wholeAxis(axis, rank);
    return whole === undefined ? refuse(call, `there is no axis ${axis}`) : whole;
  });
}

function inferReduction(call: Call) {
  requireDType(call, 0, ...numbers);
  const { dtype, shape } = call.inputs[0]!;
  const axes = new Set(wholeAxes(call));
  const kept = flagOf(call.attributes, "keepDims")
    ? shape.map((dim, axis) => (axes.has(axis) ? 1 : dim))
    : shape.filter((_, axis) => !axes.has(axis));
  return [{ dtype, shape: kept }];
}

/** Folds x along axes: for each output element the elements that it is made of, in order. */
function fold(x: Dense, axes: readonly number[], shape: readonly number[], combine: (values: number[]) => number) {
  const away = new Set(axes.map((axis) => wholeAxis(axis, x.shape.length)!));
  const strides = stridesOf(x.shape);
  const pick = (inside: boolean) => x.shape.map((_, axis) => axis).filter((axis) => away.has(axis) === inside);
  const part = (axesOf: number[]) =>
    offsets(
      axesOf.map((axis) => x.shape[axis]!),
      axesOf.map((axis) => strides[axis]!),
    );
  const [outer, inner] = [part(pick(false)), part(pick(true))];
  return dense(shape, (i) => combine(Array.from(inner, (offset) => x.data[outer[i]! + offset]!)));
}

/** g with the reduced axes back, of size 1. */
function restoreAxes(g: Tensor, x: Tensor, axes: readonly number[]): Tensor {
  const away = new Set(axes.map((axis) => wholeAxis(axis, x.rank)!));
  return reshape(
    g,
    x.shape.map((dim, axis) => (away.has(axis) ? 1 : dim)),
  );
}

function reduceOperator(
  name: string,
  doc: string,
  onnx: string,
  combine: (values: number[]) => number,
  gradient: (g: Tensor, x: Tensor, y: Tensor, axes: readonly number[]) => Tensor,
): Operator {
  return {
    name,
    doc,
    infer: inferReduction,
    evaluate: ([x], attributes, [out]) => [fold(x!, numbersOf(attributes, "axes"), out!.shape, combine)],
    gradient: ({ inputs: [x], outputs: [y], gradients: [g], attributes }) => {
      const axes = numbersOf(attributes, "axes");
      return [gradient(restoreAxes(g!, x!, axes), x!, restoreAxes(y!, x!, axes), axes)];
    },
    lower: ({ inputs, attributes }, { emit, constant }) => {
      const axes = numbersOf(attributes, "axes");
      return [emit(onnx, [inputs[0]!, constant("i64", [axes.length], axes)], { keepdims: keptDims(attributes) })];
    },
  };
}

/** Each of k tied extremes gets 1/k: an unnormalised mask would multiply the gradient by k. */
function extremeGradient(g: Tensor, x: Tensor, y: Tensor, axes: readonly number[]): Tensor {
  const mask = cast(equal(x, y), g.dtype);
  return mul(mask, div(g, sum(mask, { axes, keepDims: true })));
}

const total = (values: number[]): number => values.reduce((a, b) => a + b, 0);
const largest = (values: number[]): number => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
const smallest = (values: number[]): number => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);

const argMaxOperator: Operator = {
  name: "argMax",
  doc: "index of the largest element along an axis, the first at a tie",
  infer: (call) => {
    const x = call.inputs[0]!;
    const axis = wholeAxis(numberOf(call.attributes, "axis"), x.shape.length);
    if (axis === undefined) return refuse(call, `there is no axis ${numberOf(call.attributes, "axis")}`);
    return [{ dtype: "i32", shape: x.shape.filter((_, i) => i !== axis) }];
  },
  evaluate: ([x], attributes, [out]) => [
    fold(x!, [numberOf(attributes, "axis")], out!.shape, (values) => values.indexOf(largest(values))),
  ],
  lower: ({ inputs, attributes }, { emit }) => {
    const index = emit("ArgMax", inputs, { axis: numberOf(attributes, "axis"), keepdims: 0 });
    return [emit("Cast", [index], { to: 6 })];
  },
};

/** A sum of ones on WebGPU: reading a shape would leave the device. */
function lowerCount({ inputs, types, attributes, outputs }: Lowered, emitter: Parameters<Operator["lower"]>[1]) {
  const { emit, constant } = emitter;
  const axes = numbersOf(attributes, "axes").map((axis) => wholeAxis(axis, types[0]!.shape.length)!);
  const dtype = outputs[0]!.dtype;
  if (emitter.device === "cpu") {
    const size = emitter.shape([multiplyDims(axes.map((axis) => types[0]!.shape[axis]!))]);
    return [emit("Squeeze", [emit("Cast", [size], { to: dtype === "f64" ? 11 : 1 })])];
  }
  const one = constant(dtype, [], [1]);
  const ones = emit("Min", [emit("Max", [inputs[0]!, one]), one]);
  const rest = types[0]!.shape.filter((_, axis) => !axes.includes(axis));
  const counted = emit("ReduceSum", [ones], { keepdims: 0 });
  const others = rest.length === 0 ? counted : emit("Div", [counted, constant(dtype, [], [sizeOf(rest as number[])])]);
  return [others];
}

const countOperator: Operator = {
  name: "count",
  doc: "how many elements lie along axes",
  infer: (call) => {
    requireDType(call, 0, ...floats);
    wholeAxes(call);
    return [{ dtype: call.inputs[0]!.dtype, shape: [] }];
  },
  evaluate: ([x], attributes) => [
    dense([], () => sizeOf(numbersOf(attributes, "axes").map((axis) => x!.shape[wholeAxis(axis, x!.shape.length)!]!))),
  ],
  gradient: () => [null],
  lower: lowerCount,
};

/**
 * A sum over the first axes is a product with a row of ones on the CPU: onnxruntime's ReduceSum takes 5 to 10 times as long ([1024, 128]: 30 µs for 10,
 * [128, 64]: 9 for 1.5), and a bias' gradient is such a sum.
 */
function lowerSum(node: Lowered, emitter: Parameters<Operator["lower"]>[1]) {
  const { emit, constant, device } = emitter;
  const [{ dtype, shape }] = node.types as [ValueType];
  const axes = numbersOf(node.attributes, "axes");
  const away = axes.map((axis) => wholeAxis(axis, shape.length)!).toSorted((a, b) => a - b);
  const [rows, columns] = [multiplyDims(shape.slice(0, away.length)), multiplyDims(shape.slice(away.length))];
  const isLeading = away.length < shape.length && away.every((axis, i) => axis === i);
  if (device !== "cpu" || !isFloat(dtype) || !isLeading || typeof columns !== "number")
    return [
      emit("ReduceSum", [node.inputs[0]!, constant("i64", [axes.length], axes)], {
        keepdims: keptDims(node.attributes),
      }),
    ];
  const matrix =
    shape.length === 2 ? node.inputs[0]! : emit("Reshape", [node.inputs[0]!, constant("i64", [2], [-1, columns])]);
  const ones = emit("Expand", [constant(dtype, [], [1]), emitter.shape([rows])]);
  const summed = emit("MatMul", [ones, matrix]);
  const wanted = node.outputs[0]!.shape;
  return [wanted.length === 1 ? summed : emit("Reshape", [summed, reshapeTarget(wanted, emitter)])];
}

const keptDims = (attributes: Attributes): number => (flagOf(attributes, "keepDims") ? 1 : 0);

export const reductionOperators: readonly Operator[] = [
  {
    ...reduceOperator("sum", "sum along axes", "ReduceSum", total, (g, x) => expand(g, x.shape)),
    lower: lowerSum,
  },
  reduceOperator(
    "mean",
    "mean along axes",
    "ReduceMean",
    (values) => total(values) / values.length,
    (g, x, _, axes) => expand(div(g, count(x, axes)), x.shape),
  ),
  reduceOperator("max", "largest element along axes; ties share the gradient", "ReduceMax", largest, extremeGradient),
  reduceOperator("min", "smallest element along axes; ties share the gradient", "ReduceMin", smallest, extremeGradient),
  argMaxOperator,
  countOperator,
];
