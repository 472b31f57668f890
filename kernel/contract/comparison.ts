/**
 * Runs side by side: what the MIME bundle MIME.comparison holds, and what the sidebar shows of the runs that were chosen in it. Runs that are equal but
 * for their seed are one group, drawn as a mean with a confidence band. JSON only, no NaN, at most 200 kB.
 */
import type { RunState } from "./run.ts";

export interface ComparedRun {
  readonly id: string;
  readonly name: string;
  readonly state: RunState;
  readonly seed: number;
  /** Index into `groups`. */
  readonly group: number;
  /** Of the test rows, else of the best epoch's validation rows. */
  readonly metrics: Readonly<Record<string, number | null>>;
  /** Hyperparameters by name; what a model has not is left out. */
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
  readonly source: string;
  /** Steps and seconds of training done after some epochs, all rising; in between the line is straight. At most 60 points; left out before an epoch has ended. */
  readonly clock?: ComparedClock;
}

export interface ComparedClock {
  readonly epoch: readonly number[];
  readonly step: readonly number[];
  readonly seconds: readonly number[];
}

/** Runs that are equal but for their seed. */
export interface ComparedGroup {
  /** What sets it apart from the other groups: "learningRate 0.01, hidden 64". */
  readonly name: string;
  /** Indexes into `runs`. */
  readonly runs: readonly number[];
}

interface ComparedLine {
  readonly metric: string;
  /** Among lines on validation rows: this one is on training rows, for its runs have no others. */
  readonly split?: "train";
}

/** One run's metric by epoch. */
export interface ComparedCurve extends ComparedLine {
  readonly run: number;
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

/** A group of at least two runs: mean and confidence band over its seeds. */
export interface ComparedBand extends ComparedLine {
  readonly group: number;
  readonly x: readonly number[];
  readonly mean: readonly (number | null)[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

export interface ComparedLines {
  readonly curves: readonly ComparedCurve[];
  readonly bands: readonly ComparedBand[];
}

/** One row of the table of what differs: a setting or a metric, its values in the order of the runs. */
export interface Difference {
  readonly name: string;
  readonly kind: "setting" | "metric";
  readonly values: readonly (string | number | boolean | null)[];
}

export interface ComparisonView {
  readonly version: 1;
  readonly title: string;
  /** In the order in which a reader asks for them; the first is shown first. */
  readonly metrics: readonly string[];
  readonly runs: readonly ComparedRun[];
  readonly groups: readonly ComparedGroup[];
  /** On validation rows, where a run has them. */
  readonly curves: readonly ComparedCurve[];
  readonly bands: readonly ComparedBand[];
  /** On training rows, of runs that have validation rows too and of metrics that are measured on both; left out where none is. */
  readonly train?: ComparedLines;
  /** How the bands were worked out, in a sentence with its formula. */
  readonly formula: string;
  readonly differences: readonly Difference[];
}
