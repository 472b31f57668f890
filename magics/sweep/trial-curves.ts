/**
 * Learning curves of trials, read from their runs' own events. Enters: a trial; leaves: the study's metric on validation rows by epoch. A class because
 * a study is drawn every second: what has ended is read once.
 */
import path from "node:path";
import type { TrialCurve, TrialView } from "@lepton/contract";
import { type Run, readableRun } from "../train/run.ts";
import { thin } from "../train/thin.ts";

/** Points of a curve at most. */
const mostPoints = 60;

export class TrialCurves {
  readonly #runs: string;
  readonly #metric: string;
  readonly #going = new Map<string, Run>();
  readonly #ended = new Map<string, TrialCurve>();

  /** @param runs  the folder of all runs */
  constructor(runs: string, metric: string) {
    this.#runs = runs;
    this.#metric = metric;
  }

  /** Undefined where a trial has no run, or its folder was cleaned away. */
  of({ run: id, state }: TrialView): TrialCurve | undefined {
    if (id === null) return undefined;
    const known = this.#ended.get(id);
    // A trial that was stopped goes on when its study is resumed.
    if (known && state !== "running") return known;
    const run = this.#going.get(id) ?? readableRun(path.join(this.#runs, id));
    if (!run) return undefined;
    const curve = curveOf(run, this.#metric);
    if (state === "running") {
      this.#going.set(id, run);
    } else {
      this.#going.delete(id);
      this.#ended.set(id, curve);
    }
    return curve;
  }
}

function curveOf(run: Run, metric: string): TrialCurve {
  const rows = run.history.filter(({ validation }) => validation !== null);
  const epoch = rows.map((row) => row.epoch);
  const value = rows.map(({ validation }) => rounded(validation![metric]));
  return pick(epoch, value, thin(epoch, value, mostPoints));
}

/** The same curve with at most `most` points. */
export function thinner({ epoch, value }: TrialCurve, most: number): TrialCurve {
  return pick(epoch, value, thin(epoch, value, most));
}

function pick(epoch: readonly number[], value: TrialCurve["value"], kept: readonly number[]): TrialCurve {
  return { epoch: kept.map((index) => epoch[index]!), value: kept.map((index) => value[index] ?? null) };
}

/** Five digits: enough to be drawn. */
function rounded(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? Number(value.toPrecision(5)) : null;
}
