/**
 * The whole fit, on whatever thread it is called: target, split, plan, arrays. Enters: columns in memory and options; leaves: everything a data
 * set's folder holds, in memory. Apart from features-worker.ts so that tests and the bench call it directly.
 */
import { LeptonError, type RawColumn, type SourceColumn, type SplitName } from "@lepton/contract";
import type { ColumnData } from "../data/read-columns.ts";
import { checkPlan } from "./check-plan.ts";
import { codedColumn } from "./codes.ts";
import { type FittedColumns, fitColumns, type GuessedData, planOf } from "./fit-plan.ts";
import { tellsTarget } from "./leakage.ts";
import type { FeatureOptions } from "./options.ts";
import type { ColumnReport, Plan } from "./plan.ts";
import { givenSplit, orderedSplit, randomSplit, type SplitRows, splitNames } from "./split.ts";
import { readTarget, type Target } from "./target.ts";
import { applySteps } from "./transform.ts";

export interface FitInput {
  readonly columns: readonly GuessedData[];
  readonly target: { readonly column: SourceColumn; readonly data: ColumnData };
  readonly splitBy: { readonly column: SourceColumn; readonly data: ColumnData } | undefined;
  readonly options: FeatureOptions;
}

export interface SplitArrays {
  readonly rows: number;
  /** [N, F]. */
  readonly x: Float32Array;
  /** [N, 1] f32 for a regression and two classes, [N] i32 class indices for more. */
  readonly y: Float32Array | Int32Array;
  /** Row of the file for each row here, ascending; absent for arrays from a cell. */
  readonly fileRows?: Uint32Array;
}

export interface Fit {
  readonly plan: Plan;
  readonly target: Target;
  readonly columns: readonly RawColumn[];
  readonly stratified: boolean;
  /** Rows of each class in training; null for a regression. */
  readonly classCounts: readonly number[] | null;
  /** Rows without a target, left out. */
  readonly withoutTarget: number;
  readonly arrays: Readonly<Record<SplitName, SplitArrays>>;
  /** Largest difference of loop and graph on the sample. */
  readonly difference: number;
}

export function fitFeatures(input: FitInput): Fit {
  const { options } = input;
  const target = readTarget(input.target.column, input.target.data, options);
  const split = splitRows(input, target);
  requireClasses(target, split.train, options);
  const fitted = fitColumns(input.columns, split.train, options);
  const difference = checkPlan(planOf(fitted), fitted.raws);
  const plan: Plan = {
    version: 1,
    ...planOf(fitted),
    targetScale: target.values ? targetScale(target.values, split.train) : null,
    report: [targetReport(input, target, split.train), ...withTelling(fitted, target, split.train)],
  };
  const arrays = Object.fromEntries(splitNames.map((name) => [name, arraysOf(plan, fitted, target, split[name])]));
  return {
    plan,
    target,
    columns: rawColumns(fitted),
    stratified: target.codes !== undefined && input.splitBy === undefined,
    classCounts: target.codes ? classCounts(target, split.train) : null,
    withoutTarget:
      input.target.data.as === "codes"
        ? input.target.data.codes.length - target.rows.length
        : input.target.data.values.length - target.rows.length,
    arrays: arrays as Record<SplitName, SplitArrays>,
    difference,
  };
}

function splitRows(input: FitInput, target: Target): SplitRows {
  const { options, splitBy } = input;
  if (!splitBy) return randomSplit(target.rows, target.codes, options.fractions, options.seed);
  if (splitBy.data.as === "codes") {
    const { codes, dictionary } = codedColumn(splitBy.data);
    return givenSplit(target.rows, codes, dictionary, splitBy.column.name);
  }
  return orderedSplit(target.rows, Float64Array.from(splitBy.data.values), splitBy.column.name, options.fractions);
}

/** A split by column can leave training without rows or with one class. */
function requireClasses(target: Target, train: Uint32Array, options: FeatureOptions): void {
  if (train.length === 0)
    throw new LeptonError("LEPTON_TARGET", `features: splitBy "${options.splitBy}" leaves no training rows.`);
  if (!target.codes) return;
  const present = classCounts(target, train).filter((count) => count > 0).length;
  if (present < 2)
    throw new LeptonError(
      "LEPTON_TARGET",
      `features: the training rows hold ${present} class of target "${options.target}"; at least two are needed to learn from.`,
    );
}

function classCounts(target: Target, rows: Uint32Array): readonly number[] {
  const counts = target.classes!.map(() => 0);
  const codes = target.codes!;
  for (let at = 0; at < rows.length; at++) counts[codes[rows[at]!]!]!++;
  return counts;
}

function targetScale(values: Float32Array, train: Uint32Array): { mean: number; deviation: number } {
  let sum = 0;
  for (const row of train) sum += values[row]!;
  const mean = sum / train.length;
  let squares = 0;
  for (const row of train) squares += (values[row]! - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / train.length) };
}

function targetReport(input: FitInput, target: Target, train: Uint32Array): ColumnReport {
  const { column } = input.target;
  const numbers = target.values ? targetScale(target.values, train) : null;
  const counts = target.codes ? classCounts(target, train) : [];
  const top = (target.classes ?? []).map((value, index) => ({ value, count: counts[index]! })).slice(0, 20);
  const positive = target.positive === null ? "" : `, positive = ${target.positive}`;
  return {
    name: column.name,
    storage: column.storage,
    kind: "target",
    missing: 0,
    min: null,
    median: null,
    max: null,
    mean: numbers?.mean ?? null,
    deviation: numbers?.deviation ?? null,
    top,
    note: `${target.task} (${target.note})${positive}`,
  };
}

/** The columns' report, with a mark on those that alone tell the target. Parts of dates are left out: time does tell, and is known. */
function withTelling(fitted: FittedColumns, target: Target, train: Uint32Array): readonly ColumnReport[] {
  const telling = new Set<string>();
  let raw = 0;
  for (const stage of fitted.stages) {
    const values = fitted.raws[raw]!;
    raw += stage.kind === "date" ? stage.parts.length : 1;
    if (stage.kind !== "date" && tellsTarget(values, stage.kind === "category", target, train))
      telling.add(stage.column);
  }
  return fitted.report.map((column) => (telling.has(column.name) ? { ...column, tellsTarget: true } : column));
}

function rawColumns(fitted: FittedColumns): readonly RawColumn[] {
  return fitted.stages.map((stage, index) => ({
    name: stage.column,
    kind: stage.kind,
    ...("categories" in stage && { categories: stage.categories }),
    nullable: fitted.nullable[index]!,
    example: fitted.examples[index]!,
  }));
}

function arraysOf(plan: Plan, fitted: FittedColumns, target: Target, rows: Uint32Array): SplitArrays {
  const width = plan.features.length;
  const views = fitted.raws.map((values) => ({ values, offset: 0, stride: 1 }));
  const x = applySteps(plan.steps, width, views, rows, new Float32Array(rows.length * width));
  return { rows: rows.length, x, y: targetOf(target, rows), fileRows: rows };
}

function targetOf(target: Target, rows: Uint32Array): Float32Array | Int32Array {
  const source = (target.values ?? target.codes)!;
  const y = target.task === "multiclass" ? new Int32Array(rows.length) : new Float32Array(rows.length);
  for (let at = 0; at < y.length; at++) y[at] = source[rows[at]!]!;
  return y;
}
