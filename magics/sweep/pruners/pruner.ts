/**
 * Pruners end trials that will not become good. A pruner is a pure function of what trials reported, so a resumed study prunes as it would have.
 */
import { LeptonError } from "@lepton/contract";

/** A trial's metric by epoch; small is good, whatever the direction. */
export interface LearningCurve {
  readonly state: "open" | "finished" | "pruned" | "failed";
  readonly reports: ReadonlyMap<number, number>;
}

export interface Pruner {
  readonly name: string;
  /** Why `trial` should end after `epoch`, or null to go on. */
  verdict(trial: LearningCurve, epoch: number, others: readonly LearningCurve[]): string | null;
}

/** The best value up to an epoch. */
export function bestUntil(curve: LearningCurve, epoch: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (const [at, value] of curve.reports) if (at <= epoch && value < best) best = value;
  return best;
}

const none: Pruner = { name: "none", verdict: () => null };

/**
 * Ends a trial whose best value so far is worse than the median of the finished trials' best values at the same epoch.
 * @source Golovin et al. 2017, "Google Vizier", section 3.2.2; five finished trials and one epoch first, as Optuna's MedianPruner
 */
const median: Pruner = {
  name: "median",
  verdict(trial, epoch, others) {
    const finished = others.filter(
      (other) => other.state === "finished" && [...other.reports.keys()].some((at) => at <= epoch),
    );
    if (finished.length < 5 || epoch < 2) return null;
    const values = finished.map((other) => bestUntil(other, epoch)).sort((a, b) => a - b);
    const middle = (values[(values.length - 1) >> 1]! + values[values.length >> 1]!) / 2;
    return bestUntil(trial, epoch) > middle
      ? `worse than the median of ${finished.length} trials after epoch ${epoch}`
      : null;
  },
};

const pruners: readonly Pruner[] = [none, median];

export const prunerNames: readonly string[] = pruners.map((pruner) => pruner.name);

/** @throws LEPTON_OPTION_VALUE */
export function prunerOf(name: string): Pruner {
  const pruner = pruners.find((one) => one.name === name);
  if (!pruner) {
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `sweep: pruner must be one of ${prunerNames.join(", ")}, got "${name}".`,
    );
  }
  return pruner;
}
