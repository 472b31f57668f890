/**
 * What is to be learnt. Enters: the target column and the user's word; leaves: the task, the classes, and y. Apart because its rules (rows without
 * a target go, one class cannot be learnt) are none of the features'.
 */
import { LeptonError, type SourceColumn, type Task } from "@lepton/contract";
import { didYouMean } from "../data/nearest-name.ts";
import type { ColumnData } from "../data/read-columns.ts";
import { type CodedColumn, codedColumn } from "./codes.ts";
import type { FeatureOptions } from "./options.ts";

export interface Target {
  readonly task: Task;
  /** Null for a regression. Binary: the positive class is the second. */
  readonly classes: readonly string[] | null;
  readonly positive: string | null;
  /** Each row's class; -1 where the target is missing. Undefined for a regression. */
  readonly codes: Int32Array | undefined;
  /** Each row's value; NaN where the target is missing. Undefined for classes. */
  readonly values: Float32Array | undefined;
  /** Rows that have a target. */
  readonly rows: Uint32Array;
  /** How the task was chosen, for people. */
  readonly note: string;
}

/** Whole numbers with at most this many values are taken for classes. */
const fewClasses = 10;
const manyClasses = 1000;

export function readTarget(column: SourceColumn, data: ColumnData, options: FeatureOptions): Target {
  const { task, note } = chooseTask(column, data, options);
  return task === "regression" ? numberTarget(column, data, note) : classTarget(column, data, task, options, note);
}

function chooseTask(column: SourceColumn, data: ColumnData, options: FeatureOptions): { task: Task; note: string } {
  if (options.task !== "auto") return { task: options.task, note: "as asked" };
  if (data.as === "codes" || column.type === "boolean") {
    return distinctOf(data) <= 2 ? { task: "binary", note: "two values" } : { task: "multiclass", note: "text" };
  }
  const distinct = distinctOf(data);
  if (distinct === 2) return { task: "binary", note: "two values" };
  if (column.type === "integer" && distinct <= fewClasses && distinct <= data.values.length / 20) {
    return { task: "multiclass", note: `${distinct} whole numbers; --task regression learns them as amounts` };
  }
  return { task: "regression", note: "numbers" };
}

/** Different present values, counted no further than needed. */
function distinctOf(data: ColumnData): number {
  if (data.as === "codes") return data.dictionary.length;
  const seen = new Set<number>();
  for (const value of data.values) {
    if (!Number.isNaN(value)) seen.add(value);
    if (seen.size > manyClasses) break;
  }
  return seen.size;
}

function numberTarget(column: SourceColumn, data: ColumnData, note: string): Target {
  if (data.as === "codes" || column.type === "date") {
    throw new LeptonError(
      "LEPTON_TARGET",
      `features: target "${column.name}" holds ${data.as === "codes" ? "text" : "dates"}; a regression needs numbers.`,
    );
  }
  const values = Float32Array.from(data.values);
  const infinite = values.findIndex((value) => Math.abs(value) === Number.POSITIVE_INFINITY);
  if (infinite >= 0) {
    throw new LeptonError(
      "LEPTON_TARGET",
      `features: target "${column.name}" is ${data.values[infinite]} in row ${infinite + 1}; a target must be finite and within ±3.4e38. Correct or remove the row.`,
    );
  }
  const rows = rowsWhere(values.length, (row) => !Number.isNaN(values[row]!));
  requireRows(column, rows);
  const first = values[rows[0]!]!;
  if (rows.every((row) => values[row] === first)) throw oneValue(column, String(first));
  return { task: "regression", classes: null, positive: null, codes: undefined, values, rows, note };
}

function classTarget(
  column: SourceColumn,
  data: ColumnData,
  task: Task,
  options: FeatureOptions,
  note: string,
): Target {
  if (column.type === "date")
    throw new LeptonError(
      "LEPTON_TARGET",
      `features: target "${column.name}" holds dates; numbers or classes are expected.`,
    );
  const coded = codedColumn(data);
  const rows = rowsWhere(coded.codes.length, (row) => coded.codes[row]! >= 0);
  requireRows(column, rows);
  const present = new Uint8Array(coded.dictionary.length);
  for (const row of rows) present[coded.codes[row]!] = 1;
  const used = [...coded.dictionary.keys()].filter((code) => present[code] === 1);
  const words = (code: number) =>
    column.type === "boolean" ? (coded.dictionary[code] === "1" ? "true" : "false") : coded.dictionary[code]!;
  if (used.length === 1) throw oneValue(column, words(used[0]!));
  if (used.length > manyClasses) {
    throw new LeptonError(
      "LEPTON_TARGET",
      `features: target "${column.name}" has ${used.length} classes, at most ${manyClasses} can be learnt; --task regression learns numbers.`,
    );
  }
  if (task === "binary" && used.length > 2) {
    throw new LeptonError(
      "LEPTON_TARGET",
      `features: target "${column.name}" has ${used.length} classes, a binary task has two; use --task multiclass.`,
    );
  }
  const ordered = orderClasses(
    column,
    used.map((code) => ({ code, word: words(code) })),
    task,
    options,
  );
  return {
    task,
    classes: ordered.map(({ word }) => word),
    positive: task === "binary" ? ordered[1]!.word : null,
    codes: renumber(
      coded,
      ordered.map(({ code }) => code),
    ),
    values: undefined,
    rows,
    note,
  };
}

interface ClassWord {
  readonly code: number;
  readonly word: string;
}

/** Classes in the dictionary's order; the positive one of two comes second. */
function orderClasses(
  column: SourceColumn,
  classes: readonly ClassWord[],
  task: Task,
  options: FeatureOptions,
): readonly ClassWord[] {
  const { positive } = options;
  if (positive === undefined) return classes;
  const names = classes.map(({ word }) => word);
  if (task !== "binary")
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `features: positive is for two classes, "${column.name}" has ${names.length}.`,
    );
  if (!names.includes(positive)) {
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `features: "${column.name}" has no class "${positive}"${didYouMean(positive, names)} Classes: ${names.join(", ")}.`,
    );
  }
  return [...classes].sort((a, b) => Number(a.word === positive) - Number(b.word === positive));
}

function renumber(coded: CodedColumn, order: readonly number[]): Int32Array {
  const place = new Int32Array(coded.dictionary.length).fill(-1);
  for (const [index, code] of order.entries()) place[code] = index;
  return coded.codes.map((code) => (code < 0 ? -1 : place[code]!));
}

function rowsWhere(count: number, holds: (row: number) => boolean): Uint32Array {
  const rows = new Uint32Array(count);
  let kept = 0;
  for (let row = 0; row < count; row++) if (holds(row)) rows[kept++] = row;
  return rows.slice(0, kept);
}

function requireRows(column: SourceColumn, rows: Uint32Array): void {
  if (rows.length === 0)
    throw new LeptonError(
      "LEPTON_TARGET",
      `features: target "${column.name}" has only missing values; choose another target.`,
    );
  if (rows.length < 3) {
    throw new LeptonError(
      "LEPTON_TARGET",
      `features: only ${rows.length} rows have a value of target "${column.name}"; at least 3 are needed to train, validate and test.`,
    );
  }
}

function oneValue(column: SourceColumn, value: string): LeptonError {
  return new LeptonError(
    "LEPTON_TARGET",
    `features: target "${column.name}" is "${value}" in every row; with one class there is nothing to learn.`,
  );
}
