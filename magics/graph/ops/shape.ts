/** The same numbers in another arrangement: reshape, transpose, expand, cast. Cutting and joining is in pieces.ts. */
import type { DType, Shape } from "@lepton/contract";
import { broadcastStrides, dense, offsets, stridesOf } from "../dense.ts";
import {
  broadcastShapes,
  decodeShape,
  divideDims,
  encodeShape,
  isStatic,
  multiplyDims,
  sameShape,
  wholeAxis,
} from "../dims.ts";
import {
  type Call,
  type Emitter,
  isFloat,
  type Lowered,
  numbersOf,
  type Operator,
  refuse,
  type ValueType,
  wordsOf,
} from "../operator.ts";
import type { Tensor } from "../tensor.ts";
import { sumTo } from "./reductions.ts";

/** Another shape for the same elements; one dimension may be -1 and is worked out. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const reshaped = x.builder.apply("reshape", [x], { shape: encodeShape(shape) });
  // One stretched number is stretched to the other shape at once.
  const node = x.builder.producer(x.id);
  const source = node?.op === "expand" ? x.builder.tensor(node.inputs[0]!) : undefined;
  if (!source?.shape.every((dim) => dim === 1)) return reshaped;
  return expand(reshape(source, []), reshaped.shape);
}

/** All axes from `from` on as one: [B, H, W, C] -> [B, H * W * C]. */
export function flatten(x: Tensor, from = 1): Tensor {
  return reshape(x, [...x.shape.slice(0, from), multiplyDims(x.shape.slice(from))]);
}

export function squeeze(x: Tensor, axis: number): Tensor {
  const whole = wholeAxis(axis, x.rank);
  return reshape(
    x,
    x.shape.filter((_, i) => i !== whole),
  );
}

export function unsqueeze(x: Tensor, axis: number): Tensor {
  const whole = axis < 0 ? axis + x.rank + 1 : axis;
  return reshape(x, [...x.shape.slice(0, whole), 1, ...x.shape.slice(whole)]);
}

/** Axes in another order: y's axis i is x's axis order[i]. Reversed when left out. */
export function transpose(x: Tensor, order: readonly number[] = x.shape.map((_, i) => x.rank - 1 - i)): Tensor {
  if (order.length === x.rank && order.every((axis, i) => axis === i)) return x;
  return x.builder.apply("transpose", [x], { order });
}

/** Stretch axes of size 1 (and add axes in front) to `shape`. */
export function expand(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : x.builder.apply("expand", [x], { shape: encodeShape(shape) });
}

export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : x.builder.apply("cast", [x], { dtype });
}

/** The same values; no gradient passes. */
export const stopGradient = (x: Tensor): Tensor => x.builder.apply("stopGradient", [x]);

function inferReshape(call: Call): ValueType {
  const { dtype, shape } = call.inputs[0]!;
  const wanted = decodeShape(wordsOf(call.attributes, "shape"));
  const size = multiplyDims(shape);
  const known = multiplyDims(wanted.filter((dim) => dim !== -1));
  const text = `[${wanted.join(", ")}]`;
  if (wanted.filter((dim) => dim === -1).length > 1) refuse(call, `only one dimension of ${text} may be -1`);
  if (!wanted.includes(-1)) {
    if (known !== size) refuse(call, `${text} must have as many elements as the input`);
    return { dtype, shape: wanted };
  }
  const rest = divideDims(size, known);
  if (rest === undefined) return refuse(call, `the input's elements do not fill ${text}`);
  return { dtype, shape: wanted.map((dim) => (dim === -1 ? rest : dim)) };
}

/** A shape for Reshape: at most one symbol is left to ONNX as -1. */
export function reshapeTarget(shape: Shape, { constant, shape: runtime }: Emitter): string {
  if (shape.filter((dim) => typeof dim === "string").length > 1) return runtime(shape);
  return constant(
    "i64",
    [shape.length],
    shape.map((dim) => (typeof dim === "string" ? -1 : dim)),
  );
}

const reshapeOperator: Operator = {
  name: "reshape",
  doc: "the same elements in another shape",
  infer: (call) => [inferReshape(call)],
  evaluate: ([x], _, [out]) => [{ shape: out!.shape, data: x!.data }],
  gradient: ({ inputs: [x], gradients: [g] }) => [reshape(g!, x!.shape)],
  lower: ({ inputs, outputs }, emitter) => [
    emitter.emit("Reshape", [inputs[0]!, reshapeTarget(outputs[0]!.shape, emitter)]),
  ],
};

function inferTranspose(call: Call): ValueType {
  const { dtype, shape } = call.inputs[0]!;
  const order = numbersOf(call.attributes, "order");
  if ([...order].sort((a, b) => a - b).some((axis, i) => axis !== i) || order.length !== shape.length)
    refuse(call, `the order [${order.join(", ")}] must name each axis once`);
  return { dtype, shape: order.map((axis) => shape[axis]!) };
}

/** Where each axis went: undoes `order`. */
function inverseOrder(order: readonly number[]): readonly number[] {
  return order.map((_, axis) => order.indexOf(axis));
}

const transposeOperator: Operator = {
  name: "transpose",
  doc: "axes in another order",
  infer: (call) => [inferTranspose(call)],
  evaluate: ([x], attributes, [out]) => {
    const strides = stridesOf(x!.shape);
    const reads = offsets(
      out!.shape,
      numbersOf(attributes, "order").map((axis) => strides[axis]!),
    );
    return [dense(out!.shape, (i) => x!.data[reads[i]!]!)];
  },
  gradient: ({ gradients: [g], attributes }) => [transpose(g!, inverseOrder(numbersOf(attributes, "order")))],
  lower: ({ inputs, attributes }, { emit }) => [emit("Transpose", inputs, { perm: numbersOf(attributes, "order") })],
};

function inferExpand(call: Call): ValueType {
  const { dtype, shape } = call.inputs[0]!;
  const wanted = decodeShape(wordsOf(call.attributes, "shape"));
  const reached = broadcastShapes(shape, wanted);
  if (!reached || !sameShape(reached, wanted)) refuse(call, `cannot be stretched to [${wanted.join(", ")}]`);
  return { dtype, shape: wanted };
}

/** Symbols that the input has already are written as 1 for Expand, so that the shape is a constant. */
function lowerExpand(node: Lowered, emitter: Emitter): readonly string[] {
  const { emit, constant, shape: runtime } = emitter;
  const [from, to] = [node.types[0]!.shape, node.outputs[0]!.shape];
  const lead = to.length - from.length;
  const target = to.map((dim, axis) => (typeof dim === "string" && from[axis - lead] === dim ? 1 : dim));
  if (isStatic(target)) return [emit("Expand", [node.inputs[0]!, constant("i64", [target.length], target)])];
  const unknown = target.flatMap((dim, axis) => (typeof dim === "string" ? [axis] : []));
  if (emitter.device === "webgpu" && to.length > 1 && unknown.length === 1 && node.types[0]!.dtype !== "bool")
    return [expandOnDevice(node, target, unknown[0]!, emitter)];
  return [emit("Expand", [node.inputs[0]!, runtime(to)])];
}

/** A shape put together at run time would leave the GPU: ones along the unknown axis stretch it, a constant shape the others. */
function expandOnDevice({ inputs, types }: Lowered, target: Shape, axis: number, emitter: Emitter): string {
  const { emit, constant } = emitter;
  const ones = emit("Expand", [constant(types[0]!.dtype, [1], [1]), emitter.shape([target[axis]!])]);
  const standing = target.map((_, i) => (i === axis ? -1 : 1));
  const column = emit("Reshape", [ones, constant("i64", [standing.length], standing)]);
  const rest = target.map((dim, i) => (i === axis ? 1 : (dim as number)));
  return emit("Expand", [emit("Mul", [inputs[0]!, column]), constant("i64", [rest.length], rest)]);
}

const expandOperator: Operator = {
  name: "expand",
  doc: "axes of size 1 stretched",
  infer: (call) => [inferExpand(call)],
  evaluate: ([x], _, [out]) => {
    const reads = offsets(out!.shape, broadcastStrides(x!.shape, out!.shape));
    return [dense(out!.shape, (i) => x!.data[reads[i]!]!)];
  },
  gradient: ({ inputs: [x], gradients: [g] }) => [sumTo(g!, x!.shape)],
  lower: lowerExpand,
};

const castCodes = { f32: 1, i32: 6, i64: 7, bool: 9, f64: 11 } as const;

function castNumber(value: number, dtype: DType): number {
  if (dtype === "bool") return value !== 0 ? 1 : 0;
  return isFloat(dtype) ? value : Math.trunc(value);
}

const castOperator: Operator = {
  name: "cast",
  doc: "another dtype; fractions are cut towards 0",
  infer: (call) => [{ dtype: call.attributes.dtype as DType, shape: call.inputs[0]!.shape }],
  evaluate: ([x], _, [out]) => [dense(x!.shape, (i) => castNumber(x!.data[i]!, out!.dtype))],
  gradient: ({ inputs: [x], outputs: [y], gradients: [g] }) => [
    isFloat(x!.dtype) && isFloat(y!.dtype) ? cast(g!, x!.dtype) : null,
  ],
  lower: ({ inputs, outputs }, { emit }) => [emit("Cast", inputs, { to: castCodes[outputs[0]!.dtype] })],
};

const stopGradientOperator: Operator = {
  name: "stopGradient",
  doc: "the same values; no gradient passes",
  infer: (call) => [call.inputs[0]!],
  evaluate: ([x]) => [x!],
  gradient: () => [null],
  lower: ({ inputs }) => inputs,
};

export const shapeOperators: readonly Operator[] = [
  reshapeOperator,
  transposeOperator,
  expandOperator,
  castOperator,
  stopGradientOperator,
];
