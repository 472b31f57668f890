/**
 * No trial twice where there are only so many: in a space of choices and whole numbers a combination that was tried, is running or failed is drawn again
 * only when all have been. Every trial of a study has the study's seed, so a repeated one would give the same numbers. Wraps any sampler.
 */
import type { StudySpace } from "@lepton/contract";
import { gridSampler, gridSize } from "./grid.ts";
import { keyOf, type Parameters, type Sampler, type SuggestRequest } from "./sampler.ts";

/** A larger space is taken as endless: repeats are rare there. */
const largest = 10_000;
/** The sampler's own preference comes first; after so many draws any untried combination will do. */
const draws = 24;

export const distinct = (sampler: Sampler): Sampler => ({
  name: sampler.name,
  suggest(request) {
    if (!isSmall(request.space)) return sampler.suggest(request);
    const tried = new Set(request.tried.map((parameters) => keyOf(request.space, parameters)));
    return tried.size >= gridSize(request.space) ? sampler.suggest(request) : untried(sampler, request, tried);
  },
});

function untried(sampler: Sampler, request: SuggestRequest, tried: ReadonlySet<string>): Parameters {
  for (let draw = 0; draw < draws; draw++) {
    const parameters = sampler.suggest(request);
    if (!tried.has(keyOf(request.space, parameters))) return parameters;
  }
  return gridSampler.suggest(request);
}

/** True where every hyperparameter has a countable number of values, and together not too many. */
function isSmall(space: StudySpace): boolean {
  const countable = Object.values(space).every(
    (one) => one.kind === "choice" || (one.kind === "integer" && one.high - one.low < 1000),
  );
  return countable && gridSize(space) <= largest;
}
