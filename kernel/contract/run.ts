/**
 * What a run is, what it says while it goes, and what is drawn of it. A run's process owns its folder `.lepton/runs/ID/` and alone writes
 * `events.jsonl` there, one RunEvent a line; the kernel, the extension and trackers only read (DESIGN.md 4, 7, 8).
 */

import type { RunCurves } from "./analysis.ts";
import type { Precision } from "./engine.ts";

export type Task = "regression" | "binary" | "multiclass";
export type SplitName = "train" | "validation" | "test";

/** A model's outputs by task: regression [B, K] f32; binary [B, 1] f32 logit; multiclass [B, K] f32 logits. */
export type ModelSpec =
  | { readonly kind: "linear" | "logistic" }
  | {
      readonly kind: "mlp";
      readonly hidden: readonly number[];
      readonly activation: string;
      readonly dropout: number;
      readonly batchNorm: boolean;
    }
  /** Blocks of Conv 3x3 + ReLU + max pool 2 for each number of filters, then Dense layers of `hidden`, then the output. */
  | {
      readonly kind: "cnn";
      readonly filters: readonly number[];
      readonly hidden: readonly number[];
      readonly dropout: number;
      readonly batchNorm: boolean;
    }
  /** A function of symbolic tensors in a bundled module inside the run's folder. */
  | {
      readonly kind: "module";
      readonly module: string;
      readonly export: string;
      readonly args: Readonly<Record<string, unknown>>;
    };

export type LossSpec =
  | { readonly kind: "mse" }
  | { readonly kind: "bce"; readonly labelSmoothing?: number }
  /** ignoreIndex: rows of this class count for nothing. */
  | { readonly kind: "ce"; readonly labelSmoothing?: number; readonly ignoreIndex?: number }
  /** delta: from which distance on, in deviations of the target, the loss grows linearly. */
  | { readonly kind: "huber"; readonly delta: number }
  | { readonly kind: "module"; readonly module: string; readonly export: string };

export type OptimizerSpec =
  | { readonly kind: "sgd"; readonly momentum: number; readonly nesterov: boolean }
  | { readonly kind: "adam"; readonly beta1: number; readonly beta2: number; readonly epsilon: number }
  | {
      readonly kind: "adamw";
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      readonly weightDecay: number;
    };

export type ScheduleSpec =
  | { readonly kind: "constant"; readonly warmupSteps?: number }
  /** From learningRate down to `end` over all steps, half a cosine or a line, after `warmupSteps` of linear rise. */
  | { readonly kind: "cosine" | "linear"; readonly end: number; readonly warmupSteps: number }
  /** Up to learningRate for `rise` of the steps, then down to next to nothing, both half cosines. */
  | { readonly kind: "one-cycle"; readonly rise: number };

export interface EarlyStoppingSpec {
  /** Validation metric watched: "loss" or a metric's name. */
  readonly monitor: string;
  /** Epochs without improvement before the run ends. */
  readonly patience: number;
  readonly minDelta: number;
}

export interface RunSpec {
  readonly contract: 1;
  readonly id: string;
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** The data set's folder, absolute or relative to the run's folder, and its content hash. */
  readonly dataset: { readonly folder: string; readonly id: string; readonly name: string };
  readonly task: Task;
  readonly model: ModelSpec;
  readonly loss: LossSpec;
  readonly optimizer: OptimizerSpec;
  readonly learningRate: number;
  readonly schedule: ScheduleSpec;
  /** Coefficient of the sum of squared weights (not biases, not norms) added to the loss; 0 for none. */
  readonly l2: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** Gradients longer than this, all taken as one vector, are shortened to it. */
  readonly clipNorm?: number;
  /** Batches whose gradients are averaged before weights move; 1 when left out. */
  readonly gradientAccumulationSteps?: number;
  readonly seed: number;
  /**
   * Tensors to begin with instead of random ones, kept in the run's folder with their SHA-256: where they are from, how many were taken, and the names of
   * those that the source did not have.
   */
  readonly weights?: {
    readonly from: string;
    readonly sha256: string;
    readonly taken: number;
    readonly anew: readonly string[];
  };
  /** One weight a class, in the order of the data set's classes; null for none. */
  readonly classWeights: readonly number[] | null;
  readonly earlyStopping: EarlyStoppingSpec | null;
  readonly device: string;
  /** Engine's name, or "auto". */
  readonly engine: string;
  /** 0 lets the engine choose. */
  readonly threads: number;
  /** f32 when left out. */
  readonly precision?: Precision;
  readonly checkpointEverySeconds: number;
  /** Modules of plugins to load besides the built-in ones. */
  readonly plugins: readonly string[];
  readonly background: boolean;
  /** The magic or the call that made it, for the card and for "copy the magic". */
  readonly source: string;
  /** Set for a trial of a study. */
  readonly study?: { readonly id: string; readonly trial: number };
}

/** Metric name ─► value. "loss" is always there. NaN where a metric is undefined (ROC-AUC with one class). */
export type Metrics = Readonly<Record<string, number>>;

export type RunState = "starting" | "running" | "finished" | "stopped" | "failed";

/** The machine and the programs a run was made with, for its card. */
export interface RunEnvironment {
  /** Program ─► version: "node", "lepton", "onnxruntime-node". */
  readonly versions: Readonly<Record<string, string>>;
  /** "linux x64 6.1.0". */
  readonly platform: string;
  /** As its maker calls it. */
  readonly cpu: string;
  /** Logical cores. */
  readonly cores: number;
  readonly memoryBytes: number;
}

interface EventBase {
  /** 1, 2, 3 ... without a gap. */
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

export type RunEvent = EventBase &
  (
    | {
        readonly type: "start";
        readonly pid: number;
        readonly engine: string;
        readonly device: string;
        readonly threads: number;
        readonly parameters: number;
        readonly rows: Readonly<Record<SplitName, number>>;
        readonly stepsPerEpoch: number;
        readonly epochs: number;
        readonly environment?: RunEnvironment;
      }
    | {
        readonly type: "resume";
        readonly pid: number;
        readonly step: number;
        readonly epoch: number;
        /** Epochs wanted in all: a resumed run may be given more. */
        readonly epochs: number;
        /** What it goes on with, which may be another than before. */
        readonly engine?: string;
        readonly device?: string;
      }
    | {
        readonly type: "step";
        /** Steps done, from 1. */
        readonly step: number;
        /** Epochs done as a fraction. */
        readonly epoch: number;
        /** Mean training loss of the steps since the last step event. */
        readonly loss: number;
        readonly learningRate: number;
        readonly rowsPerSecond: number;
      }
    | {
        readonly type: "epoch";
        /** Epochs done, from 1. */
        readonly epoch: number;
        readonly step: number;
        readonly seconds: number;
        readonly train: Metrics;
        readonly validation: Metrics | null;
        /** True when this epoch has the best monitored value so far. */
        readonly best: boolean;
      }
    | { readonly type: "checkpoint"; readonly step: number }
    | {
        /** What the run's process takes of the machine; every two seconds, less often in long runs. */
        readonly type: "usage";
        readonly step: number;
        /** Cores kept busy since the last usage event: 1 is one whole core. */
        readonly cpu: number;
        /** Resident memory of the process. */
        readonly memoryBytes: number;
        /** The busiest GPU that nvidia-smi tells of, whoever uses it: share of time in 0 to 1, and its memory in use. */
        readonly gpu?: { readonly busy: number; readonly memoryBytes: number };
      }
    /** Asked to hold between two steps, or to go on; no time passes for `seconds` in between. */
    | { readonly type: "pause"; readonly paused: boolean; readonly step: number }
    | { readonly type: "message"; readonly level: "info" | "warning" | "error"; readonly text: string }
    | {
        readonly type: "end";
        readonly state: "finished" | "stopped" | "failed";
        /** Why it stopped or failed, with the remedy. */
        readonly reason: string | null;
        readonly step: number;
        readonly epoch: number;
        readonly seconds: number;
        readonly best: { readonly epoch: number; readonly validation: Metrics } | null;
        readonly test: Metrics | null;
        readonly confusion: {
          readonly classes: readonly string[];
          readonly counts: readonly (readonly number[])[];
        } | null;
        /** Of finished runs: on test rows, else on validation rows. */
        readonly curves?: RunCurves | null;
      }
  );

/** What people write about a run, kept in its folder as notes.json. */
export interface RunNotes {
  /** At most 20,000 characters. */
  readonly text: string;
  /** At most 20, of 40 characters each. */
  readonly tags: readonly string[];
}

/** Something measured beside losses and metrics, at most 200 points. */
export interface Gauge {
  readonly name: "learning rate" | "rows per second" | "cores busy" | "memory" | "GPU busy" | "GPU memory";
  /** "" for plain numbers; memory in "MB" of 10^6 bytes. */
  readonly unit: "" | "%" | "MB";
  /** Steps done. */
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

/** One line of a chart: at most 500 points. */
export interface Series {
  readonly name: string;
  readonly split: SplitName;
  /** Steps done. */
  readonly x: readonly number[];
  /** null where not finite. */
  readonly y: readonly (number | null)[];
}

/** A whole snapshot of a run: what the MIME bundle MIME.run holds. JSON only, no NaN. */
export interface RunView {
  readonly version: 1;
  readonly id: string;
  readonly name: string;
  readonly state: RunState;
  readonly reason: string | null;
  /** Last event folded in: where live deltas go on. */
  readonly seq: number;
  readonly startedAt: number;
  readonly updatedAt: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps: number;
  readonly stepsPerEpoch: number;
  readonly seconds: number;
  /** Seconds left at the present rate; null when unknown or over. */
  readonly etaSeconds: number | null;
  readonly rowsPerSecond: number | null;
  readonly learningRate: number | null;
  readonly engine: string;
  readonly device: string;
  readonly parameters: number;
  readonly model: string;
  readonly dataset: string;
  readonly task: Task;
  readonly seed: number;
  readonly series: readonly Series[];
  readonly best: { readonly epoch: number; readonly validation: Readonly<Record<string, number | null>> } | null;
  readonly last: {
    readonly train: Readonly<Record<string, number | null>>;
    readonly validation: Readonly<Record<string, number | null>> | null;
  } | null;
  readonly test: Readonly<Record<string, number | null>> | null;
  readonly confusion: { readonly classes: readonly string[]; readonly counts: readonly (readonly number[])[] } | null;
  readonly messages: readonly string[];
  /** True while it holds between two steps because someone asked for it. */
  readonly paused?: boolean;
  readonly curves?: RunCurves | null;
  readonly gauges?: readonly Gauge[];
  /** When steps were done: seconds of training at some steps, both rising; in between the line is straight. At most 200 points. */
  readonly clock?: { readonly step: readonly number[]; readonly seconds: readonly number[] };
  readonly notes?: RunNotes;
}
