/**
 * Loss scaling for training in f16, whose smallest number is 6e-8: the loss is multiplied before its gradients are taken and they are divided by the same
 * number afterwards, so that small ones survive. A step whose gradients are not finite moves nothing and halves the number; 2000 good ones double it.
 *
 * @source Micikevicius et al. 2018; the numbers are those of PyTorch's GradScaler
 */
import type { StateSpec } from "@lepton/contract";
import { add, and, div, equal, maximum, minimum, mul, sum, type Tensor, where } from "@lepton/graph";
import type { Learnt } from "../optim/index.ts";

const steps = 2000;
const largest = 2 ** 24;

const state = (name: string, value: number): StateSpec => ({
  name,
  dtype: "f32",
  shape: [],
  role: "counter",
  initial: { kind: "constant", value },
});

/** The number itself, and how many good steps it has lasted. */
export const scaleState = [state("lossScale", 65536), state("lossScale.steps", 0)] as const;

/** The same gradients without the scale. */
export function unscaled(learnt: readonly Learnt[], scale: Tensor): readonly Learnt[] {
  return learnt.map((one) => ({ ...one, gradient: div(one.gradient, scale) }));
}

/** A bool: whether all gradients are numbers. A number times 0 is 0, NaN and Infinity times 0 are not. */
export function areFinite(learnt: readonly Learnt[]): Tensor {
  return learnt.map(({ gradient }) => equal(sum(mul(gradient, 0)), 0)).reduce((all, one) => and(all, one));
}

/** What the scale and its count are after a step. */
export function nextScale(finite: Tensor, scale: Tensor, count: Tensor): readonly [Tensor, Tensor] {
  const reached = add(count, 1);
  const grows = equal(reached, steps);
  const kept = where(grows, minimum(mul(scale, 2), largest), scale);
  const good = where(grows, mul(reached, 0), reached);
  return [where(finite, kept, maximum(div(scale, 2), 1)), where(finite, good, mul(count, 0))];
}
