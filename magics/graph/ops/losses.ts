/** Losses a row, and the norm of gradients: what training programs are made of beside layers. */
import type { Tensor } from "../tensor.ts";
import { logSoftmax } from "./activations.ts";
import { less, notEqual, where } from "./compare.ts";
import { abs, add, div, minimum, mul, neg, sqrt, square, sub } from "./elementwise.ts";
import { oneHot } from "./indexing.ts";
import { mean, sum } from "./reductions.ts";
import { cast } from "./shape.ts";

export interface CrossEntropyOptions {
  /** How much of the target is spread evenly over all classes, in [0, 1). */
  readonly labelSmoothing?: number;
  /** Rows with this label have loss 0. */
  readonly ignoreIndex?: number;
}

/** Logits [.., K] and labels [..] (i32) -> a loss for each label. */
export function crossEntropy(logits: Tensor, labels: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { labelSmoothing = 0, ignoreIndex } = options;
  const likelihood = logSoftmax(logits);
  const target = cast(oneHot(labels, logits.shape.at(-1) as number), logits.dtype);
  const hit = neg(sum(mul(target, likelihood), { axes: [-1] }));
  const loss =
    labelSmoothing === 0
      ? hit
      : sub(mul(hit, 1 - labelSmoothing), mul(mean(likelihood, { axes: [-1] }), labelSmoothing));
  return ignoreIndex === undefined ? loss : mul(loss, cast(notEqual(labels, ignoreIndex), loss.dtype));
}

/** d^2 / 2 where |d| < delta, else delta (|d| - delta / 2): element by element. @source Huber 1964 */
export function huber(prediction: Tensor, target: Tensor, delta = 1): Tensor {
  const distance = abs(sub(prediction, target));
  const linear = mul(sub(distance, delta / 2), delta);
  return where(less(distance, delta), mul(square(distance), 0.5), linear);
}

/** The length of all gradients taken as one vector. */
export function globalNorm(gradients: readonly Tensor[]): Tensor {
  return sqrt(gradients.map((gradient) => sum(square(gradient))).reduce(add));
}

/** Gradients scaled down together so that their global norm is at most `limit`. */
export function clipByGlobalNorm(gradients: readonly Tensor[], limit: number): readonly Tensor[] {
  const scale = minimum(div(limit, add(globalNorm(gradients), 1e-6)), 1);
  return gradients.map((gradient) => mul(gradient, scale));
}
