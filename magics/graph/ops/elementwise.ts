/**
 * One number in, one number out, with NumPy's broadcasting for two inputs: arithmetic and the functions of mathematics. Comparisons and logic
 * are in compare.ts.
 */
import type { DType } from "@lepton/contract";
import { mapDense } from "../dense.ts";
import { broadcastShapes } from "../dims.ts";
import {
  type Backward,
  type Call,
  isFloat,
  numbers,
  type Operator,
  refuse,
  requireDType,
  type ValueType,
} from "../operator.ts";
import type { Tensor, TensorLike } from "../tensor.ts";
import { greater } from "./compare.ts";
import { sumTo } from "./reductions.ts";
import { cast } from "./shape.ts";

/** Both operands as tensors of one graph: a bare number takes the other's dtype. */
export function pair(a: TensorLike, b: TensorLike): readonly [Tensor, Tensor] {
  if (typeof a !== "number") return [a, typeof b === "number" ? a.builder.scalar(b, a.dtype) : b];
  if (typeof b !== "number") return [b.builder.scalar(a, b.dtype), b];
  throw new Error("an operator needs at least one tensor; use plain arithmetic for two numbers");
}

const binary =
  (name: string) =>
  (a: TensorLike, b: TensorLike): Tensor => {
    const [left, right] = pair(a, b);
    return left.builder.apply(name, [left, right]);
  };
const unary =
  (name: string) =>
  (x: Tensor): Tensor =>
    x.builder.apply(name, [x]);

export const add = binary("add");
export const sub = binary("sub");
export const mul = binary("mul");
export const div = binary("div");
export const pow = binary("pow");
/** The larger of two, element by element. */
export const maximum = binary("maximum");
/** The smaller of two, element by element. */
export const minimum = binary("minimum");
export const neg = unary("neg");
export const exp = unary("exp");
export const log = unary("log");
export const sqrt = unary("sqrt");
export const abs = unary("abs");
/** -1, 0 or 1. Its gradient is 0. */
export const sign = unary("sign");
export const sin = unary("sin");
export const cos = unary("cos");
/** The error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to x. */
export const erf = unary("erf");
export const floor = unary("floor");
export const ceil = unary("ceil");
/** To the nearest whole number, halves to the even one, as ONNX and NumPy do. */
export const round = unary("round");

export const square = (x: Tensor): Tensor => mul(x, x);
export const reciprocal = (x: Tensor): Tensor => div(1, x);

/** Values below `low` become `low`, above `high` become `high`; the gradient there is 0. */
export function clip(x: Tensor, low: number, high: number): Tensor {
  return minimum(maximum(x, low), high);
}

/** @throws LEPTON_SHAPE unless both have one dtype and broadcast */
export function inferBinary(call: Call, allowed: readonly DType[]): ValueType {
  const [a, b] = [call.inputs[0]!, call.inputs[1]!];
  requireDType(call, 0, ...allowed);
  if (a.dtype !== b.dtype) refuse(call, "both inputs must have the same dtype (use cast)");
  const shape = broadcastShapes(a.shape, b.shape);
  if (!shape) return refuse(call, "shapes must be equal or 1 along each axis, counted from the last");
  return { dtype: a.dtype, shape };
}

type BinaryGradient = (g: Tensor, a: Tensor, b: Tensor, y: Tensor) => readonly [() => Tensor, () => Tensor | null];

function binaryOperator(
  name: string,
  doc: string,
  onnx: string,
  compute: (a: number, b: number, dtype: DType) => number,
  gradient: BinaryGradient,
): Operator {
  return {
    name,
    doc,
    broadcasts: true,
    infer: (call) => [inferBinary(call, numbers)],
    evaluate: ([a, b], _, [out]) => [mapDense(out!.shape, [a!, b!], (x, y) => compute(x, y, out!.dtype))],
    gradient: ({ inputs: [a, b], outputs: [y], gradients: [g], wanted }) => {
      const parts = gradient(g!, a!, b!, y!);
      const second = wanted[1] ? parts[1]() : null;
      return [wanted[0] ? sumTo(parts[0](), a!.shape) : null, second && sumTo(second, b!.shape)];
    },
    lower: ({ inputs }, { emit }) => [emit(onnx, inputs)],
  };
}

/** null for what is flat almost everywhere: no gradient passes. */
type UnaryGradient = ((g: Tensor, x: Tensor, y: Tensor) => Tensor) | null;

/** An operator of one number; `floatsOnly` for those that have no meaning on whole numbers. */
export function unaryOperator(
  name: string,
  doc: string,
  onnx: string | Operator["lower"],
  compute: (x: number) => number,
  gradient: UnaryGradient,
  floatsOnly = true,
): Operator {
  return {
    name,
    doc,
    broadcasts: true,
    infer: (call) => {
      requireDType(call, 0, ...(floatsOnly ? (["f32", "f64"] as const) : numbers));
      return [call.inputs[0]!];
    },
    evaluate: ([x], _, [out]) => [mapDense(out!.shape, [x!], compute)],
    ...(gradient
      ? { gradient: ({ inputs: [x], outputs: [y], gradients: [g] }: Backward) => [gradient(g!, x!, y!)] }
      : {}),
    lower: typeof onnx === "string" ? ({ inputs }, { emit }) => [emit(onnx, inputs)] : onnx,
  };
}

/** At a tie of maximum/minimum each side gets half, so that the parts add up to the whole. */
function share(g: Tensor, a: Tensor, b: Tensor, wins: (a: Tensor, b: Tensor) => Tensor): Tensor {
  const strictly = cast(wins(a, b), g.dtype);
  const loses = cast(wins(b, a), g.dtype);
  return mul(g, mul(add(sub(strictly, loses), 1), 0.5));
}

const divide = (a: number, b: number, dtype: DType): number => (isFloat(dtype) ? a / b : Math.trunc(a / b));

function roundHalfEven(x: number): number {
  const floorX = Math.floor(x);
  if (x - floorX !== 0.5) return Math.round(x);
  return floorX % 2 === 0 ? floorX : floorX + 1;
}

/**
 * The error function to 1e-15 or so: a series where it converges fast, a continued fraction beyond.
 * @source Abramowitz and Stegun 7.1.6 and 7.1.14
 */
export function errorFunction(x: number): number {
  const t = Math.abs(x);
  if (t > 6) return Math.sign(x);
  if (t > 2.5) {
    let fraction = 0;
    for (let k = 60; k >= 1; k--) fraction = k / 2 / (t + fraction);
    return Math.sign(x) * (1 - Math.exp(-t * t) / Math.sqrt(Math.PI) / (t + fraction));
  }
  let [term, sum] = [t, t];
  for (let n = 1; n < 100 && term > 1e-18; n++) sum += term *= (2 * t * t) / (2 * n + 1);
  return (Math.sign(x) * 2 * Math.exp(-t * t) * sum) / Math.sqrt(Math.PI);
}

export const elementwiseOperators: readonly Operator[] = [
  binaryOperator(
    "add",
    "a + b",
    "Add",
    (a, b) => a + b,
    (g) => [() => g, () => g],
  ),
  binaryOperator(
    "sub",
    "a - b",
    "Sub",
    (a, b) => a - b,
    (g, _, b) => [() => g, () => neg(sumTo(g, b.shape))], // summed first: what is left is smaller
  ),
  binaryOperator(
    "mul",
    "a * b",
    "Mul",
    (a, b) => a * b,
    // A square's two halves are equal: twice one of them is their sum, but where 2 g overflows.
    (g, a, b) => (a.id === b.id ? [() => mul(mul(g, 2), a), () => null] : [() => mul(g, b), () => mul(g, a)]),
  ),
  binaryOperator("div", "a / b; whole numbers are cut towards 0", "Div", divide, (g, _, b, y) => [
    () => div(g, b),
    () => neg(div(mul(g, y), b)),
  ]),
  binaryOperator(
    "pow",
    "a to the power of b",
    "Pow",
    (a, b) => a ** b,
    (g, a, b, y) => [() => mul(g, mul(b, pow(a, sub(b, 1)))), () => mul(g, mul(y, log(a)))],
  ),
  binaryOperator(
    "maximum",
    "the larger of a and b; a tie shares the gradient",
    "Max",
    (a, b) => Math.max(a, b),
    (g, a, b) => [() => share(g, a, b, greater), () => share(g, b, a, greater)],
  ),
  binaryOperator(
    "minimum",
    "the smaller of a and b; a tie shares the gradient",
    "Min",
    (a, b) => Math.min(a, b),
    (g, a, b) => [() => share(g, b, a, greater), () => share(g, a, b, greater)],
  ),
  unaryOperator(
    "neg",
    "-x",
    "Neg",
    (x) => -x,
    (g) => neg(g),
    false,
  ),
  unaryOperator("exp", "e to the power of x", "Exp", Math.exp, (g, _, y) => mul(g, y)),
  unaryOperator("log", "natural logarithm", "Log", Math.log, (g, x) => div(g, x)),
  unaryOperator("sqrt", "square root", "Sqrt", Math.sqrt, (g, _, y) => div(mul(g, 0.5), y)),
  unaryOperator("abs", "absolute value", "Abs", Math.abs, (g, x) => mul(g, sign(x)), false),
  unaryOperator("sign", "-1, 0 or 1", "Sign", Math.sign, null, false),
  unaryOperator("sin", "sine, x in radians", "Sin", Math.sin, (g, x) => mul(g, cos(x))),
  unaryOperator("cos", "cosine, x in radians", "Cos", Math.cos, (g, x) => neg(mul(g, sin(x)))),
  unaryOperator("erf", "the error function", "Erf", errorFunction, (g, x) =>
    mul(g, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI))),
  ),
  unaryOperator("floor", "the next whole number below", "Floor", Math.floor, null),
  unaryOperator("ceil", "the next whole number above", "Ceil", Math.ceil, null),
  unaryOperator("round", "the nearest whole number, halves to even", "Round", roundHalfEven, null),
];
