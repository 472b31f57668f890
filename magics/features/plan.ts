/**
 * What was fitted: how a raw row becomes features. Plain data, kept as plan.json beside the arrays and read by training, prediction and deployment.
 * Two things carry it out: the loop in transform.ts for bulk rows, and the graph in graph.ts that is trained on and served.
 */
import type { ColumnKind } from "@lepton/contract";
import type { Stages } from "@lepton/graph/stages";

/** One raw value of a row becomes one or more features. `raw` and `feature` are indices; constants are f32 values. */
export type FeatureStep =
  /** (clip(x or fill) - offset) * scale. */
  | {
      readonly kind: "number";
      readonly raw: number;
      readonly feature: number;
      /** Instead of a missing value. */
      readonly fill: number;
      readonly low: number;
      readonly high: number;
      readonly offset: number;
      readonly scale: number;
    }
  /** Features feature .. feature + count - 1: 1 where the code is theirs, else 0; all 0 for an unknown category. */
  | {
      readonly kind: "one-hot";
      readonly raw: number;
      readonly feature: number;
      readonly count: number;
      /** The code instead of a missing value. */
      readonly fill: number;
    }
  /** 1 where the raw value is missing, else 0. */
  | { readonly kind: "missing"; readonly raw: number; readonly feature: number };

/** What was seen and decided of one column of the file; for people. */
export interface ColumnReport {
  readonly name: string;
  /** The source's type. */
  readonly storage: string;
  readonly kind: ColumnKind | "target" | "split";
  /** Of the training rows; of the file's rows where the column is ignored. */
  readonly missing: number;
  /** Of the training rows' present values; null where it has none. */
  readonly min: number | null;
  readonly median: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly deviation: number | null;
  /** Categories with their counts in training, most frequent first, at most 20. */
  readonly top: readonly { readonly value: string; readonly count: number }[];
  /** What was made of it, or why it is ignored. */
  readonly note: string;
  /** Present where the column alone tells the target in every training row. */
  readonly tellsTarget?: true;
}

export interface Plan {
  readonly version: 1;
  /** Raw row ─► R raw numbers, on the host. */
  readonly stages: Stages;
  /** R raw numbers ─► F features, in the graph. */
  readonly steps: readonly FeatureStep[];
  /** Names of the F features, in order. */
  readonly features: readonly string[];
  /** Mean and population deviation of a regression target in the training rows; null for classes. */
  readonly targetScale: { readonly mean: number; readonly deviation: number } | null;
  readonly report: readonly ColumnReport[];
}
