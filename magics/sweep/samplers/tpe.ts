/**
 * Tree-structured Parzen estimator: what made the best tenth of the trials, against what made the rest. Draws candidates like the best and takes
 * the one whose ratio of densities is greatest.
 *
 * @source Bergstra et al. 2011, "Algorithms for Hyper-Parameter Optimization"; defaults as Optuna 5: 10 random trials first, 24 candidates,
 *         the best ceil(n / 10) and at most 25, trials that still run count as bad ones (so that workers do not try the same)
 */
import { parzen } from "./parzen.ts";
import { randomSampler } from "./random.ts";
import type { Observation, Sampler } from "./sampler.ts";

const startupTrials = 10;
const candidates = 24;

export const tpeSampler: Sampler = {
  name: "tpe",
  suggest(request) {
    const { space, observations, random } = request;
    if (observations.filter((trial) => trial.state !== "running").length < startupTrials) {
      return randomSampler.suggest(request);
    }
    const { best, rest } = split(observations);
    const good = parzen(
      space,
      best.map((trial) => trial.parameters),
    );
    const bad = parzen(
      space,
      rest.map((trial) => trial.parameters),
    );
    const drawn = Array.from({ length: candidates }, () => good.draw(random));
    const scores = drawn.map((parameters) => good.logDensity(parameters) - bad.logDensity(parameters));
    return drawn[scores.indexOf(Math.max(...scores))]!;
  },
};

/** The best tenth of the finished trials (a pruned one is worse than any finished), the others; both in order of their numbers. */
function split(observations: readonly Observation[]): { best: Observation[]; rest: Observation[] } {
  const over = observations.filter((trial) => trial.state !== "running");
  const count = Math.min(25, Math.ceil(over.length / 10));
  const ranked = [...over].sort((a, b) => {
    if (a.state !== b.state) return a.state === "finished" ? -1 : 1;
    return (a.value ?? Number.POSITIVE_INFINITY) - (b.value ?? Number.POSITIVE_INFINITY) || a.number - b.number;
  });
  const chosen = new Set(ranked.slice(0, count));
  return {
    best: observations.filter((trial) => chosen.has(trial)),
    rest: observations.filter((trial) => !chosen.has(trial)),
  };
}
