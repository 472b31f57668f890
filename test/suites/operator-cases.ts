/**
 * One small use of each operator at least, with inputs that meet its hard places: ties, negative numbers, stretched axes, odd sizes, a symbolic batch.
 * Enters: nothing; leaves: cases that gradient tests and every engine's suite go through.
 */
import type { DType, Shape } from "@lepton/contract";
import * as g from "@lepton/graph";

export interface CaseInput {
  readonly shape: Shape;
  readonly dtype?: DType;
  /** The number at a position; by default something irregular between -2 and 2. */
  readonly fill?: (index: number) => number;
}

export interface OperatorCase {
  readonly name: string;
  readonly inputs: readonly CaseInput[];
  /** The tensor looked at; its gradient by each float input is looked at too. */
  readonly build: (...inputs: g.Tensor[]) => g.Tensor;
  /** For what has no gradient, one that is not the function's slope, or is not smooth at the inputs. */
  readonly smooth?: false;
}

const irregular = (index: number): number => 2 * Math.sin(1.7 * index * index + index + 0.3);
const positive = (index: number): number => 0.2 + Math.abs(irregular(index));
const whole = (size: number) => (index: number) => (index * 7 + 3) % size;
/** Few distinct numbers, so that windows are full of ties. */
const tied = (index: number): number => [0, 0, 1, 0, 2][index % 5]!;
const flags = (index: number): number => (index % 3 === 0 ? 1 : 0);

const x: CaseInput = { shape: ["B", 3] };
const row: CaseInput = { shape: [3], fill: (i) => irregular(i + 20) };
const up: CaseInput = { shape: ["B", 3], fill: positive };
const image: CaseInput = { shape: ["B", 6, 5, 2] };
const ints = (shape: Shape, size: number): CaseInput => ({ shape, dtype: "i32", fill: whole(size) });

const unary = (name: string, build: (x: g.Tensor) => g.Tensor, input = x): OperatorCase => ({
  name,
  inputs: [input],
  build,
});

const elementwise: readonly OperatorCase[] = [
  { name: "add stretches a row", inputs: [x, row], build: (a, b) => g.add(a, b) },
  { name: "sub of a column", inputs: [{ shape: ["B", 1] }, row], build: (a, b) => g.sub(a, b) },
  { name: "mul by itself", inputs: [x], build: (a) => g.mul(a, a) },
  { name: "div", inputs: [x, { shape: [3], fill: positive }], build: (a, b) => g.div(a, b) },
  { name: "div of whole numbers", inputs: [ints(["B", 3], 9)], build: (a) => g.div(a, 2), smooth: false },
  { name: "pow", inputs: [up, row], build: (a, b) => g.pow(a, b) },
  { name: "pow by a number", inputs: [x], build: (a) => g.pow(a, 3) },
  { name: "maximum", inputs: [x, row], build: (a, b) => g.maximum(a, b) },
  { name: "minimum", inputs: [x, row], build: (a, b) => g.minimum(a, b) },
  { name: "clip", inputs: [x], build: (a) => g.clip(a, -0.5, 0.7) },
  unary("neg", g.neg),
  unary("exp", g.exp),
  unary("log", g.log, up),
  unary("sqrt", g.sqrt, up),
  unary("abs", g.abs),
  unary("sign", g.sign),
  unary("sin", g.sin),
  unary("cos", g.cos),
  unary("erf", g.erf),
  unary("floor", g.floor),
  unary("ceil", g.ceil),
  unary("round", g.round),
  unary("reciprocal", g.reciprocal, up),
  { name: "where", inputs: [{ ...x, dtype: "bool", fill: flags }, x, row], build: (c, a, b) => g.where(c, a, b) },
  { name: "comparisons", inputs: [x, row], build: compareAll, smooth: false },
  {
    name: "logic",
    inputs: [
      { ...x, dtype: "bool", fill: flags },
      { shape: [3], dtype: "bool", fill: (i) => i % 2 },
    ],
    build: (a, b) => g.cast(g.or(g.and(a, b), g.not(g.or(a, b))), "f32"),
    smooth: false,
  },
];

function compareAll(a: g.Tensor, b: g.Tensor): g.Tensor {
  const all = [g.equal(a, b), g.less(a, b), g.lessEqual(a, b), g.greater(a, b), g.greaterEqual(a, b), g.notEqual(a, b)];
  return g.stack(
    all.map((test) => g.cast(test, "f32")),
    0,
  );
}

const activations: readonly OperatorCase[] = [
  unary("relu", g.relu),
  unary("leakyRelu", (a) => g.leakyRelu(a, 0.1)),
  unary("elu", (a) => g.elu(a, 0.7)),
  unary("gelu", g.gelu),
  unary("silu", g.silu),
  unary("sigmoid", g.sigmoid),
  unary("tanh", g.tanh),
  unary("softplus", g.softplus),
  unary("softmax", g.softmax),
  unary("softmax along the first axis", (a) => g.softmax(a, 1), { shape: ["B", 4, 3] }),
  unary("logSoftmax", g.logSoftmax),
  unary("logSoftmax of large numbers", (a) => g.logSoftmax(g.mul(a, 300))),
];

const reductions: readonly OperatorCase[] = [
  unary("sum of all", (a) => g.sum(a)),
  unary("sum along the batch", (a) => g.sum(a, { axes: [0], keepDims: true })),
  unary("mean of all", (a) => g.mean(a)),
  unary("mean along an axis", (a) => g.mean(a, { axes: [-1] })),
  unary("mean along the batch", (a) => g.mean(a, { axes: [0] })),
  unary("max", (a) => g.max(a, { axes: [1] })),
  unary("min", (a) => g.min(a, { axes: [1], keepDims: true })),
  { ...unary("max with ties", (a) => g.max(a, { axes: [1] }), { shape: ["B", 5], fill: tied }), smooth: false },
  unary("variance", (a) => g.variance(a, { axes: [0] })),
  unary("count", (a) => g.mul(a, g.count(a))),
  { ...unary("argMax", (a) => g.cast(g.argMax(a, 1), "f32"), { shape: ["B", 5], fill: tied }), smooth: false },
];

const linear: readonly OperatorCase[] = [
  { name: "matmul", inputs: [x, { shape: [3, 4] }], build: (a, b) => g.matmul(a, b) },
  {
    name: "matmul of transposed matrices",
    inputs: [{ shape: [3, "B"] }, { shape: [4, 3] }],
    build: (a, b) => g.matmul(a, b, { transposeA: true, transposeB: true }),
  },
  {
    name: "dense layer",
    inputs: [x, { shape: [3, 4] }, { shape: [4] }],
    build: (a, w, b) => g.add(g.matmul(a, w), b),
  },
  {
    name: "matmul of a batch by a matrix",
    inputs: [{ shape: ["B", 2, 3] }, { shape: [3, 4] }],
    build: (a, b) => g.matmul(a, b),
  },
  {
    name: "matmul of batches",
    inputs: [{ shape: ["B", 2, 2, 3] }, { shape: ["B", 1, 4, 3] }],
    build: (a, b) => g.matmul(a, b, { transposeB: true }),
  },
  { name: "matrixTranspose", inputs: [{ shape: ["B", 2, 3] }], build: (a) => g.matmul(g.matrixTranspose(a), a) },
];

const shapes: readonly OperatorCase[] = [
  unary("reshape with the batch inside", (a) => g.mul(g.reshape(a, [-1, 2]), 2), { shape: ["B", 4] }),
  unary("flatten", (a) => g.exp(g.flatten(a)), { shape: ["B", 2, 3] }),
  unary("transpose", (a) => g.transpose(a, [2, 0, 1]), { shape: ["B", 2, 3] }),
  unary("expand", (a) => g.expand(a, ["B", 4, 3]), { shape: ["B", 1, 3] }),
  unary("squeeze and unsqueeze", (a) => g.squeeze(g.exp(g.unsqueeze(a, 1)), 1)),
  unary("cast", (a) => g.cast(g.cast(a, "f64"), "f32")),
  { ...unary("stopGradient", (a) => g.mul(a, g.stopGradient(a))), smooth: false },
  { name: "concat", inputs: [x, { shape: ["B", 2] }], build: (a, b) => g.concat([a, b, a], 1) },
  { name: "concat along the batch", inputs: [x, { ...x, fill: positive }], build: (a, b) => g.concat([a, b], 0) },
  unary("concat of many", (a) => g.concat(Array.from({ length: 19 }, (_, i) => g.mul(a, i + 1)))),
  unary("stack", (a) => g.stack([a, g.exp(a)], 1)),
  unary("split", (a) => g.mul(g.split(a, [1, 2, 1], 1)[1]!, g.split(a, [2, 2], 1)[0]!), { shape: ["B", 4] }),
  unary("split into many", (a) => g.split(a, new Array(18).fill(2)).reduce((s, p) => g.add(g.mul(s, 0.9), p)), {
    shape: ["B", 36],
  }),
  unary("slice", (a) => g.slice(a, 1, 1, -1), { shape: ["B", 5] }),
  unary("slice with a step", (a) => g.slice(a, 1, 1, 7, 3), { shape: ["B", 8] }),
  unary("pad", (a) => g.exp(g.pad(a, [0, 1], [0, 2], 0.5))),
];

const indexing: readonly OperatorCase[] = [
  { name: "gather rows", inputs: [{ shape: [5, 3] }, ints(["B", 2], 5)], build: (t, i) => g.embedding(t, i) },
  {
    name: "gather along an inner axis",
    inputs: [{ shape: ["B", 4, 3] }, ints([5], 4)],
    build: (t, i) => g.gather(t, i, 1),
  },
  { name: "scatterAdd", inputs: [ints(["B"], 4), x], build: (i, u) => g.scatterAdd(i, u, 4) },
  { name: "oneHot", inputs: [ints(["B", 2], 4)], build: (i) => g.oneHot(i, 4), smooth: false },
  { name: "cross entropy", inputs: [{ shape: ["B", 4] }, ints(["B"], 4)], build: crossEntropy },
];

function crossEntropy(logits: g.Tensor, labels: g.Tensor): g.Tensor {
  return g.neg(g.mean(g.sum(g.mul(g.oneHot(labels, 4), g.logSoftmax(logits)), { axes: [1] })));
}

/** Convolution, bias, pool, relu as a network has them: the form that the lowering knows. */
const convolutionBlock = (filters: g.ConvolutionOptions, pool: number) => (a: g.Tensor, w: g.Tensor, b: g.Tensor) =>
  g.maxPool2d(g.relu(g.add(g.conv2d(a, w, filters), b)), pool);

const convolution: readonly OperatorCase[] = [
  { name: "conv2d", inputs: [image, { shape: [3, 3, 2, 4] }], build: (a, w) => g.conv2d(a, w) },
  {
    name: "conv2d same",
    inputs: [image, { shape: [3, 3, 2, 4] }],
    build: (a, w) => g.conv2d(a, w, { padding: "same" }),
  },
  {
    name: "conv2d with strides, dilation and more channels",
    inputs: [{ shape: ["B", 7, 8, 6] }, { shape: [2, 3, 6, 3] }],
    build: (a, w) => g.conv2d(a, w, { stride: [2, 1], dilation: [1, 2], padding: 1 }),
  },
  {
    name: "conv2d in groups",
    inputs: [{ shape: ["B", 5, 5, 4] }, { shape: [3, 3, 2, 6] }],
    build: (a, w) => g.conv2d(a, w, { groups: 2, padding: "same" }),
  },
  {
    name: "conv1d",
    inputs: [{ shape: ["B", 7, 2] }, { shape: [3, 2, 3] }],
    build: (a, w) => g.conv1d(a, w, { stride: 2 }),
  },
  {
    name: "convTranspose2d",
    inputs: [{ shape: ["B", 3, 2, 4] }, { shape: [3, 3, 2, 4] }],
    build: (a, w) => g.convTranspose2d(a, w, { stride: 2 }),
  },
  {
    name: "conv2d, bias, relu, pool; a grey image",
    inputs: [{ shape: ["B", 7, 8, 1] }, { shape: [3, 3, 1, 4] }, { shape: [4] }],
    build: convolutionBlock({}, 2),
  },
  {
    name: "conv2d, bias, relu, pool; many channels and an odd rest",
    inputs: [{ shape: ["B", 7, 7, 6] }, { shape: [3, 3, 6, 4] }, { shape: [4] }],
    build: convolutionBlock({}, 2),
  },
  {
    name: "two blocks",
    inputs: [{ shape: ["B", 10, 10, 1] }, { shape: [3, 3, 1, 5] }, { shape: [3, 3, 5, 3] }],
    build: (a, v, w) => g.maxPool2d(g.conv2d(g.relu(g.maxPool2d(g.conv2d(a, v))), w, { padding: "same" }), 2),
  },
];

const pooling: readonly OperatorCase[] = [
  unary("maxPool2d", (a) => g.maxPool2d(a), { shape: ["B", 4, 5, 2] }),
  unary("maxPool2d with overlap and padding", (a) => g.maxPool2d(a, 3, { stride: 2, padding: "same" }), image),
  { ...unary("maxPool2d with ties", (a) => g.maxPool2d(a), { shape: ["B", 4, 5, 2], fill: tied }), smooth: false },
  {
    name: "conv2d and pool with ties",
    inputs: [
      { shape: ["B", 6, 6, 1], fill: tied },
      { shape: [2, 2, 1, 3], fill: (i) => (i % 3) - 1 },
    ],
    build: (a, w) => g.maxPool2d(g.conv2d(a, w)),
    smooth: false,
  },
  { name: "maxPool2d of a sum", inputs: [image, image], build: (a, b) => g.maxPool2d(g.add(a, b)) },
  unary("avgPool2d", (a) => g.avgPool2d(a), image),
  unary("avgPool2d same", (a) => g.avgPool2d(a, 3, { stride: 2, padding: "same" }), image),
  unary("global pools", (a) => g.concat([g.globalAvgPool2d(a), g.globalMaxPool2d(a)]), image),
  unary("maxPool1d", (a) => g.maxPool1d(a, 2), { shape: ["B", 7, 2] }),
];

const tokens: CaseInput = { shape: ["B", 4, 6] };
const square6: CaseInput = { shape: [6, 6], fill: (i) => irregular(i + 3) / 3 };

/** Input [F, gates * H], recurrent [H, gates * H], bias. */
const cell = (features: number, gates: number, hidden: number): readonly CaseInput[] => [
  { shape: [features, gates * hidden] },
  { shape: [hidden, gates * hidden], fill: (i) => irregular(i + 9) / 2 },
  { shape: [gates * hidden] },
];

const composed: readonly OperatorCase[] = [
  {
    name: "einsum",
    inputs: [
      { shape: ["B", 3, 4] },
      { shape: [5, 4, 2], fill: positive },
      { shape: ["B", 5], fill: (i) => irregular(i + 1) },
    ],
    build: (a, b, c) => g.einsum("btd,hdk,bh->hbt", a, b, c),
  },
  { name: "einsum of one", inputs: [{ shape: ["B", 3, 4] }], build: (a) => g.einsum("bij->jb", a) },
  {
    name: "multi-head attention, causal",
    inputs: [tokens, square6, square6, square6, square6],
    build: (a, query, key, value, output) =>
      g.multiHeadAttention(a, { query, key, value, output }, 2, { causal: true }),
  },
  {
    name: "attention with a mask",
    inputs: [tokens, { shape: ["B", 3, 6] }, { shape: ["B", 4, 3], dtype: "bool", fill: (i) => (i % 4 === 1 ? 0 : 1) }],
    build: (query, memory, mask) => g.attention(query, memory, memory, { mask }),
  },
  {
    name: "lstm",
    inputs: [{ shape: ["B", 4, 3] }, ...cell(3, 4, 2)],
    build: (a, input, recurrent, bias) => {
      const { outputs, state } = g.lstm(a, { input, recurrent, bias });
      return g.concat([g.flatten(outputs), state.cell]);
    },
  },
  {
    name: "lstm with a carried state",
    inputs: [{ shape: ["B", 2, 3] }, ...cell(3, 4, 2), { shape: ["B", 2] }, { shape: ["B", 2], fill: positive }],
    build: (a, input, recurrent, bias, hidden, state) =>
      g.lstm(a, { input, recurrent, bias }, { hidden: hidden!, cell: state! }).outputs,
  },
  {
    name: "gru",
    inputs: [{ shape: ["B", 3, 2] }, ...cell(2, 3, 2), { shape: [6] }],
    build: (a, input, recurrent, bias, recurrentBias) => g.gru(a, { input, recurrent, bias, recurrentBias }).outputs,
  },
  {
    name: "cross entropy, smoothed, with an ignored label",
    inputs: [{ shape: ["B", 4] }, ints(["B"], 4)],
    build: (logits, labels) => g.crossEntropy(logits, labels, { labelSmoothing: 0.1, ignoreIndex: 2 }),
  },
  { name: "huber", inputs: [x, row], build: (a, b) => g.huber(a, b, 0.8) },
  {
    name: "clipByGlobalNorm",
    inputs: [x, row],
    build: (a, b) => g.add(...(g.clipByGlobalNorm([a, b], 0.7) as [g.Tensor, g.Tensor])),
  },
];

export const operatorCases: readonly OperatorCase[] = [
  ...elementwise,
  ...activations,
  ...reductions,
  ...linear,
  ...shapes,
  ...indexing,
  ...convolution,
  ...pooling,
  ...composed,
];

export const fillOf = (input: CaseInput): ((index: number) => number) => input.fill ?? irregular;
