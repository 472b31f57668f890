/**
 * Which hyperparameters mattered, by PED-ANOVA. Enter: a study's finished trials and its space; leaves: each parameter's share. A parameter matters
 * when its values among the best tenth of the trials lie elsewhere than among all. Needs no forest, and parameters that only some trials have count too.
 */
import type {
  Direction,
  ParameterImportance,
  ParameterSpace,
  ParameterValue,
  StudySpace,
  TrialView,
} from "@lepton/contract";
import { logMass } from "./samplers/normal.ts";

/** The share of trials that count as good. */
const targetShare = 0.1;
/** A range is looked at in at most so many cells. */
const mostCells = 50;
const fewestTrials = 2;

type Judged = Pick<TrialView, "parameters" | "state" | "value">;

/**
 * @returns  greatest first, shares that sum to 1; null before two trials have finished
 * @source   Watanabe et al., "PED-ANOVA", IJCAI 2023, with regimes of conditional parameters as in "Conditional PED-ANOVA", 2026: the default of
 *           Optuna 5.0's get_param_importances, which test/golden/importance.json was made with
 */
export function parameterImportance(
  trials: readonly Judged[],
  space: StudySpace,
  direction: Direction,
): readonly ParameterImportance[] | null {
  const all = trials.filter((trial) => trial.state === "finished" && trial.value !== null);
  if (all.length < fewestTrials) return null;
  const good = bestTenth(all, direction);
  const raw = Object.keys(space).map((name) => ({ name, weight: divergence(name, space[name]!, all, good) }));
  const sum = raw.reduce((total, { weight }) => total + weight, 0);
  return raw
    .map(({ name, weight }) => ({ name, share: sum > 0 ? weight / sum : 1 / raw.length }))
    .sort((a, b) => b.share - a.share);
}

function bestTenth(trials: readonly Judged[], direction: Direction): ReadonlySet<Judged> {
  const sign = direction === "minimize" ? 1 : -1;
  const losses = trials.map((trial) => sign * trial.value!).sort((a, b) => a - b);
  const cut = losses[Math.ceil(targetShare * losses.length) - 1]!;
  return new Set(trials.filter((trial) => sign * trial.value! <= cut));
}

/** How far the good trials' values lie from all trials' values: Pearson's divergence, weighed by how often the parameter is there at all. */
function divergence(name: string, space: ParameterSpace, all: readonly Judged[], good: ReadonlySet<Judged>): number {
  const here = all.filter((trial) => trial.parameters[name] !== undefined);
  const goodHere = here.filter((trial) => good.has(trial));
  if (here.length < fewestTrials || goodHere.length === 0) return 0;
  const count = (some: readonly Judged[]) =>
    cellCounts(
      space,
      some.map((trial) => trial.parameters[name]!),
    );
  const [local, top] = [cellShares(count(here), space), cellShares(count(goodHere), space)];
  const distance = local.reduce((sum, share, cell) => sum + share * (top[cell]! / share - 1) ** 2, 0);
  return ((goodHere.length / good.size) ** 2 / (here.length / all.length)) * distance;
}

/** How many values fall into each cell of the space. */
function cellCounts(space: ParameterSpace, values: readonly ParameterValue[]): readonly number[] {
  if (space.kind === "choice") {
    const texts = space.choices.map((choice) => JSON.stringify(choice));
    const counts = texts.map(() => 0);
    for (const value of values) {
      const at = texts.indexOf(JSON.stringify(value));
      if (at >= 0) counts[at]!++;
    }
    return counts;
  }
  const read = space.log ? Math.log : (value: number) => value;
  const [low, high] = [read(space.low), read(space.high)];
  const cells = cellCount(space);
  const counts = Array.from({ length: cells }, () => 0);
  for (const value of values) {
    if (typeof value !== "number") continue;
    const cell = Math.ceil((read(value) - low) / ((high - low) / (cells - 1)) - 0.5);
    counts[Math.min(cells - 1, Math.max(0, cell))]!++;
  }
  return counts;
}

function cellCount(space: Exclude<ParameterSpace, { kind: "choice" }>): number {
  if (space.kind === "float") return mostCells;
  const values = space.high - space.low + 1;
  return Math.min(mostCells, space.log ? Math.ceil(Math.log2(values)) + 1 : values);
}

/** A Parzen estimate over the cells: one kernel a filled cell, and a wide one as prior. */
function cellShares(counts: readonly number[], space: ParameterSpace): readonly number[] {
  const filled = counts.flatMap((count, cell) => (count > 0 ? [cell] : []));
  const weights = [...filled.map((cell) => counts[cell]!), 1];
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const kernels = space.kind === "choice" ? choiceKernels(filled, counts.length) : rangeKernels(filled, counts);
  return counts.map((_, cell) => {
    const share = kernels.reduce((total, kernel, index) => total + (weights[index]! / sum) * kernel(cell), 0);
    return share + 1e-12;
  });
}

type Kernel = (cell: number) => number;

function choiceKernels(filled: readonly number[], cells: number): readonly Kernel[] {
  const spread = 1 / (filled.length + 1);
  const sum = 1 + cells * spread;
  return [
    ...filled.map(
      (at): Kernel =>
        (cell) =>
          (spread + (cell === at ? 1 : 0)) / sum,
    ),
    () => 1 / cells,
  ];
}

/** Normal kernels, cut off at the range's ends, as wide as Scott's rule says. */
function rangeKernels(filled: readonly number[], counts: readonly number[]): readonly Kernel[] {
  const last = counts.length - 1;
  const bounds = { low: -0.5, high: last + 0.5 };
  const of =
    (mean: number, deviation: number): Kernel =>
    (cell) =>
      Math.exp(logMass({ mean, deviation, ...bounds }, cell - 0.5, cell + 0.5));
  const deviation = scottWidth(filled, counts);
  return [...filled.map((cell) => of(cell, deviation)), of(last / 2, last + 1)];
}

/** @source Scott, Multivariate Density Estimation, 1992; at least so wide that nine tenths of a kernel lie in its own cell */
function scottWidth(filled: readonly number[], counts: readonly number[]): number {
  const sum = filled.reduce((total, cell) => total + counts[cell]!, 0);
  const mean = filled.reduce((total, cell) => total + cell * counts[cell]!, 0) / sum;
  const squares = filled.reduce((total, cell) => total + (cell - mean) ** 2 * counts[cell]!, 0);
  const deviation = Math.sqrt(squares / Math.max(1, sum - 1));
  const cumulative: number[] = [];
  for (const cell of filled) cumulative.push((cumulative.at(-1) ?? 0) + counts[cell]!);
  const from = cumulative.findIndex((total) => total >= Math.floor(sum / 4));
  const to = cumulative.findIndex((total) => total > Math.floor((sum * 3) / 4));
  const range = filled[to < 0 ? filled.length - 1 : to]! - filled[from]!;
  return Math.max(1.059 * Math.min(range / 1.34, deviation) * sum ** -0.2, 0.5 / 1.64);
}
