/**
 * The layers: each a few lines that build graph. Enter: a symbolic tensor and sizes; leaves: a symbolic tensor, with parameters made on the way.
 * Defaults are Keras's where not said otherwise. Apart from models.ts, which puts them together.
 */
import { type Dim, LeptonError } from "@lepton/contract";
import * as ops from "@lepton/graph";
import { add, div, mean, mul, sqrt, square, sub, type Tensor } from "@lepton/graph";
import { type Initializer, initialOf } from "./initial.ts";
import type { ModelContext } from "./model-context.ts";

export const activations = {
  relu: ops.relu,
  sigmoid: ops.sigmoid,
  tanh: ops.tanh,
  gelu: ops.gelu,
  silu: ops.silu,
  elu: (x: Tensor) => ops.elu(x),
  leakyRelu: (x: Tensor) => ops.leakyRelu(x),
  softplus: ops.softplus,
  softmax: (x: Tensor) => ops.softmax(x),
  linear: (x: Tensor) => x,
} as const satisfies Readonly<Record<string, (x: Tensor) => Tensor>>;

export type Activation = keyof typeof activations;

interface Named {
  /** Names the layer in messages and its parameters ("dense1.weight"). */
  readonly name?: string;
}

export interface DenseOptions extends Named {
  readonly activation?: Activation;
  readonly bias?: boolean;
  readonly initializer?: Initializer;
}

/** x w + b over the last axis: [.., F] -> [.., units]. */
export function dense(context: ModelContext, x: Tensor, units: number, options: DenseOptions = {}): Tensor {
  return context.layer("dense", options.name, (name) => {
    const shape = [fixed(name, "features", x, x.rank - 1), positive(name, "units", units)];
    const initial = initialOf(options.initializer ?? "glorotUniform", shape);
    const weight = context.parameter(`${name}.weight`, shape, initial, true);
    return finish(context, name, ops.matmul(x, weight), units, options);
  });
}

export interface Conv2dOptions extends DenseOptions {
  /** Height and width of the kernel; 3 when left out. */
  readonly kernel?: number | readonly [number, number];
  readonly stride?: number;
  /** valid: only where the kernel fits; same: zeros around, so that stride 1 keeps height and width. */
  readonly padding?: "valid" | "same";
}

/** Convolution: [B, H, W, C] -> [B, H', W', filters]. */
export function convolution2d(context: ModelContext, x: Tensor, filters: number, options: Conv2dOptions = {}): Tensor {
  return context.layer("conv2d", options.name, (name) => {
    needRank(name, "[rows, height, width, channels]", x, 4);
    const { kernel = 3, stride = 1, padding = "valid" } = options;
    const [height, width] = typeof kernel === "number" ? [kernel, kernel] : kernel;
    const shape = [height, width, fixed(name, "channels", x, 3), positive(name, "filters", filters)];
    const initial = initialOf(options.initializer ?? "glorotUniform", shape);
    const weight = context.parameter(`${name}.weight`, shape, initial, true);
    return finish(context, name, ops.conv2d(x, weight, { stride, padding }), filters, options);
  });
}

/** The largest of each window: [B, H, W, C] -> [B, H / size, W / size, C]; rows and columns that do not fill a window are left out. */
export function pooling2d(
  context: ModelContext,
  x: Tensor,
  size = 2,
  options: Named & { stride?: number } = {},
): Tensor {
  return context.layer("maxPool2d", options.name, (name) => {
    needRank(name, "[rows, height, width, channels]", x, 4);
    return ops.maxPool2d(x, size, { stride: options.stride ?? size });
  });
}

/** All axes but the first as one: [B, H, W, C] -> [B, H * W * C]. */
export function flatten(context: ModelContext, x: Tensor): Tensor {
  return context.layer("flatten", undefined, () => ops.flatten(x));
}

/** In training, each number is 0 with probability `rate` and others grow by 1 / (1 - rate); else nothing. @source Srivastava et al. 2014 */
export function dropout(context: ModelContext, x: Tensor, rate: number, options: Named = {}): Tensor {
  return context.layer("dropout", options.name, (name) => {
    if (!(rate >= 0 && rate < 1))
      throw new LeptonError("LEPTON_MODEL", `${name}: rate must be in [0, 1), got ${rate}.`);
    return context.mode === "predict" || rate === 0 ? x : mul(x, context.random("keepMask", x.shape, rate));
  });
}

export interface NormOptions extends Named {
  readonly epsilon?: number;
  /** Batch norm: how much of the running averages a step keeps. */
  readonly momentum?: number;
}

/**
 * Mean 0 and variance 1 of each feature over the batch, then a learnt scale and shift; predictions use running averages.
 *
 * @source Ioffe and Szegedy 2015; momentum 0.9 and epsilon 1e-5 as in PyTorch (there written 0.1), since Keras's 0.99 needs hundreds of steps
 */
export function batchNorm(context: ModelContext, x: Tensor, options: NormOptions = {}): Tensor {
  return context.layer("batchNorm", options.name, (name) => {
    const { epsilon = 1e-5, momentum = 0.9 } = options;
    const shape = [fixed(name, "features", x, x.rank - 1)];
    const runningMean = context.statistic(`${name}.mean`, shape, initialOf("zeros", shape));
    const runningVariance = context.statistic(`${name}.variance`, shape, initialOf("ones", shape));
    if (context.mode === "predict") return scaled(context, name, x, runningMean, runningVariance, epsilon);
    const axes = x.shape.slice(0, -1).map((_, axis) => axis);
    const average = mean(x, { axes });
    const spread = mean(square(sub(x, average)), { axes });
    const blend = (running: Tensor, now: Tensor) => add(mul(running, momentum), mul(now, 1 - momentum));
    context.setStatistic(runningMean, blend(runningMean, average));
    context.setStatistic(runningVariance, blend(runningVariance, spread));
    return scaled(context, name, x, average, spread, epsilon);
  });
}

/** Mean 0 and variance 1 over the last axis of each row, then a learnt scale and shift. @source Ba et al. 2016 */
export function layerNorm(context: ModelContext, x: Tensor, options: NormOptions = {}): Tensor {
  return context.layer("layerNorm", options.name, (name) => {
    fixed(name, "features", x, x.rank - 1);
    const average = mean(x, { axes: [-1], keepDims: true });
    const spread = mean(square(sub(x, average)), { axes: [-1], keepDims: true });
    return scaled(context, name, x, average, spread, options.epsilon ?? 1e-5);
  });
}

/** A learnt row for each index: [B, T] indices -> [B, T, size]. Numbers that came as f32 are taken as whole. */
export function embedding(context: ModelContext, x: Tensor, count: number, size: number, options: Named = {}): Tensor {
  return context.layer("embedding", options.name, (name) => {
    const shape = [positive(name, "count", count), positive(name, "size", size)];
    const table = context.parameter(`${name}.weight`, shape, { kind: "uniform", low: -0.05, high: 0.05 }, true);
    return ops.embedding(table, ops.cast(x, "i32"));
  });
}

/** @throws LEPTON_MODEL on an unknown name */
export function activate(x: Tensor, name: string): Tensor {
  const function_ = activations[name as Activation];
  if (function_) return function_(x);
  throw new LeptonError(
    "LEPTON_MODEL",
    `activation must be one of ${Object.keys(activations).join(", ")}, got "${name}".`,
  );
}

/** Bias and activation, the end of dense and conv2d. */
function finish(context: ModelContext, name: string, x: Tensor, units: number, options: DenseOptions): Tensor {
  const bias = options.bias ?? true;
  const shifted = bias ? add(x, context.parameter(`${name}.bias`, [units], initialOf("zeros", [units]), false)) : x;
  return options.activation ? activate(shifted, options.activation) : shifted;
}

/** (x - average) / sqrt(spread + epsilon) * scale + shift. */
function scaled(
  context: ModelContext,
  name: string,
  x: Tensor,
  average: Tensor,
  spread: Tensor,
  epsilon: number,
): Tensor {
  const shape = [x.shape.at(-1) as number];
  const scale = context.parameter(`${name}.scale`, shape, initialOf("ones", shape), false);
  const shift = context.parameter(`${name}.shift`, shape, initialOf("zeros", shape), false);
  return add(mul(div(sub(x, average), sqrt(add(spread, epsilon))), scale), shift);
}

function fixed(layer: string, what: string, x: Tensor, axis: number): number {
  const dim: Dim | undefined = x.shape[axis];
  if (typeof dim === "number") return dim;
  throw new LeptonError(
    "LEPTON_SHAPE",
    `${layer}: the number of ${what} must be fixed, got shape [${x.shape.join(", ")}].`,
  );
}

function positive(layer: string, what: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new LeptonError("LEPTON_MODEL", `${layer}: ${what} must be a whole number from 1, got ${String(value)}.`);
}

function needRank(layer: string, wanted: string, x: Tensor, rank: number): void {
  if (x.rank === rank) return;
  throw new LeptonError("LEPTON_SHAPE", `${layer}: needs shape ${wanted}, got [${x.shape.join(", ")}].`);
}
