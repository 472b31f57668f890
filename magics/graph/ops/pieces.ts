/** Cutting and joining along axes: concat, split, slice, pad. Each one's gradient is another of them. */
import type { Dim } from "@lepton/contract";
import { type Dense, dense, offsets, stridesOf } from "../dense.ts";
import { isStatic, multiplyDims, sameShape, wholeAxis } from "../dims.ts";
import { type Call, type Emitter, numberOf, numbersOf, type Operator, refuse, type ValueType } from "../operator.ts";
import type { Tensor } from "../tensor.ts";
import { mul } from "./elementwise.ts";
import { expand, reshape, unsqueeze } from "./shape.ts";

/** Join along an axis (the last one by default). */
export function concat(tensors: readonly Tensor[], axis = -1): Tensor {
  const first = tensors[0];
  if (!first) throw new Error("concat needs at least one tensor");
  return tensors.length === 1 ? first : first.builder.apply("concat", tensors, { axis });
}

/** Join along a new axis. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  return concat(
    tensors.map((x) => unsqueeze(x, axis)),
    axis < 0 ? axis + (tensors[0]?.rank ?? 0) + 1 : axis,
  );
}

/** Cut along an axis (the last one by default) into parts of these sizes. */
export function split(x: Tensor, sizes: readonly number[], axis = -1): readonly Tensor[] {
  return sizes.length === 1 ? [x] : x.builder.applyMany("split", [x], { sizes, axis });
}

/** Elements start, start + step, ... before `end` along an axis. Negative positions count from the end of the axis. */
export function slice(x: Tensor, axis: number, start: number, end?: number, step = 1): Tensor {
  const whole = wholeAxis(axis, x.rank);
  const size = whole === undefined ? 0 : x.shape[whole]!;
  const position = (at: number) => (typeof size === "number" ? Math.min(size, at < 0 ? at + size : at) : at);
  const attributes = { axis, start: position(start), end: end === undefined ? size : position(end), step };
  return x.builder.apply("slice", [x], attributes);
}

/** `before[i]` and `after[i]` elements of `value` round axis i. */
export function pad(x: Tensor, before: readonly number[], after: readonly number[], value = 0): Tensor {
  if ([...before, ...after].every((n) => n === 0)) return x;
  return x.builder.apply("pad", [x], { before, after, value });
}

function axisOf(call: Call): number {
  const axis = numberOf(call.attributes, "axis");
  return wholeAxis(axis, call.inputs[0]!.shape.length) ?? refuse(call, `there is no axis ${axis}`);
}

/** The size of an axis, which must be a number. */
function fixedSize(call: Call, axis: number): number {
  const size = call.inputs[0]!.shape[axis]!;
  return typeof size === "number" ? size : refuse(call, `axis ${axis} (${size}) must have a fixed size`);
}

function addDims(call: Call, dims: readonly Dim[]): Dim {
  if (dims.every((dim) => typeof dim === "number")) return dims.reduce((a, b) => a + b, 0);
  if (dims.every((dim) => dim === dims[0])) return multiplyDims([dims.length, dims[0]!]);
  return refuse(call, "along a symbolic axis only equal sizes can be joined");
}

function inferConcat(call: Call): ValueType {
  const axis = axisOf(call);
  const first = call.inputs[0]!;
  const rest = (type: ValueType) => type.shape.filter((_, i) => i !== axis);
  for (const type of call.inputs) {
    if (type.dtype !== first.dtype) refuse(call, "all inputs must have the same dtype (use cast)");
    if (type.shape.length !== first.shape.length || !sameShape(rest(type), rest(first)))
      refuse(call, `shapes must be equal but for axis ${axis}`);
  }
  const joined = addDims(
    call,
    call.inputs.map((type) => type.shape[axis]!),
  );
  return { dtype: first.dtype, shape: first.shape.map((dim, i) => (i === axis ? joined : dim)) };
}

/** Copies a box of `from` (starting at `at`, of `size`, in steps) to an array of its own. */
function readBox(from: Dense, at: readonly number[], size: readonly number[], steps?: readonly number[]): Dense {
  const strides = stridesOf(from.shape);
  const start = at.reduce((offset, position, axis) => offset + position * strides[axis]!, 0);
  const reads = offsets(
    size,
    strides.map((stride, axis) => stride * (steps?.[axis] ?? 1)),
    start,
  );
  return dense(size, (i) => from.data[reads[i]!]!);
}

function writeBox(into: Dense, at: readonly number[], box: Dense): void {
  const strides = stridesOf(into.shape);
  const start = at.reduce((offset, position, axis) => offset + position * strides[axis]!, 0);
  const writes = offsets(box.shape, strides, start);
  for (let i = 0; i < writes.length; i++) into.data[writes[i]!] = box.data[i]!;
}

const along = (shape: readonly number[], axis: number, value: number): readonly number[] =>
  shape.map((_, i) => (i === axis ? value : 0));
const resized = (shape: readonly number[], axis: number, size: number): readonly number[] =>
  shape.map((dim, i) => (i === axis ? size : dim));

/** WebGPU takes at most about 15 tensors an operator: longer lists are joined in groups. */
function lowerConcat(inputs: readonly string[], axis: number, emitter: Emitter): string {
  if (emitter.device === "cpu" || inputs.length <= 8) return emitter.emit("Concat", inputs, { axis });
  const groups: string[] = [];
  for (let i = 0; i < inputs.length; i += 8) groups.push(lowerConcat(inputs.slice(i, i + 8), axis, emitter));
  return lowerConcat(groups, axis, emitter);
}

const concatOperator: Operator = {
  name: "concat",
  doc: "joined along an axis",
  infer: (call) => [inferConcat(call)],
  evaluate: (inputs, attributes, [out]) => {
    const axis = wholeAxis(numberOf(attributes, "axis"), out!.shape.length)!;
    const y = dense(out!.shape);
    let at = 0;
    for (const input of inputs) {
      writeBox(y, along(out!.shape, axis, at), input);
      at += input.shape[axis]!;
    }
    return [y];
  },
  gradient: ({ inputs, gradients: [g], attributes }) => {
    const axis = wholeAxis(numberOf(attributes, "axis"), g!.rank)!;
    const sizes = inputs.map((x) => x.shape[axis]!);
    if (sizes.every((size) => typeof size === "number")) return split(g!, sizes, axis);
    // Equal symbolic parts: a new axis in front of it tells them apart.
    const parted = reshape(g!, [...g!.shape.slice(0, axis), inputs.length, ...inputs[0]!.shape.slice(axis)]);
    return inputs.map((x, i) => reshape(slice(parted, axis, i, i + 1), x.shape));
  },
  lower: ({ inputs, attributes }, emitter) => [lowerConcat(inputs, numberOf(attributes, "axis"), emitter)],
};

function inferSplit(call: Call): readonly ValueType[] {
  const axis = axisOf(call);
  const size = fixedSize(call, axis);
  const sizes = numbersOf(call.attributes, "sizes");
  if (sizes.reduce((a, b) => a + b, 0) !== size) refuse(call, `sizes ${sizes.join(" + ")} must add up to ${size}`);
  const { dtype, shape } = call.inputs[0]!;
  return sizes.map((part) => ({ dtype, shape: shape.map((dim, i) => (i === axis ? part : dim)) }));
}

function lowerSplit(input: string, sizes: readonly number[], axis: number, emitter: Emitter): readonly string[] {
  if (emitter.device === "cpu" || sizes.length <= 8)
    return emitter.emitMany("Split", [input, emitter.constant("i64", [sizes.length], sizes)], sizes.length, { axis });
  const groups: (readonly number[])[] = [];
  const span = Math.ceil(sizes.length / 8);
  for (let i = 0; i < sizes.length; i += span) groups.push(sizes.slice(i, i + span));
  const totals = groups.map((group) => group.reduce((a, b) => a + b, 0));
  const parts = lowerSplit(input, totals, axis, emitter);
  return groups.flatMap((group, i) => (group.length === 1 ? [parts[i]!] : lowerSplit(parts[i]!, group, axis, emitter)));
}

/** Zeros of y's shape. Made from y where it has symbols: a shape computed at run time would leave a GPU. */
function zerosLike(y: Tensor): Tensor {
  return isStatic(y.shape) ? expand(y.builder.scalar(0, y.dtype), y.shape) : mul(y, 0);
}

const splitOperator: Operator = {
  name: "split",
  doc: "cut along an axis into parts of given sizes",
  infer: inferSplit,
  evaluate: ([x], attributes, outs) => {
    const axis = wholeAxis(numberOf(attributes, "axis"), x!.shape.length)!;
    let at = 0;
    return outs.map(({ shape }) => {
      const part = readBox(x!, along(shape, axis, at), shape);
      at += shape[axis]!;
      return part;
    });
  },
  gradient: ({ outputs, gradients, attributes }) => [
    concat(
      outputs.map((y, i) => gradients[i] ?? zerosLike(y)),
      numberOf(attributes, "axis"),
    ),
  ],
  lower: ({ inputs, attributes }, emitter) =>
    lowerSplit(inputs[0]!, numbersOf(attributes, "sizes"), numberOf(attributes, "axis"), emitter),
};

function inferSlice(call: Call): ValueType {
  const axis = axisOf(call);
  const size = fixedSize(call, axis);
  const [start, end, step] = ["start", "end", "step"].map((name) => numberOf(call.attributes, name));
  if (step! < 1) refuse(call, `step must be at least 1, it is ${step}`);
  if (start! < 0 || end! <= start! || end! > size)
    refuse(call, `start ${start} and end ${end} must cut something out of 0..${size}`);
  const { dtype, shape } = call.inputs[0]!;
  return { dtype, shape: resized(shape as number[], axis, Math.ceil((end! - start!) / step!)) };
}

/** The gradient spread out again: step - 1 zeros after each element, then zeros before and after. */
function sliceGradient(g: Tensor, x: Tensor, axis: number, start: number, step: number): Tensor {
  let spread = g;
  if (step > 1) {
    const zeros = g.shape.map(() => 0);
    const widened = pad(unsqueeze(g, axis + 1), [...zeros, 0], along([...zeros, 0], axis + 1, step - 1));
    spread = reshape(widened, [
      ...g.shape.slice(0, axis),
      (g.shape[axis] as number) * step,
      ...g.shape.slice(axis + 1),
    ]);
  }
  const size = x.shape[axis] as number;
  const room = size - start;
  if ((spread.shape[axis] as number) > room) spread = slice(spread, axis, 0, room);
  const rank = new Array<number>(x.rank).fill(0);
  return pad(spread, along(rank, axis, start), along(rank, axis, room - (spread.shape[axis] as number)));
}

const sliceOperator: Operator = {
  name: "slice",
  doc: "a range along an axis, with a step",
  infer: (call) => [inferSlice(call)],
  evaluate: ([x], attributes, [out]) => {
    const axis = wholeAxis(numberOf(attributes, "axis"), x!.shape.length)!;
    const steps = out!.shape.map((_, i) => (i === axis ? numberOf(attributes, "step") : 1));
    return [readBox(x!, along(out!.shape, axis, numberOf(attributes, "start")), out!.shape, steps)];
  },
  gradient: ({ inputs: [x], gradients: [g], attributes }) => [
    sliceGradient(
      g!,
      x!,
      wholeAxis(numberOf(attributes, "axis"), x!.rank)!,
      numberOf(attributes, "start"),
      numberOf(attributes, "step"),
    ),
  ],
  lower: ({ inputs, attributes }, { emit, constant }) => {
    const one = (name: string) => constant("i64", [1], [numberOf(attributes, name)]);
    return [emit("Slice", [inputs[0]!, one("start"), one("end"), one("axis"), one("step")])];
  },
};

function inferPad(call: Call): ValueType {
  const { dtype, shape } = call.inputs[0]!;
  const [before, after] = [numbersOf(call.attributes, "before"), numbersOf(call.attributes, "after")];
  if (before.length !== shape.length || after.length !== shape.length)
    refuse(call, `padding needs a number for each of ${shape.length} axes`);
  if ([...before, ...after].some((n) => n < 0)) refuse(call, "padding must not be negative (use slice)");
  return {
    dtype,
    shape: shape.map((dim, i) => {
      const extra = before[i]! + after[i]!;
      if (typeof dim === "string" && extra > 0) return refuse(call, `axis ${i} (${dim}) cannot be padded`);
      return typeof dim === "string" ? dim : dim + extra;
    }),
  };
}

const padOperator: Operator = {
  name: "pad",
  doc: "a border of one value",
  infer: (call) => [inferPad(call)],
  evaluate: ([x], attributes, [out]) => {
    const y = dense(out!.shape, () => numberOf(attributes, "value"));
    writeBox(y, numbersOf(attributes, "before"), x!);
    return [y];
  },
  gradient: ({ inputs: [x], gradients: [g], attributes }) => {
    const before = numbersOf(attributes, "before");
    const trim = (y: Tensor, axis: number) => {
      const size = x!.shape[axis]!;
      return y.shape[axis] === size ? y : slice(y, axis, before[axis]!, before[axis]! + (size as number));
    };
    return [before.reduce((y, _, axis) => trim(y, axis), g!)];
  },
  lower: ({ inputs, types, attributes }, { emit, constant }) => {
    const pads = [...numbersOf(attributes, "before"), ...numbersOf(attributes, "after")];
    const value = constant(types[0]!.dtype, [], [numberOf(attributes, "value")]);
    return [emit("Pad", [inputs[0]!, constant("i64", [pads.length], pads), value])];
  },
};

export const pieceOperators: readonly Operator[] = [concatOperator, splitOperator, sliceOperator, padOperator];
