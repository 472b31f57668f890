/**
 * What a study (a hyperparameter sweep) is and what is drawn of it. The session that sweeps writes `.lepton/studies/ID/journal.jsonl`; every
 * trial is a run of its own under `.lepton/runs/` whose spec names the study.
 */

/** One value of a hyperparameter: a number, a word, a switch, or a list such as the widths of hidden layers. */
export type ParameterValue = number | string | boolean | readonly (number | string)[];

/** Where a hyperparameter may lie. Bounds are included. `log` spaces samples evenly by ratio. */
export type ParameterSpace =
  | { readonly kind: "float"; readonly low: number; readonly high: number; readonly log: boolean }
  | { readonly kind: "integer"; readonly low: number; readonly high: number; readonly log: boolean }
  | { readonly kind: "choice"; readonly choices: readonly ParameterValue[] };

/** Hyperparameter's name, as in code (`learningRate`) ─► where it may lie. */
export type StudySpace = Readonly<Record<string, ParameterSpace>>;

/** minimize or maximize the metric. */
export type Direction = "minimize" | "maximize";

/** `stopped`: ended early by the user or the kernel's end; its number is tried again on resume. */
export type TrialState = "running" | "finished" | "pruned" | "failed" | "stopped";

export type StudyState = "running" | "finished" | "stopped" | "failed";

export interface TrialView {
  /** From 0. */
  readonly number: number;
  readonly state: TrialState;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** The metric's best value on validation; of a running trial the best so far; null when there is none. */
  readonly value: number | null;
  /** The run's ID; null before it starts. */
  readonly run: string | null;
  readonly epoch: number;
  readonly epochs: number;
  readonly seconds: number;
  /** Which worker ran it, from 0. */
  readonly worker: number;
  /** Why it failed or was pruned. */
  readonly reason: string | null;
  /** Seconds from the study's beginning to when its run was last started and to its end; null while that has not come. */
  readonly from?: number | null;
  readonly to?: number | null;
  /** The metric on validation after some epochs, at most 60; left out where it is not known or there is no room. */
  readonly curve?: TrialCurve;
}

export interface TrialCurve {
  readonly epoch: readonly number[];
  /** null where not finite. */
  readonly value: readonly (number | null)[];
}

/** How much a hyperparameter mattered: shares of all hyperparameters sum to 1. */
export interface ParameterImportance {
  readonly name: string;
  readonly share: number;
}

/** A whole snapshot of a study: what the MIME bundle MIME.study holds. JSON only, no NaN. At most 1,000 trials (the newest and the best) and 200 kB. */
export interface StudyView {
  readonly version: 1;
  readonly id: string;
  readonly name: string;
  readonly state: StudyState;
  readonly reason: string | null;
  /** Counts snapshots of this study. */
  readonly seq: number;
  readonly startedAt: number;
  readonly updatedAt: number;
  readonly seconds: number;
  readonly etaSeconds: number | null;
  readonly dataset: string;
  readonly model: string;
  /** Validation metric that is optimised, e.g. "loss". */
  readonly metric: string;
  readonly direction: Direction;
  readonly sampler: string;
  readonly seed: number;
  readonly workers: number;
  readonly space: StudySpace;
  /** Trials wanted in total. */
  readonly planned: number;
  readonly counts: Readonly<Record<TrialState, number>>;
  readonly trials: readonly TrialView[];
  /** Number of the best finished trial. */
  readonly best: number | null;
  /** By PED-ANOVA over the finished trials, greatest first; null before two have finished. */
  readonly importance?: readonly ParameterImportance[] | null;
}
