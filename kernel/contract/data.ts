/**
 * A data set on disk: the folder `.lepton/datasets/ID/` with `dataset.json` (a DatasetManifest), `plan.json` (what magics/features fitted) and the
 * arrays of each split. Written by features, read by train, sweep, deploy and the card.
 */
import type { SplitName, Task } from "./run.ts";

export type ColumnKind = "number" | "category" | "ordinal" | "date" | "boolean" | "ignored";

/** A raw column that a prediction needs, in the order of the file. */
export interface RawColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Known categories in code order (category, ordinal). */
  readonly categories?: readonly string[];
  /** True when training rows had missing values here. */
  readonly nullable: boolean;
  /** A value for examples: the median or the most frequent one of the training rows. */
  readonly example: number | string | boolean | null;
}

export interface ArrayFile {
  /** File name inside the folder: little-endian, row-major, no header. */
  readonly file: string;
  readonly dtype: "f32" | "i32";
  readonly shape: readonly number[];
  readonly sha256: string;
}

export interface DatasetManifest {
  readonly version: 1;
  /** First 12 hex digits of the hash of source, plan and split. */
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly source:
    | {
        readonly kind: "file";
        readonly uri: string;
        readonly sha256: string;
        readonly rows: number;
        readonly skipped: number;
      }
    | { readonly kind: "arrays"; readonly description: string; readonly rows: number };
  readonly task: Task;
  readonly target: {
    readonly name: string;
    readonly classes: readonly string[] | null;
    readonly positive: string | null;
  };
  /** Empty for arrays from a cell. */
  readonly columns: readonly RawColumn[];
  /** Names of the produced features, in order; empty for arrays. */
  readonly features: readonly string[];
  /** One row's shape: [F], or [28, 28, 1] for images (height, width, channels). */
  readonly rowShape: readonly number[];
  /** What y holds: f32 [N, K] for regression and binary (K = 1), i32 [N] class indices for multiclass. */
  readonly targetShape: readonly number[];
  readonly split: {
    readonly seed: number;
    readonly stratified: boolean;
    readonly fractions: Readonly<Record<SplitName, number>>;
    /** The column that decided instead of chance, if any. */
    readonly by?: string;
  };
  readonly rows: Readonly<Record<SplitName, number>>;
  /** Rows of each class in training, in the order of classes; null for regression. */
  readonly classCounts: readonly number[] | null;
  readonly arrays: Readonly<Record<SplitName, { readonly x: ArrayFile; readonly y: ArrayFile }>>;
  /** "plan.json", or null for arrays from a cell. */
  readonly plan: string | null;
  /** The magic or call that made it. */
  readonly sourceText: string;
}
