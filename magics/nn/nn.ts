/**
 * The `nn` that a user's model is handed: layers bound to the model being built, and every operator. Enters: a context; leaves: functions of
 * symbolic tensors. Apart because it is the one surface users write against.
 */
import type { Initial, Shape } from "@lepton/contract";
import type { Tensor } from "@lepton/graph";
import * as graph from "@lepton/graph";
import * as layers from "./layers.ts";
import type { ModelContext } from "./model-context.ts";

type Bound<F> = F extends (context: ModelContext, ...rest: infer A) => infer R ? (...rest: A) => R : never;

/** Operators by the name they have in @lepton/graph; layers of the same name (conv2d, maxPool2d, flatten, embedding) win. */
const operators = {
  abs: graph.abs,
  add: graph.add,
  and: graph.and,
  argMax: graph.argMax,
  avgPool2d: graph.avgPool2d,
  cast: graph.cast,
  ceil: graph.ceil,
  clip: graph.clip,
  concat: graph.concat,
  cos: graph.cos,
  count: graph.count,
  div: graph.div,
  einsum: graph.einsum,
  elu: graph.elu,
  equal: graph.equal,
  erf: graph.erf,
  exp: graph.exp,
  expand: graph.expand,
  floor: graph.floor,
  gather: graph.gather,
  gelu: graph.gelu,
  globalAvgPool2d: graph.globalAvgPool2d,
  globalMaxPool2d: graph.globalMaxPool2d,
  greater: graph.greater,
  greaterEqual: graph.greaterEqual,
  leakyRelu: graph.leakyRelu,
  less: graph.less,
  lessEqual: graph.lessEqual,
  log: graph.log,
  logSoftmax: graph.logSoftmax,
  matmul: graph.matmul,
  max: graph.max,
  maximum: graph.maximum,
  maxPool1d: graph.maxPool1d,
  mean: graph.mean,
  min: graph.min,
  minimum: graph.minimum,
  mul: graph.mul,
  neg: graph.neg,
  not: graph.not,
  notEqual: graph.notEqual,
  oneHot: graph.oneHot,
  or: graph.or,
  pad: graph.pad,
  pow: graph.pow,
  reciprocal: graph.reciprocal,
  relu: graph.relu,
  reshape: graph.reshape,
  round: graph.round,
  scatterAdd: graph.scatterAdd,
  sigmoid: graph.sigmoid,
  sign: graph.sign,
  silu: graph.silu,
  sin: graph.sin,
  slice: graph.slice,
  softmax: graph.softmax,
  softplus: graph.softplus,
  split: graph.split,
  sqrt: graph.sqrt,
  square: graph.square,
  squeeze: graph.squeeze,
  stack: graph.stack,
  standardDeviation: graph.standardDeviation,
  stopGradient: graph.stopGradient,
  sub: graph.sub,
  sum: graph.sum,
  tanh: graph.tanh,
  transpose: graph.transpose,
  unsqueeze: graph.unsqueeze,
  variance: graph.variance,
  where: graph.where,
} as const;

export interface Nn extends Readonly<typeof operators> {
  readonly dense: Bound<typeof layers.dense>;
  readonly conv2d: Bound<typeof layers.convolution2d>;
  readonly maxPool2d: Bound<typeof layers.pooling2d>;
  readonly flatten: Bound<typeof layers.flatten>;
  readonly dropout: Bound<typeof layers.dropout>;
  readonly batchNorm: Bound<typeof layers.batchNorm>;
  readonly layerNorm: Bound<typeof layers.layerNorm>;
  readonly embedding: Bound<typeof layers.embedding>;
  activation(x: Tensor, name: string): Tensor;
  /** Functions one after the other. */
  sequential(x: Tensor, steps: readonly ((x: Tensor) => Tensor)[]): Tensor;
  /** A learnt tensor of one's own. */
  parameter(name: string, shape: readonly number[], initial?: Initial): Tensor;
  /** Fixed numbers. */
  constant(values: ArrayLike<number>, shape?: readonly number[]): Tensor;
  /** Fresh random numbers at every training step: uniform in [0, 1) or standard normal. */
  random(distribution: "uniform" | "normal", shape: Shape): Tensor;
  /** True while the graph of training is built, false for evaluation and prediction. */
  readonly training: boolean;
}

export function createNn(context: ModelContext): Nn {
  const bind =
    <A extends unknown[]>(layer: (context: ModelContext, ...rest: A) => Tensor) =>
    (...rest: A): Tensor =>
      layer(context, ...rest);
  return {
    ...operators,
    dense: bind(layers.dense),
    conv2d: bind(layers.convolution2d),
    maxPool2d: bind(layers.pooling2d),
    flatten: bind(layers.flatten),
    dropout: bind(layers.dropout),
    batchNorm: bind(layers.batchNorm),
    layerNorm: bind(layers.layerNorm),
    embedding: bind(layers.embedding),
    activation: layers.activate,
    sequential: (x, steps) => steps.reduce((h, step) => step(h), x),
    parameter: (name, shape, initial = { kind: "constant", value: 0 }) =>
      context.parameter(name, shape, initial, shape.length > 1),
    constant: (values, shape) => context.builder.constant(values, shape),
    random: (distribution, shape) => context.random(distribution, shape),
    training: context.mode === "train",
  };
}
