/** The learning rate of each step. Enters: a spec; leaves: a number the loop feeds. Apart because it is one formula that charts and tests want too. */
import type { RunSpec } from "@lepton/contract";

/** OneCycleLR's: where a cycle begins, as a part of the largest rate, and where it ends, as a part of where it began. */
const oneCycle = { begin: 1 / 25, end: 1 / 10_000 } as const;

/**
 * Learning rate of a step.
 *
 * @param step   steps done before, from 0
 * @param steps  steps of the whole run
 * @source cosine: Loshchilov and Hutter, "SGDR", 2017, equation 5 with one period; warm-up rises linearly to learningRate;
 *         one-cycle: Smith and Topin, "Super-Convergence", 2018, in the form and with the numbers of PyTorch's OneCycleLR
 */
export function learningRateAt(spec: RunSpec, step: number, steps: number): number {
  const { schedule, learningRate } = spec;
  if (schedule.kind === "one-cycle") return oneCycleAt(learningRate, schedule.rise, step, steps);
  const { warmupSteps = 0 } = schedule;
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
  if (schedule.kind === "constant") return learningRate;
  const part = Math.min(1, (step - warmupSteps) / Math.max(1, steps - warmupSteps));
  const left = schedule.kind === "linear" ? 1 - part : halfCosine(part);
  return schedule.end + (learningRate - schedule.end) * left;
}

function oneCycleAt(largest: number, rise: number, step: number, steps: number): number {
  const begin = largest * oneCycle.begin;
  const end = begin * oneCycle.end;
  const top = rise * steps - 1;
  if (step <= top) return largest + (begin - largest) * halfCosine(step / top);
  return end + (largest - end) * halfCosine(Math.min(1, (step - top) / Math.max(1, steps - 1 - top)));
}

/** 1 at 0, 0 at 1. */
const halfCosine = (part: number) => 0.5 * (1 + Math.cos(Math.PI * part));
