/**
 * Host stages: what no graph can do with a raw row (look up a category, take a date apart), in front of the graph. Plain versioned data, made
 * when features are fitted, kept in plan.json and in a deployed folder. Apart from features because the server needs them and nothing else.
 */

export const dateParts = ["year", "month", "weekday", "dayOfYear", "hour"] as const;
export type DatePart = (typeof dateParts)[number];

/** How one column of a row becomes raw f32 values. Missing is NaN everywhere. */
export type Stage =
  /** The value less `offset` (0 when left out), in f64: numbers that differ little for their size stay apart in f32. */
  | { readonly kind: "number"; readonly column: string; readonly offset?: number }
  /** 0 or 1. */
  | { readonly kind: "boolean"; readonly column: string }
  /** The index in `categories`; -1 for a category that training did not keep. */
  | { readonly kind: "category"; readonly column: string; readonly categories: readonly string[] }
  /** The index in `categories`, lowest first; an unknown one is missing. */
  | { readonly kind: "ordinal"; readonly column: string; readonly categories: readonly string[] }
  /** One value a part, UTC: month from 1, weekday 0 = Monday. */
  | { readonly kind: "date"; readonly column: string; readonly parts: readonly DatePart[] };

export interface Stages {
  readonly version: 1;
  readonly columns: readonly Stage[];
}

/** Raw values a stage makes from one row. */
export function stageWidth(stage: Stage): number {
  return stage.kind === "date" ? stage.parts.length : 1;
}

/** R: raw values of one row. */
export function rawWidth(stages: Stages): number {
  return stages.columns.reduce((width, stage) => width + stageWidth(stage), 0);
}
