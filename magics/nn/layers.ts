/**
 * The layers: each a few lines that build graph. Enter: a symbolic tensor and sizes; leaves: a symbolic tensor, with parameters made on the way.
 * Defaults are Keras's where not said otherwise. Apart from models.ts, which puts them together.
 */
import { LeptonError } from "@lepton/contract";
import * as ops from "@lepton/graph";
import { add, mean, mul, reciprocal, sqrt, square, sub, type Tensor } from "@lepton/graph";
import { initialOf } from "./initial.ts";
import { finish, fixed, type LayerOptions, type Named, positive, weightOf } from "./layer-parts.ts";
import type { ModelContext } from "./model-context.ts";

/** x w + b over the last axis: [.., F] -> [.., units]. */
export function dense(context: ModelContext, x: Tensor, units: number, options: LayerOptions = {}): Tensor {
  return context.layer("dense", options.name, (name) => {
    const shape = [fixed(name, "features", x, x.rank - 1), positive(name, "units", units)];
    const weight = weightOf(context, `${name}.weight`, shape, options);
    return finish(context, name, ops.matmul(x, weight), units, options);
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

export interface EmbeddingOptions extends Named {
  /**
   * For large tables: a step moves only the rows that its batch uses, and the table lies in host memory (PyTorch's `sparse`). Moments of other rows
   * stay as they are and L2 does not count it.
   */
  readonly sparse?: boolean;
}

/** A learnt row for each index: [B, T] indices -> [B, T, size]. Numbers that came as f32 are taken as whole. */
export function embedding(
  context: ModelContext,
  x: Tensor,
  count: number,
  size: number,
  options: EmbeddingOptions = {},
): Tensor {
  return context.layer("embedding", options.name, (name) => {
    const shape = [positive(name, "count", count), positive(name, "size", size)] as const;
    const initial = { kind: "uniform", low: -0.05, high: 0.05 } as const;
    const indices = ops.cast(x, "i32");
    if (options.sparse) return context.table(`${name}.weight`, shape, initial, indices);
    return ops.embedding(context.parameter(`${name}.weight`, shape, initial, true), indices);
  });
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
  const inverse = reciprocal(sqrt(add(spread, epsilon))); // small: dividing by it would make the gradient's large parts more
  return add(mul(mul(sub(x, average), inverse), scale), shift);
}
