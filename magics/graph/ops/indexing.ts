/** Rows picked by number: gather, its gradient scatterAdd, and oneHot. */
import { type Dense, dense } from "../dense.ts";
import { multiplyDims, sizeOf, wholeAxis } from "../dims.ts";
import {
  type Call,
  type Emitter,
  type Lowered,
  numberOf,
  type Operator,
  refuse,
  requireDType,
  type ValueType,
} from "../operator.ts";
import type { Tensor } from "../tensor.ts";
import { reshapeTarget, transpose } from "./shape.ts";

/** x's slices at `indices` (i32 or i64) along an axis: x [V, D], indices [B, T] -> [B, T, D]. */
export const gather = (x: Tensor, indices: Tensor, axis = 0): Tensor =>
  x.builder.apply("gather", [x, indices], { axis });

/** Rows of a table for word numbers: gather along axis 0. */
export const embedding = (table: Tensor, indices: Tensor): Tensor => gather(table, indices, 0);

/** Zeros of [size, ...], with each row of `updates` added at its index: the gradient of gather. */
export const scatterAdd = (indices: Tensor, updates: Tensor, size: number): Tensor =>
  updates.builder.apply("scatterAdd", [indices, updates], { size });

/** 1 at the index along a new last axis of `depth`, else 0. An index outside gives zeros. */
export const oneHot = (indices: Tensor, depth: number): Tensor => indices.builder.apply("oneHot", [indices], { depth });

function inferGather(call: Call): ValueType {
  requireDType(call, 1, "i32", "i64");
  const [x, indices] = call.inputs as [ValueType, ValueType];
  const axis = wholeAxis(numberOf(call.attributes, "axis"), x.shape.length);
  if (axis === undefined) return refuse(call, `there is no axis ${numberOf(call.attributes, "axis")}`);
  return { dtype: x.dtype, shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)] };
}

function evaluateGather(x: Dense, indices: Dense, axis: number, shape: readonly number[]): Dense {
  const inner = sizeOf(x.shape.slice(axis + 1));
  const size = x.shape[axis]!;
  const picked = indices.data.length;
  return dense(shape, (i) => {
    const [column, rest] = [i % inner, Math.floor(i / inner)];
    const index = indices.data[rest % picked]!;
    if (index < -size || index >= size) throw new Error(`gather: index ${index} is outside 0..${size - 1}`);
    return x.data[(Math.floor(rest / picked) * size + (index < 0 ? index + size : index)) * inner + column]!;
  });
}

/** Along another axis than the first, that axis is brought to the front and back again. */
function gatherGradient(g: Tensor, x: Tensor, indices: Tensor, axis: number): Tensor {
  const size = x.shape[axis];
  if (typeof size !== "number") throw new Error("gather along a symbolic axis has no gradient");
  if (axis === 0) return scatterAdd(indices, g, size);
  const axes = g.shape.map((_, i) => i);
  const picked = axes.slice(axis, axis + indices.rank);
  const front = transpose(g, [...picked, ...axes.slice(0, axis), ...axes.slice(axis + indices.rank)]);
  const rows = scatterAdd(indices, front, size);
  const back = x.shape.map((_, i) => (i < axis ? i + 1 : i === axis ? 0 : i));
  return transpose(rows, back);
}

const gatherOperator: Operator = {
  name: "gather",
  doc: "slices at given indices along an axis",
  infer: (call) => [inferGather(call)],
  evaluate: ([x, indices], attributes, [out]) => [
    evaluateGather(x!, indices!, wholeAxis(numberOf(attributes, "axis"), x!.shape.length)!, out!.shape),
  ],
  gradient: ({ inputs: [x, indices], gradients: [g], attributes }) => [
    gatherGradient(g!, x!, indices!, wholeAxis(numberOf(attributes, "axis"), x!.rank)!),
    null,
  ],
  lower: ({ inputs, attributes }, { emit }) => [emit("Gather", inputs, { axis: numberOf(attributes, "axis") })],
};

function inferScatter(call: Call): ValueType {
  requireDType(call, 0, "i32", "i64");
  const [indices, updates] = call.inputs as [ValueType, ValueType];
  const lead = updates.shape.slice(0, indices.shape.length);
  if (lead.length < indices.shape.length || lead.some((dim, i) => dim !== indices.shape[i]))
    refuse(call, "the second's first axes must be the first's");
  const shape = [numberOf(call.attributes, "size"), ...updates.shape.slice(indices.shape.length)];
  return { dtype: updates.dtype, shape };
}

/**
 * ScatterElements on the CPU: onnxruntime's ScatterND adds from several threads at once, and rows with the same index get lost (1.30: 3 of 30 runs of
 * 200,000 rows into 5 were wrong). On WebGPU ScatterND adds atomically and needs one index a row only.
 */
function lowerScatter({ inputs: [indices, updates], types, outputs }: Lowered, emitter: Emitter): readonly string[] {
  const { emit, constant, shape } = emitter;
  const zeros = emit("Expand", [constant(types[1]!.dtype, [], [0]), shape(outputs[0]!.shape)]);
  if (emitter.device === "webgpu") {
    const columns = emit("Unsqueeze", [emit("Cast", [indices!], { to: 7 }), constant("i64", [1], [-1])]);
    return [emit("ScatterND", [zeros, columns, updates!], { reduction: "add" })];
  }
  const inner = outputs[0]!.shape.slice(1);
  const count = multiplyDims(types[0]!.shape);
  const column = inner.map(() => 1);
  const rows = emit("Reshape", [indices!, reshapeTarget([count, ...column], emitter)]);
  const flat = emit("Reshape", [updates!, reshapeTarget([count, ...inner], emitter)]);
  const spread = emit("Expand", [rows, shape([1, ...inner])]);
  return [emit("ScatterElements", [zeros, spread, flat], { axis: 0, reduction: "add" })];
}

const scatterOperator: Operator = {
  name: "scatterAdd",
  doc: "rows added into zeros at given indices",
  infer: (call) => [inferScatter(call)],
  evaluate: ([indices, updates], _, [out]) => {
    const y = dense(out!.shape);
    const inner = sizeOf(out!.shape.slice(1));
    for (let i = 0; i < updates!.data.length; i++)
      y.data[indices!.data[Math.floor(i / inner)]! * inner + (i % inner)]! += updates!.data[i]!;
    return [y];
  },
  gradient: ({ inputs: [indices], gradients: [g] }) => [null, gather(g!, indices!, 0)],
  lower: lowerScatter,
};

const oneHotOperator: Operator = {
  name: "oneHot",
  doc: "1 at the index along a new last axis, else 0",
  infer: (call) => {
    requireDType(call, 0, "i32", "i64");
    return [{ dtype: "f32", shape: [...call.inputs[0]!.shape, numberOf(call.attributes, "depth")] }];
  },
  evaluate: ([indices], attributes, [out]) => {
    const depth = numberOf(attributes, "depth");
    return [dense(out!.shape, (i) => (indices!.data[Math.floor(i / depth)] === i % depth ? 1 : 0))];
  },
  lower: ({ inputs, types, attributes }, { emit, constant }) => {
    const depth = numberOf(attributes, "depth");
    const classes = constant(
      types[0]!.dtype,
      [depth],
      Array.from({ length: depth }, (_, i) => i),
    );
    const column = emit("Unsqueeze", [inputs[0]!, constant("i64", [1], [-1])]);
    return [emit("Cast", [emit("Equal", [column, classes])], { to: 1 })];
  },
};

export const indexingOperators: readonly Operator[] = [gatherOperator, scatterOperator, oneHotOperator];
