export { GraphBuilder } from "./builder.ts";
export { bindShape, sizeOf } from "./dims.ts";
export { type Evaluated, type EvaluatorFeed, evaluateGraph } from "./evaluate.ts";
export { bindFeeds, checkState, emptyArray, type Feeds, isWhole, stateSpecOf } from "./feeds.ts";
export { gradients } from "./gradient.ts";
export { type OnnxOptions, toOnnx } from "./onnx/lower.ts";
export { elu, gelu, leakyRelu, logSoftmax, relu, sigmoid, silu, softmax, softplus, tanh } from "./ops/activations.ts";
export {
  type AttentionOptions,
  type AttentionWeights,
  attention,
  joinHeads,
  multiHeadAttention,
  splitHeads,
} from "./ops/attention.ts";
export { and, equal, greater, greaterEqual, less, lessEqual, not, notEqual, or, where } from "./ops/compare.ts";
export { type ConvolutionOptions, conv1d, conv2d, convTranspose2d } from "./ops/convolution.ts";
export { einsum } from "./ops/einsum.ts";
export {
  abs,
  add,
  ceil,
  clip,
  cos,
  div,
  erf,
  exp,
  floor,
  log,
  maximum,
  minimum,
  mul,
  neg,
  pow,
  reciprocal,
  round,
  sign,
  sin,
  sqrt,
  square,
  sub,
} from "./ops/elementwise.ts";
export { embedding, gather, oneHot, scatterAdd } from "./ops/indexing.ts";
export { type MatmulOptions, matmul, matrixTranspose } from "./ops/linear.ts";
export { type CrossEntropyOptions, clipByGlobalNorm, crossEntropy, globalNorm, huber } from "./ops/losses.ts";
export { concat, pad, slice, split, stack } from "./ops/pieces.ts";
export { avgPool2d, globalAvgPool2d, globalMaxPool2d, maxPool1d, maxPool2d } from "./ops/pooling.ts";
export { gru, type LstmState, lstm, maxUnroll, type RecurrentWeights } from "./ops/recurrent.ts";
export {
  argMax,
  count,
  max,
  mean,
  min,
  type ReduceOptions,
  standardDeviation,
  sum,
  sumTo,
  variance,
} from "./ops/reductions.ts";
export { families, operatorOf } from "./ops/registry.ts";
export { cast, expand, flatten, reshape, squeeze, stopGradient, transpose, unsqueeze } from "./ops/shape.ts";
export type { Padding, PairLike, WindowOptions } from "./ops/window.ts";
export { keepMask, normal, type Purpose, permutation, philox4x32, uniform, words } from "./philox.ts";
export { checkProgram, initialState } from "./program.ts";
export { Tensor, type TensorLike } from "./tensor.ts";
