/** Every combination once, in a shuffled order, so that a study cut short has seen all corners of the grid. */
import { LeptonError, type ParameterValue, type StudySpace } from "@lepton/contract";
import { spaceText } from "../space.ts";
import { keyOf, type Parameters, type Sampler } from "./sampler.ts";

/** Values on the grid of each hyperparameter. Whole-number ranges give all their values. @throws LEPTON_STUDY on ranges without steps */
function gridValues(name: string, one: StudySpace[string]): readonly ParameterValue[] {
  if (one.kind === "choice") return one.choices;
  if (one.kind === "integer" && one.high - one.low < 1000) {
    return Array.from({ length: one.high - one.low + 1 }, (_, index) => one.low + index);
  }
  throw new LeptonError(
    "LEPTON_STUDY",
    `sweep: sampler grid needs choices; ${name} is the range ${spaceText(one)}. Write the values, such as ${one.low}|${one.high}, or use --sampler tpe.`,
  );
}

/** How many combinations the grid has. @throws LEPTON_STUDY */
export function gridSize(space: StudySpace): number {
  return Object.entries(space).reduce((size, [name, one]) => size * gridValues(name, one).length, 1);
}

/** The combination of that index, the last hyperparameter running fastest. */
export function gridPoint(space: StudySpace, index: number): Parameters {
  const parameters: Record<string, ParameterValue> = {};
  let rest = index;
  for (const [name, one] of Object.entries(space).reverse()) {
    const values = gridValues(name, one);
    parameters[name] = values[rest % values.length]!;
    rest = Math.floor(rest / values.length);
  }
  return Object.fromEntries(Object.keys(space).map((name) => [name, parameters[name]!]));
}

/** A combination that no trial has had. The caller asks for no more trials than `gridSize`. */
export const gridSampler: Sampler = {
  name: "grid",
  suggest({ space, tried, random }) {
    const size = gridSize(space);
    const seen = new Set(tried.map((parameters) => keyOf(space, parameters)));
    const start = Math.floor(random() * size);
    for (let step = 0; step < size; step++) {
      const point = gridPoint(space, (start + step) % size);
      if (!seen.has(keyOf(space, point))) return point;
    }
    return gridPoint(space, start);
  },
};
