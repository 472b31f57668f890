/**
 * What is looked at beside a run's lines: how its predictions turned out at the end (kept in the end event and in every snapshot), and its weights,
 * gradients and sample predictions, worked out when a page asks for them. Plain numbers of bounded size: JSON only, null where not finite.
 */
import type { SplitName, Task } from "./run.ts";

/** One class against the rest. Points in the order of falling thresholds, at most 100 a curve. */
export interface ClassCurves {
  readonly name: string;
  /** Rows of this class. */
  readonly positives: number;
  /** Area under the ROC curve and average precision, of all points; null where only one class is there. */
  readonly rocAuc: number | null;
  readonly averagePrecision: number | null;
  readonly roc: { readonly falsePositiveRate: readonly number[]; readonly truePositiveRate: readonly number[] };
  readonly pr: { readonly recall: readonly number[]; readonly precision: readonly number[] };
  /** Ten bins of equal width, empty ones left out: mean predicted probability, share of positives, rows. */
  readonly calibration: {
    readonly predicted: readonly number[];
    readonly observed: readonly number[];
    readonly rows: readonly number[];
  };
  /** Mean squared distance of probability and truth. */
  readonly brier: number;
}

/** One number that a regression predicts. */
export interface TargetCurves {
  readonly name: string;
  /** At most 300 rows, evenly spaced in the order of the file. */
  readonly actual: readonly number[];
  readonly predicted: readonly number[];
  /** Predicted minus actual, of all rows: `counts[i]` between `edges[i]` and `edges[i + 1]`. */
  readonly residuals: Histogram;
}

export interface Histogram {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** Predictions against the truth on one split, by the weights that are served. */
export interface RunCurves {
  readonly split: SplitName;
  readonly rows: number;
  /** binary: the positive class; multiclass: the ten most frequent ones; empty for regression. */
  readonly classes: readonly ClassCurves[];
  /** Empty for classification; at most four targets. */
  readonly targets: readonly TargetCurves[];
  /** Of the split of these curves, where the end event has none of test. */
  readonly confusion: { readonly classes: readonly string[]; readonly counts: readonly (readonly number[])[] } | null;
}

/** Values of one parameter, or of the loss's gradient by it. */
export interface TensorStatistics {
  readonly mean: number | null;
  readonly deviation: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Values that are not finite. */
  readonly notFinite: number;
  /** Of the finite values, at most 40 bins of equal width. */
  readonly histogram: Histogram;
}

export interface WeightView {
  readonly name: string;
  readonly shape: readonly number[];
  readonly weight: TensorStatistics;
  /** Of the mean loss over one batch of training rows. */
  readonly gradient: TensorStatistics | null;
}

/** A run's parameters at its last checkpoint, at most 60. */
export interface WeightsView {
  readonly step: number;
  readonly epoch: number;
  /** Rows of the batch that the gradients are of. */
  readonly rows: number;
  readonly parameters: readonly WeightView[];
  /** Parameters left out. */
  readonly more: number;
}

export interface Sample {
  /** Row of the split. */
  readonly row: number;
  readonly actual: string;
  readonly predicted: string;
  /** Highest probability, for classification. */
  readonly probability: number | null;
  readonly isRight: boolean | null;
  /** [height x width x channels] bytes in base64, for images. */
  readonly pixels?: string;
  /** For rows: the features that training saw, in the order of `features`. */
  readonly values?: readonly number[];
  /** For rows of a file that is still there: its own values in the order of `columns`; null where one is missing. */
  readonly raw?: readonly (number | string | null)[];
}

/** Rows of a split with what the served weights make of them: the surest mistakes first, then others. At most 24. */
export interface SamplesView {
  readonly split: SplitName;
  readonly task: Task;
  /** [height, width, channels] of images, channels 1 or 3; null for rows. */
  readonly image: readonly [number, number, number] | null;
  /** Names of the values of a row, at most 12. */
  readonly features: readonly string[];
  /** Names of a row's own values, at most 24; left out where the file cannot tell them. */
  readonly columns?: readonly string[];
  readonly samples: readonly Sample[];
}
