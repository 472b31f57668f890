/**
 * A Parzen estimator over all hyperparameters at once: one kernel a trial, each a product over the hyperparameters, and a wide prior kernel.
 * Enter: trials; leaves: draws and log densities.
 *
 * @source Bergstra et al. 2011 (TPE), Falkner et al. 2018 (multivariate kernels), and Optuna 5's choices of bandwidths and weights
 *         (optuna/samplers/_tpe/parzen_estimator.py, MIT), which test/bench/sweep.bench.ts compares with.
 */
import type { ParameterSpace, ParameterValue, StudySpace } from "@lepton/contract";
import { type CutNormal, draw, logDensity, logMass } from "./normal.ts";
import { innerBounds, outerValue, type Parameters } from "./sampler.ts";

type NumberSpace = Exclude<ParameterSpace, { kind: "choice" }>;

/** One hyperparameter's part of all kernels. */
interface Marginal {
  draw(kernel: number, random: () => number): ParameterValue;
  logDensity(kernel: number, value: ParameterValue): number;
}

export interface Parzen {
  draw(random: () => number): Parameters;
  logDensity(parameters: Parameters): number;
}

/** @param trials in the order they were made: the newest 25 weigh 1, older ones less and less */
export function parzen(space: StudySpace, trials: readonly Parameters[]): Parzen {
  const names = Object.keys(space);
  const weights = kernelWeights(trials.length);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const logWeights = weights.map((weight) => Math.log(weight / total));
  const marginals = names.map((name) =>
    marginal(
      space[name]!,
      trials.map((trial) => trial[name]!),
    ),
  );
  return {
    draw(random) {
      const kernel = pick(weights, random() * total);
      return Object.fromEntries(names.map((name, index) => [name, marginals[index]!.draw(kernel, random)]));
    },
    logDensity(parameters) {
      const logs = logWeights.map((logWeight, kernel) =>
        marginals.reduce((sum, one, index) => sum + one.logDensity(kernel, parameters[names[index]!]!), logWeight),
      );
      return logSumExp(logs);
    },
  };
}

/** One weight a trial and the prior's at the end: 1, but a ramp from 1/n for all but the newest 25. */
function kernelWeights(count: number): number[] {
  const ramp = count - 25;
  const weight = (index: number) => {
    if (index >= ramp) return 1;
    return ramp === 1 ? 1 / count : 1 / count + ((1 - 1 / count) * index) / (ramp - 1);
  };
  return [...Array.from({ length: count }, (_, index) => weight(index)), 1];
}

/** The index whose share of the line of weights holds `at`. */
function pick(weights: readonly number[], at: number): number {
  let rest = at;
  for (const [index, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return index;
  }
  return weights.length - 1;
}

function logSumExp(logs: readonly number[]): number {
  const top = Math.max(...logs);
  if (top === Number.NEGATIVE_INFINITY) return top;
  return top + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - top), 0));
}

function marginal(space: ParameterSpace, values: readonly ParameterValue[]): Marginal {
  return space.kind === "choice"
    ? choiceMarginal(space.choices, values)
    : numberMarginal(space, values as readonly number[]);
}

/** Each kernel: its own choice, smoothed by an even share of one prior observation. */
function choiceMarginal(choices: readonly ParameterValue[], values: readonly ParameterValue[]): Marginal {
  const texts = choices.map((choice) => JSON.stringify(choice));
  const indexOf = (value: ParameterValue) => texts.indexOf(JSON.stringify(value));
  const observed = values.map(indexOf);
  const kernels = observed.length + 1;
  const smooth = 1 / kernels;
  const rowSum = 1 + smooth * choices.length;
  const probability = (kernel: number, choice: number) => {
    const own = observed[kernel];
    return own === undefined ? 1 / choices.length : (smooth + (own === choice ? 1 : 0)) / rowSum;
  };
  return {
    draw: (kernel, random) =>
      choices[
        pick(
          choices.map((_, choice) => probability(kernel, choice)),
          random(),
        )
      ]!,
    logDensity: (kernel, value) => Math.log(probability(kernel, indexOf(value))),
  };
}

function numberMarginal(space: NumberSpace, values: readonly number[]): Marginal {
  const [low, high] = innerBounds(space);
  const inner = (value: number) => (space.log ? Math.log(value) : value);
  const means = values.map(inner);
  const deviations = bandwidths(means, low, high);
  const normals: CutNormal[] = means.map((mean, index) => ({ mean, deviation: deviations[index]!, low, high }));
  normals.push({ mean: (low + high) / 2, deviation: high - low, low, high });
  return {
    draw: (kernel, random) => outerValue(space, draw(normals[kernel]!, random)),
    logDensity(kernel, value) {
      const x = value as number;
      const normal = normals[kernel]!;
      return space.kind === "integer" ? logMass(normal, inner(x - 0.5), inner(x + 0.5)) : logDensity(normal, inner(x));
    },
  };
}

/**
 * Each kernel reaches to the farther of its neighbours (at the ends: to the only one), but is no narrower than the range over
 * min(100, 1 + kernels) and no wider than the range.
 */
function bandwidths(means: readonly number[], low: number, high: number): number[] {
  const order = means.map((_, index) => index).sort((a, b) => means[a]! - means[b]!);
  const sorted = [low, ...order.map((index) => means[index]!), high];
  const narrowest = (high - low) / Math.min(100, 2 + means.length);
  const widths: number[] = new Array(means.length);
  for (const [rank, index] of order.entries()) {
    const at = sorted[rank + 1]!;
    const below = at - sorted[rank]!;
    const above = sorted[rank + 2]! - at;
    let width = Math.max(below, above);
    if (means.length >= 2 && rank === 0) width = above;
    if (means.length >= 2 && rank === means.length - 1) width = below;
    widths[index] = Math.min(high - low, Math.max(narrowest, width));
  }
  return widths;
}
