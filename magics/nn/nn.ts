/**
 * The `nn` that a user's model is handed: layers bound to the model being built, and every operator. Enters: a context; leaves: functions of
 * symbolic tensors. Apart because it is the one surface users write against.
 */
import { type Initial, LeptonError, type Shape } from "@lepton/contract";
import type { Tensor } from "@lepton/graph";
import * as graph from "@lepton/graph";
import { didYouMean } from "../data/nearest-name.ts";
import { activate } from "./activations.ts";
import * as layers from "./layers.ts";
import type { ModelContext } from "./model-context.ts";
import * as sequences from "./sequence-layers.ts";
import * as windows from "./window-layers.ts";

type Bound<F> = F extends (context: ModelContext, ...rest: infer A) => infer R ? (...rest: A) => R : never;

/** Operators by the name they have in @lepton/graph; layers of the same name (conv2d, maxPool2d, lstm, flatten, embedding) win. */
const operators = {
  abs: graph.abs,
  add: graph.add,
  and: graph.and,
  argMax: graph.argMax,
  attention: graph.attention,
  cast: graph.cast,
  ceil: graph.ceil,
  clip: graph.clip,
  concat: graph.concat,
  convTranspose2d: graph.convTranspose2d,
  cos: graph.cos,
  count: graph.count,
  crossEntropy: graph.crossEntropy,
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
  huber: graph.huber,
  leakyRelu: graph.leakyRelu,
  less: graph.less,
  lessEqual: graph.lessEqual,
  log: graph.log,
  logSoftmax: graph.logSoftmax,
  matmul: graph.matmul,
  max: graph.max,
  maximum: graph.maximum,
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
  readonly conv1d: Bound<typeof windows.convolution1d>;
  readonly conv2d: Bound<typeof windows.convolution2d>;
  readonly maxPool1d: Bound<typeof windows.maxPooling1d>;
  readonly maxPool2d: Bound<typeof windows.maxPooling2d>;
  readonly avgPool2d: Bound<typeof windows.averagePooling2d>;
  readonly lstm: Bound<typeof sequences.lstm>;
  readonly gru: Bound<typeof sequences.gru>;
  readonly multiHeadAttention: Bound<typeof sequences.multiHeadAttention>;
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
    <A extends unknown[], R>(layer: (context: ModelContext, ...rest: A) => R) =>
    (...rest: A): R =>
      layer(context, ...rest);
  return whole({
    ...operators,
    dense: bind(layers.dense),
    conv1d: bind(windows.convolution1d),
    conv2d: bind(windows.convolution2d),
    maxPool1d: bind(windows.maxPooling1d),
    maxPool2d: bind(windows.maxPooling2d),
    avgPool2d: bind(windows.averagePooling2d),
    lstm: bind(sequences.lstm),
    gru: bind(sequences.gru),
    multiHeadAttention: bind(sequences.multiHeadAttention),
    flatten: bind(layers.flatten),
    dropout: bind(layers.dropout),
    batchNorm: bind(layers.batchNorm),
    layerNorm: bind(layers.layerNorm),
    embedding: bind(layers.embedding),
    activation: activate,
    sequential: (x, steps) => steps.reduce((h, step) => step(h), x),
    parameter: (name, shape, initial = { kind: "constant", value: 0 }) =>
      context.parameter(name, shape, initial, shape.length > 1),
    constant: (values, shape) => context.builder.constant(values, shape),
    random: (distribution, shape) => context.random(distribution, shape),
    training: context.mode === "train",
  });
}

/** What is asked of it and is not there is told by the nearest name. */
function whole(nn: Nn): Nn {
  return new Proxy(nn, {
    get(target, name, receiver) {
      if (typeof name !== "string" || name in target || name === "then" || name === "toJSON")
        return Reflect.get(target, name, receiver);
      throw new LeptonError(
        "LEPTON_MODEL",
        `nn has no layer or operator "${name}"${didYouMean(name, Object.keys(target))}`,
      );
    },
  });
}
