/** Arithmetic, comparisons and activations as ATen calls. What has a Scalar argument there (leaky_relu, elu, softplus, add) is written with others. */
import type { Slot } from "../raw/call.ts";
import type { AtenName } from "../raw/schemas.ts";
import { castTo, type Emitter, isFloat, type Lower, numberOf, type Use } from "./emitter.ts";

/** Tensors in, one tensor out, nothing else. */
const plain =
  (name: AtenName): Lower =>
  ({ inputs }, { call }) => [call(name, ...inputs)];

/** a - alpha b. Whole numbers go through f64, which holds them exactly up to 2^53: the C function takes a double for alpha. */
const sum =
  (alpha: 1 | -1): Lower =>
  ({ inputs: [a, b], outputs: [out] }, emitter) => {
    if (isFloat(out!.dtype)) return [emitter.subtract(a!, b!, alpha)];
    const [left, right] = [a!, b!].map((x) => castTo(x, x.dtype, "f64", emitter)) as [Slot, Slot];
    return [castTo(emitter.subtract(left, right, alpha), "f64", out!.dtype, emitter)];
  };

const divide: Lower = ({ inputs: [a, b], outputs: [out] }, { call }) => [
  isFloat(out!.dtype) ? call("div.Tensor", a!, b!) : call("div.Tensor_mode", a!, b!, "trunc"),
];

const scalar = ({ inputs: [x] }: Use, { constant }: Emitter, value: number): Slot => constant(x!.dtype, [], [value]);

const leakyRelu: Lower = (use, emitter) => {
  const x = use.inputs[0]!;
  const scaled = emitter.call("mul.Tensor", x, scalar(use, emitter, numberOf(use.attributes, "slope")));
  return [emitter.call("where.self", emitter.call("gt.Tensor", x, scalar(use, emitter, 0)), x, scaled)];
};

const elu: Lower = (use, emitter) => {
  const x = use.inputs[0]!;
  const alpha = scalar(use, emitter, numberOf(use.attributes, "alpha"));
  const curve = emitter.call("mul.Tensor", emitter.call("expm1", x), alpha);
  return [emitter.call("where.self", emitter.call("gt.Tensor", x, scalar(use, emitter, 0)), x, curve)];
};

/** log(e^x + e^0), without overflow. */
const softplus: Lower = (use, emitter) => [emitter.call("logaddexp", use.inputs[0]!, scalar(use, emitter, 0))];

const along =
  (name: "_softmax" | "_log_softmax"): Lower =>
  ({ inputs: [x], attributes }, { call }) => [call(name, x!, numberOf(attributes, "axis"), false)];

export const elementwise: Readonly<Record<string, Lower>> = {
  add: sum(-1),
  sub: sum(1),
  mul: plain("mul.Tensor"),
  div: divide,
  pow: plain("pow.Tensor_Tensor"),
  maximum: plain("maximum"),
  minimum: plain("minimum"),
  neg: plain("neg"),
  exp: plain("exp"),
  log: plain("log"),
  sqrt: plain("sqrt"),
  abs: plain("abs"),
  sign: plain("sign"),
  sin: plain("sin"),
  cos: plain("cos"),
  erf: plain("erf"),
  floor: plain("floor"),
  ceil: plain("ceil"),
  round: plain("round"),
  equal: plain("eq.Tensor"),
  less: plain("lt.Tensor"),
  lessEqual: plain("le.Tensor"),
  greater: plain("gt.Tensor"),
  greaterEqual: plain("ge.Tensor"),
  and: plain("logical_and"),
  or: plain("logical_or"),
  not: plain("logical_not"),
  where: plain("where.self"),
  relu: plain("relu"),
  sigmoid: plain("sigmoid"),
  tanh: plain("tanh"),
  gelu: ({ inputs: [x] }, { call }) => [call("gelu", x!, "none")],
  leakyRelu,
  elu,
  softplus,
  softmax: along("_softmax"),
  logSoftmax: along("_log_softmax"),
};
