/** Comparisons, logic and choice: what makes and uses booleans. None of them but `where` has a gradient. */
import { mapDense } from "../dense.ts";
import { broadcastShapes } from "../dims.ts";
import { type Call, numbers, type Operator, refuse, requireDType, type ValueType } from "../operator.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { inferBinary, pair } from "./elementwise.ts";
import { sumTo } from "./reductions.ts";

const binary =
  (name: string) =>
  (a: TensorLike, b: TensorLike): Tensor => {
    const [left, right] = pair(a, b);
    return left.builder.apply(name, [left, right]);
  };

export const equal = binary("equal");
export const less = binary("less");
export const lessEqual = binary("lessEqual");
export const greater = binary("greater");
export const greaterEqual = binary("greaterEqual");
export const and = binary("and");
export const or = binary("or");
export const not = (x: Tensor): Tensor => x.builder.apply("not", [x]);
export const notEqual = (a: TensorLike, b: TensorLike): Tensor => not(equal(a, b));

/** `yes` where the condition holds, else `no`; all three are broadcast. */
export function where(condition: Tensor, yes: TensorLike, no: TensorLike): Tensor {
  const [a, b] = pair(yes, no);
  return condition.builder.apply("where", [condition, a, b]);
}

function comparison(name: string, doc: string, onnx: string, compute: (a: number, b: number) => boolean): Operator {
  return {
    name,
    doc,
    broadcasts: true,
    infer: (call) => [{ dtype: "bool", shape: inferBinary(call, numbers).shape }],
    evaluate: ([a, b], _, [out]) => [mapDense(out!.shape, [a!, b!], (x, y) => (compute(x, y) ? 1 : 0))],
    lower: ({ inputs }, { emit }) => [emit(onnx, inputs)],
  };
}

function logic(name: string, doc: string, onnx: string, compute: (a: number, b: number) => boolean): Operator {
  return { ...comparison(name, doc, onnx, compute), infer: (call) => [inferBinary(call, ["bool"])] };
}

function inferWhere(call: Call): ValueType {
  requireDType(call, 0, "bool");
  const [condition, yes, no] = call.inputs as [ValueType, ValueType, ValueType];
  if (yes.dtype !== no.dtype) refuse(call, "both choices must have the same dtype (use cast)");
  const choices = broadcastShapes(yes.shape, no.shape);
  const shape = choices && broadcastShapes(condition.shape, choices);
  if (!shape) return refuse(call, "shapes must be equal or 1 along each axis, counted from the last");
  return { dtype: yes.dtype, shape };
}

const whereOperator: Operator = {
  name: "where",
  doc: "a where the condition holds, else b",
  broadcasts: true,
  infer: (call) => [inferWhere(call)],
  evaluate: ([c, a, b], _, [out]) => [mapDense(out!.shape, [c!, a!, b!], (test, yes, no) => (test ? yes : no))],
  gradient: ({ inputs: [condition, a, b], gradients: [g], wanted }) => [
    null,
    wanted[1] ? sumTo(where(condition!, g!, 0), a!.shape) : null,
    wanted[2] ? sumTo(where(condition!, 0, g!), b!.shape) : null,
  ],
  lower: ({ inputs }, { emit }) => [emit("Where", inputs)],
};

export const compareOperators: readonly Operator[] = [
  comparison("equal", "a = b", "Equal", (a, b) => a === b),
  comparison("less", "a < b", "Less", (a, b) => a < b),
  comparison("lessEqual", "a <= b", "LessOrEqual", (a, b) => a <= b),
  comparison("greater", "a > b", "Greater", (a, b) => a > b),
  comparison("greaterEqual", "a >= b", "GreaterOrEqual", (a, b) => a >= b),
  logic("and", "both hold", "And", (a, b) => a !== 0 && b !== 0),
  logic("or", "one or both hold", "Or", (a, b) => a !== 0 || b !== 0),
  {
    name: "not",
    doc: "does not hold",
    infer: (call) => {
      requireDType(call, 0, "bool");
      return [call.inputs[0]!];
    },
    evaluate: ([x], _, [out]) => [mapDense(out!.shape, [x!], (value) => (value ? 0 : 1))],
    lower: ({ inputs }, { emit }) => [emit("Not", inputs)],
  },
  whereOperator,
];
