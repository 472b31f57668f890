/** Functions between the layers of a network, softmax included. */
import { dense, mapDense, stridesOf } from "../dense.ts";
import { wholeAxis } from "../dims.ts";
import { type Call, floats, type Lowered, numberOf, type Operator, refuse, requireDType } from "../operator.ts";
import type { Tensor } from "../tensor.ts";
import { greater, where } from "./compare.ts";
import { add, erf, errorFunction, exp, mul, sub, unaryOperator } from "./elementwise.ts";
import { sum } from "./reductions.ts";

const unary =
  (name: string) =>
  (x: Tensor): Tensor =>
    x.builder.apply(name, [x]);

export const relu = unary("relu");
export const sigmoid = unary("sigmoid");
export const tanh = unary("tanh");
/** log(1 + e^x), without overflow. */
export const softplus = unary("softplus");
/** x times the normal distribution function of x (the exact one, by erf). */
export const gelu = unary("gelu");
/** x * sigmoid(x). */
export const silu = (x: Tensor): Tensor => mul(x, sigmoid(x));

/** x where positive, else slope * x. */
export const leakyRelu = (x: Tensor, slope = 0.01): Tensor => x.builder.apply("leakyRelu", [x], { slope });
/** x where positive, else alpha * (e^x - 1). */
export const elu = (x: Tensor, alpha = 1): Tensor => x.builder.apply("elu", [x], { alpha });

/** Positive numbers that add up to 1 along an axis (the last one by default). */
export const softmax = (x: Tensor, axis = -1): Tensor => x.builder.apply("softmax", [x], { axis });
/** The logarithm of softmax, computed without taking it. */
export const logSoftmax = (x: Tensor, axis = -1): Tensor => x.builder.apply("logSoftmax", [x], { axis });

function inferAxis(call: Call) {
  requireDType(call, 0, ...floats);
  const x = call.inputs[0]!;
  const axis = numberOf(call.attributes, "axis");
  if (wholeAxis(axis, x.shape.length) === undefined) refuse(call, `there is no axis ${axis}`);
  return [x];
}

const slopeOperator: Operator = {
  ...unaryOperator("leakyRelu", "x where positive, else slope * x", "", () => 0, null),
  evaluate: ([x], attributes, [out]) => [
    mapDense(out!.shape, [x!], (value) => (value > 0 ? value : numberOf(attributes, "slope") * value)),
  ],
  gradient: ({ inputs: [x], gradients: [g], attributes }) => [
    where(greater(x!, 0), g!, mul(g!, numberOf(attributes, "slope"))),
  ],
  lower: ({ inputs, attributes }, { emit }) => [
    emit("LeakyRelu", inputs, { alpha: { float: numberOf(attributes, "slope") } }),
  ],
};

const eluOperator: Operator = {
  ...unaryOperator("elu", "x where positive, else alpha * (e^x - 1)", "", () => 0, null),
  evaluate: ([x], attributes, [out]) => [
    mapDense(out!.shape, [x!], (value) => (value > 0 ? value : numberOf(attributes, "alpha") * Math.expm1(value))),
  ],
  gradient: ({ inputs: [x], outputs: [y], gradients: [g], attributes }) => [
    mul(g!, where(greater(x!, 0), 1, add(y!, numberOf(attributes, "alpha")))),
  ],
  lower: ({ inputs, attributes }, { emit }) => [
    emit("Elu", inputs, { alpha: { float: numberOf(attributes, "alpha") } }),
  ],
};

/** Calls `visit` with the start and step of each line along an axis. */
function eachLine(
  shape: readonly number[],
  axis: number,
  visit: (start: number, step: number, length: number) => void,
): void {
  const whole = wholeAxis(axis, shape.length)!;
  const step = stridesOf(shape)[whole]!;
  const length = shape[whole]!;
  const lines = shape.reduce((n, dim) => n * dim, 1) / Math.max(1, length);
  for (let line = 0; line < lines; line++) visit(Math.floor(line / step) * step * length + (line % step), step, length);
}

function evaluateSoftmax(x: { shape: readonly number[]; data: Float64Array }, axis: number, logarithm: boolean) {
  const y = dense(x.shape);
  eachLine(x.shape, axis, (start, step, length) => {
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < length; i++) largest = Math.max(largest, x.data[start + i * step]!);
    let total = 0;
    for (let i = 0; i < length; i++) total += Math.exp(x.data[start + i * step]! - largest);
    for (let i = 0; i < length; i++) {
      const shifted = x.data[start + i * step]! - largest;
      y.data[start + i * step] = logarithm ? shifted - Math.log(total) : Math.exp(shifted) / total;
    }
  });
  return y;
}

const softmaxOperator: Operator = {
  name: "softmax",
  doc: "positive numbers that add up to 1 along an axis",
  infer: inferAxis,
  evaluate: ([x], attributes) => [evaluateSoftmax(x!, numberOf(attributes, "axis"), false)],
  gradient: ({ outputs: [y], gradients: [g], attributes }) => {
    const total = sum(mul(g!, y!), { axes: [numberOf(attributes, "axis")], keepDims: true });
    return [mul(sub(g!, total), y!)];
  },
  lower: ({ inputs, attributes }, { emit }) => [emit("Softmax", inputs, { axis: numberOf(attributes, "axis") })],
};

/** LogSoftmax runs on the CPU only; elsewhere it is written out. */
function lowerLogSoftmax(
  { inputs, attributes }: Lowered,
  { emit, constant, device }: Parameters<Operator["lower"]>[1],
) {
  const axis = numberOf(attributes, "axis");
  if (device === "cpu") return [emit("LogSoftmax", inputs, { axis })];
  const axes = constant("i64", [1], [axis]);
  const shifted = emit("Sub", [inputs[0]!, emit("ReduceMax", [inputs[0]!, axes], { keepdims: 1 })]);
  const total = emit("ReduceSum", [emit("Exp", [shifted]), axes], { keepdims: 1 });
  return [emit("Sub", [shifted, emit("Log", [total])])];
}

const logSoftmaxOperator: Operator = {
  name: "logSoftmax",
  doc: "the logarithm of softmax",
  infer: inferAxis,
  evaluate: ([x], attributes) => [evaluateSoftmax(x!, numberOf(attributes, "axis"), true)],
  gradient: ({ outputs: [y], gradients: [g], attributes }) => {
    const total = sum(g!, { axes: [numberOf(attributes, "axis")], keepDims: true });
    return [sub(g!, mul(exp(y!), total))];
  },
  lower: lowerLogSoftmax,
};

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const softplusOf = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const geluOf = (x: number): number => (x * (1 + errorFunction(x / Math.SQRT2))) / 2;

/**
 * The derivative of gelu: P(x) + x p(x), with the normal distribution's function P and density p. onnx/fusions.ts takes gelu itself as x P(x) where P is
 * needed here.
 */
function geluSlope(x: Tensor): Tensor {
  const u = mul(x, Math.SQRT1_2);
  const below = mul(add(erf(u), 1), 0.5);
  const density = exp(sub(-Math.log(2 * Math.PI) / 2, mul(u, u)));
  return add(below, mul(x, density));
}

export const activationOperators: readonly Operator[] = [
  unaryOperator(
    "relu",
    "x where positive, else 0",
    "Relu",
    (x) => Math.max(x, 0),
    (g, _, y) => where(greater(y, 0), g, 0),
  ),
  slopeOperator,
  eluOperator,
  unaryOperator("gelu", "x times the normal distribution function of x", "Gelu", geluOf, (g, x) =>
    mul(g, geluSlope(x)),
  ),
  unaryOperator("sigmoid", "1 / (1 + e^-x)", "Sigmoid", logistic, (g, _, y) => mul(g, mul(y, sub(1, y)))),
  unaryOperator("tanh", "hyperbolic tangent", "Tanh", Math.tanh, (g, _, y) => mul(g, sub(1, mul(y, y)))),
  unaryOperator("softplus", "log(1 + e^x)", "Softplus", softplusOf, (g, x) => mul(g, sigmoid(x))),
  softmaxOperator,
  logSoftmaxOperator,
];
