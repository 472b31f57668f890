/** What training's results and a model's arguments are to the language service: members of `namespace Lepton`. Text, because it is shown and completed. */

export const trainDeclarations = `
type Metrics = Readonly<Record<string, number>>;
/** A training, followed by its folder: state and numbers are always those of now. */
interface Run {
  readonly id: string;
  readonly name: string;
  readonly folder: string;
  readonly state: "starting" | "running" | "finished" | "stopped" | "failed";
  /** Of the test rows once finished, else of the best epoch's validation rows. */
  readonly metrics: Metrics;
  /** One row an epoch. */
  readonly history: readonly {
    readonly epoch: number;
    readonly step: number;
    readonly seconds: number;
    readonly train: Metrics;
    readonly validation: Metrics | null;
  }[];
  /** The specification that it runs by. */
  readonly spec: any;
  /** A whole snapshot, as charts draw it. */
  view(): any;
  /** Predict rows by the best epoch's weights, as %lepton predict does. */
  predict(rows: PredictRow | readonly PredictRow[]): Promise<Predictions>;
  /** Measure by the best epoch's weights, as %lepton evaluate does. */
  evaluate(on?: Split): Promise<Evaluation>;
  /** Resolves when it is over; rejects when it fails. */
  wait(): Promise<Run>;
  /** Stop at the next step, with a checkpoint. */
  stop(): Promise<Run>;
}
/** What --dry-run found. */
interface Rehearsal {
  readonly layers: readonly { readonly name: string; readonly output: readonly (number | string)[]; readonly parameters: number }[];
  readonly parameters: number;
  /** The most that it takes; engines reuse memory and take less. */
  readonly memoryBytes: number;
  readonly batchSize: number;
  /** Of the first batch, before any step. */
  readonly loss: number;
  readonly stepMs: number;
  readonly engine: string;
  readonly device: string;
}
/** What --find-learning-rate found: the smoothed loss at each rate. */
interface RateCurve {
  readonly rates: readonly number[];
  readonly losses: readonly number[];
  readonly suggested: number | null;
  readonly lowest: number | null;
}
interface Evaluation {
  readonly split: Split;
  readonly rows: number;
  readonly metrics: Metrics;
  /** counts[true class][predicted class]; null for a regression. */
  readonly confusion: { readonly classes: readonly string[]; readonly counts: readonly (readonly number[])[] } | null;
}
/** A row with the columns' names, or its numbers in order. */
type PredictRow = Readonly<Record<string, unknown>> | readonly unknown[] | Float32Array;
/** Rows with their predictions; shown as a table. */
type Predictions = readonly Readonly<Record<string, any>>[];
/** A symbolic tensor: what a model of your own computes with. "B" in a shape is the rows of a batch. */
interface Tensor {
  readonly shape: readonly (number | string)[];
  readonly dtype: "f32" | "f64" | "i32" | "i64" | "bool";
  readonly rank: number;
  add(other: Tensor | number): Tensor;
  sub(other: Tensor | number): Tensor;
  mul(other: Tensor | number): Tensor;
  div(other: Tensor | number): Tensor;
  pow(other: Tensor | number): Tensor;
  maximum(other: Tensor | number): Tensor;
  minimum(other: Tensor | number): Tensor;
  equal(other: Tensor | number): Tensor;
  less(other: Tensor | number): Tensor;
  greater(other: Tensor | number): Tensor;
  neg(): Tensor;
  exp(): Tensor;
  log(): Tensor;
  sqrt(): Tensor;
  abs(): Tensor;
  sign(): Tensor;
  square(): Tensor;
  clip(low: number, high: number): Tensor;
  relu(): Tensor;
  gelu(): Tensor;
  silu(): Tensor;
  sigmoid(): Tensor;
  tanh(): Tensor;
  softplus(): Tensor;
  softmax(axis?: number): Tensor;
  logSoftmax(axis?: number): Tensor;
  sum(options?: Reduce): Tensor;
  mean(options?: Reduce): Tensor;
  max(options?: Reduce): Tensor;
  min(options?: Reduce): Tensor;
  argMax(axis?: number): Tensor;
  matmul(other: Tensor): Tensor;
  reshape(shape: readonly (number | string)[]): Tensor;
  flatten(from?: number): Tensor;
  squeeze(axis: number): Tensor;
  unsqueeze(axis: number): Tensor;
  transpose(order?: readonly number[]): Tensor;
  expand(shape: readonly (number | string)[]): Tensor;
  cast(dtype: Tensor["dtype"]): Tensor;
  slice(axis: number, start: number, end?: number, step?: number): Tensor;
  split(sizes: readonly number[], axis?: number): readonly Tensor[];
  pad(before: readonly number[], after: readonly number[], value?: number): Tensor;
  gather(indices: Tensor, axis?: number): Tensor;
  oneHot(depth: number): Tensor;
}
/** axes: which go (all when left out; negative ones count from the last). keepDims: keep them with size 1. */
interface Reduce { readonly axes?: readonly number[]; readonly keepDims?: boolean }
type Activation = "relu" | "sigmoid" | "tanh" | "gelu" | "silu" | "elu" | "leakyRelu" | "softplus" | "softmax" | "linear";
type Initializer = "glorotUniform" | "glorotNormal" | "heUniform" | "heNormal" | "zeros" | "ones";
interface DenseOptions { readonly name?: string; readonly activation?: Activation; readonly bias?: boolean; readonly initializer?: Initializer }
type PairLike = number | readonly [number, number];
/** A window's way over an image. Numbers as padding: so many zeros on each side. */
interface WindowOptions {
  readonly stride?: PairLike;
  readonly padding?: "valid" | "same" | PairLike;
  readonly dilation?: PairLike;
}
interface ConvOptions extends DenseOptions, WindowOptions {
  /** Height and width; 3 when left out. */
  readonly kernel?: PairLike;
  /** Parts of the channels that do not see each other. */
  readonly groups?: number;
}
interface Conv1dOptions extends DenseOptions {
  readonly kernel?: number;
  readonly stride?: number;
  /** causal: no step sees a later one. */
  readonly padding?: "valid" | "same" | "causal" | number;
  readonly dilation?: number;
  readonly groups?: number;
}
interface PoolOptions extends WindowOptions { readonly name?: string }
/** unroll: cut longer sequences into pieces of so many steps that hand on their state, not their gradient; at most 64. */
interface LstmOptions { readonly name?: string; readonly unroll?: number; readonly state?: { readonly hidden: Tensor; readonly cell: Tensor } }
interface GruOptions { readonly name?: string; readonly unroll?: number; readonly state?: { readonly hidden: Tensor } }
interface AttentionOptions {
  readonly name?: string;
  /** Each step sees itself and what is before it. */
  readonly causal?: boolean;
  /** bool [B, heads, T, S], or what stretches to it: false where a step may not look. */
  readonly mask?: Tensor;
  /** What is looked at, [B, S, F]; the sequence itself when left out. */
  readonly memory?: Tensor;
  readonly bias?: boolean;
}
interface NormOptions { readonly name?: string; readonly epsilon?: number; readonly momentum?: number }
/** Layers and operators: the second argument of a model. */
interface Nn {
  /** x w + b over the last axis: [.., F] to [.., units]. */
  dense(x: Tensor, units: number, options?: DenseOptions): Tensor;
  /** [B, H, W, C] to [B, H', W', filters]. */
  conv2d(x: Tensor, filters: number, options?: ConvOptions): Tensor;
  /** [B, T, C] to [B, T', filters]. */
  conv1d(x: Tensor, filters: number, options?: Conv1dOptions): Tensor;
  maxPool2d(x: Tensor, size?: PairLike, options?: PoolOptions): Tensor;
  avgPool2d(x: Tensor, size?: PairLike, options?: PoolOptions): Tensor;
  maxPool1d(x: Tensor, size?: number, options?: { readonly name?: string; readonly stride?: number; readonly padding?: "same" | "valid" }): Tensor;
  /** [B, T, F] to outputs [B, T, units] and the state after the last step, [B, units]. */
  lstm(x: Tensor, units: number, options?: LstmOptions): { readonly outputs: Tensor; readonly state: { readonly hidden: Tensor; readonly cell: Tensor } };
  gru(x: Tensor, units: number, options?: GruOptions): { readonly outputs: Tensor; readonly state: { readonly hidden: Tensor } };
  /** Attention in so many parts of the features: [B, T, F] to [B, T, F]. */
  multiHeadAttention(x: Tensor, heads: number, options?: AttentionOptions): Tensor;
  flatten(x: Tensor): Tensor;
  /** In training each number is 0 with probability rate. */
  dropout(x: Tensor, rate: number, options?: { readonly name?: string }): Tensor;
  batchNorm(x: Tensor, options?: NormOptions): Tensor;
  layerNorm(x: Tensor, options?: NormOptions): Tensor;
  /** [B, T] indices to [B, T, size]. */
  /** sparse: for large tables; a step moves only the rows that its batch uses, and the table lies in host memory. */
  embedding(x: Tensor, count: number, size: number, options?: { readonly name?: string; readonly sparse?: boolean }): Tensor;
  activation(x: Tensor, name: Activation): Tensor;
  /** Functions one after the other. */
  sequential(x: Tensor, steps: readonly ((x: Tensor) => Tensor)[]): Tensor;
  /** A learnt tensor of your own; zeros to begin with. */
  parameter(name: string, shape: readonly number[], initial?: Initial): Tensor;
  constant(values: ArrayLike<number>, shape?: readonly number[]): Tensor;
  /** Fresh numbers at every training step. */
  random(distribution: "uniform" | "normal", shape: readonly (number | string)[]): Tensor;
  /** True while the graph of training is built. */
  readonly training: boolean;
  concat(tensors: readonly Tensor[], axis?: number): Tensor;
  stack(tensors: readonly Tensor[], axis?: number): Tensor;
  where(condition: Tensor, yes: Tensor | number, no: Tensor | number): Tensor;
  matmul(a: Tensor, b: Tensor): Tensor;
  relu(x: Tensor): Tensor;
  sigmoid(x: Tensor): Tensor;
  tanh(x: Tensor): Tensor;
  softmax(x: Tensor, axis?: number): Tensor;
  logSoftmax(x: Tensor, axis?: number): Tensor;
  add(a: Tensor | number, b: Tensor | number): Tensor;
  sub(a: Tensor | number, b: Tensor | number): Tensor;
  mul(a: Tensor | number, b: Tensor | number): Tensor;
  div(a: Tensor | number, b: Tensor | number): Tensor;
  exp(x: Tensor): Tensor;
  log(x: Tensor): Tensor;
  sqrt(x: Tensor): Tensor;
  square(x: Tensor): Tensor;
  abs(x: Tensor): Tensor;
  sum(x: Tensor, options?: Reduce): Tensor;
  mean(x: Tensor, options?: Reduce): Tensor;
  max(x: Tensor, options?: Reduce): Tensor;
  variance(x: Tensor, options?: Reduce): Tensor;
  oneHot(x: Tensor, depth: number): Tensor;
  gather(x: Tensor, indices: Tensor, axis?: number): Tensor;
  scatterAdd(indices: Tensor, updates: Tensor, size: number): Tensor;
  stopGradient(x: Tensor): Tensor;
  einsum(equation: string, ...tensors: readonly Tensor[]): Tensor;
  reshape(x: Tensor, shape: readonly (number | string)[]): Tensor;
  transpose(x: Tensor, order?: readonly number[]): Tensor;
  split(x: Tensor, sizes: readonly number[], axis?: number): readonly Tensor[];
  slice(x: Tensor, axis: number, start: number, end?: number, step?: number): Tensor;
  maximum(a: Tensor | number, b: Tensor | number): Tensor;
  minimum(a: Tensor | number, b: Tensor | number): Tensor;
  pow(a: Tensor | number, b: Tensor | number): Tensor;
  neg(x: Tensor): Tensor;
  leakyRelu(x: Tensor, slope?: number): Tensor;
  elu(x: Tensor, alpha?: number): Tensor;
  erf(x: Tensor): Tensor;
  clip(x: Tensor, low: number, high: number): Tensor;
  reciprocal(x: Tensor): Tensor;
  sign(x: Tensor): Tensor;
  floor(x: Tensor): Tensor;
  ceil(x: Tensor): Tensor;
  round(x: Tensor): Tensor;
  argMax(x: Tensor, axis?: number): Tensor;
  count(x: Tensor, options?: Reduce): Tensor;
  equal(a: Tensor | number, b: Tensor | number): Tensor;
  notEqual(a: Tensor | number, b: Tensor | number): Tensor;
  less(a: Tensor | number, b: Tensor | number): Tensor;
  lessEqual(a: Tensor | number, b: Tensor | number): Tensor;
  greater(a: Tensor | number, b: Tensor | number): Tensor;
  greaterEqual(a: Tensor | number, b: Tensor | number): Tensor;
  and(a: Tensor, b: Tensor): Tensor;
  or(a: Tensor, b: Tensor): Tensor;
  not(x: Tensor): Tensor;
  cast(x: Tensor, dtype: Tensor["dtype"]): Tensor;
  expand(x: Tensor, shape: readonly (number | string)[]): Tensor;
  squeeze(x: Tensor, axis: number): Tensor;
  unsqueeze(x: Tensor, axis: number): Tensor;
  pad(x: Tensor, before: readonly number[], after: readonly number[], value?: number): Tensor;
  /** Queries [.., T, D], keys [.., S, D], values [.., S, V] to [.., T, V]; no weights of its own. */
  attention(query: Tensor, key: Tensor, value: Tensor, options?: { readonly causal?: boolean; readonly mask?: Tensor; readonly scale?: number }): Tensor;
  /** A loss for each label. */
  crossEntropy(logits: Tensor, labels: Tensor, options?: { readonly labelSmoothing?: number; readonly ignoreIndex?: number }): Tensor;
  huber(prediction: Tensor, target: Tensor, delta?: number): Tensor;
  /** x [B, H, W, K] with a filter [KH, KW, C / groups, K] to [B, H', W', C]. */
  convTranspose2d(x: Tensor, filter: Tensor, options?: WindowOptions & { readonly groups?: number; readonly size?: readonly [number, number] }): Tensor;
  sin(x: Tensor): Tensor;
  cos(x: Tensor): Tensor;
  gelu(x: Tensor): Tensor;
  silu(x: Tensor): Tensor;
  softplus(x: Tensor): Tensor;
  min(x: Tensor, options?: Reduce): Tensor;
  standardDeviation(x: Tensor, options?: Reduce): Tensor;
  globalAvgPool2d(x: Tensor): Tensor;
  globalMaxPool2d(x: Tensor): Tensor;
}
type Initial =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  | { readonly kind: "normal"; readonly mean: number; readonly deviation: number };
/** A model of your own: x [B, ...] to [B, outputs]. args: hyperparameters, and outputs. */
type Model = (x: Tensor, nn: Nn, args: any) => Tensor;
/** A loss of your own: one number a row, or one for the batch. */
type Loss = (prediction: Tensor, target: Tensor, nn: Nn) => Tensor;
`;
