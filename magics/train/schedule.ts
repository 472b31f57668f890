/** The learning rate of each step. Enters: a spec; leaves: a number the loop feeds. Apart because it is one formula that charts and tests want too. */
import type { RunSpec } from "@lepton/contract";

/**
 * Learning rate of a step.
 *
 * @param step   steps done before, from 0
 * @param steps  steps of the whole run
 * @source cosine: Loshchilov and Hutter, "SGDR", 2017, equation 5 with one period; warm-up rises linearly to learningRate
 */
export function learningRateAt(spec: RunSpec, step: number, steps: number): number {
  const { schedule, learningRate } = spec;
  if (schedule.kind === "constant") return learningRate;
  if (step < schedule.warmupSteps) return (learningRate * (step + 1)) / schedule.warmupSteps;
  const part = (step - schedule.warmupSteps) / Math.max(1, steps - schedule.warmupSteps);
  return schedule.end + (learningRate - schedule.end) * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, part)));
}
