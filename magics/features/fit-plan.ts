/**
 * Fits the plan on the training rows. Enters: column guesses with their data, the training rows and the options; leaves: the plan, and each raw
 * value of every row of the file, as the host stages would make it. Only training rows are looked at for what is fitted.
 */
import { LeptonError } from "@lepton/contract";
import type { Stage } from "@lepton/graph/stages";
import type { ColumnData } from "../data/read-columns.ts";
import { codedColumn } from "./codes.ts";
import { fitCategory, fitOrdinal } from "./fit-category.ts";
import { fitDate } from "./fit-date.ts";
import { fitNumber } from "./fit-number.ts";
import { type Fitted, missingFeature, type NewFeature, numberNote, numberReport } from "./fitted-column.ts";
import { type ColumnGuess, whyIdentifier, whyUnusable } from "./kinds.ts";
import type { FeatureOptions } from "./options.ts";
import type { ColumnReport, FeatureStep, Plan } from "./plan.ts";

/** A column that is read, with its values of the whole file. */
export interface GuessedData {
  readonly guess: ColumnGuess;
  /** Undefined when the column is ignored. */
  readonly data: ColumnData | undefined;
}

export interface FittedColumns {
  readonly stages: readonly Stage[];
  readonly steps: readonly FeatureStep[];
  readonly features: readonly string[];
  readonly report: readonly ColumnReport[];
  /** For examples in documentation: the median or the most frequent value, in the order of the stages. */
  readonly examples: readonly (number | string | boolean | null)[];
  /** True where training rows had missing values, in the order of the stages. */
  readonly nullable: readonly boolean[];
  /** R arrays, each over all rows of the file. */
  readonly raws: readonly Float32Array[];
}

/** @throws LEPTON_DATA_EMPTY when no column is left; LEPTON_OPTION_VALUE when an order lacks a value */
export function fitColumns(
  columns: readonly GuessedData[],
  train: Uint32Array,
  options: FeatureOptions,
): FittedColumns {
  const assembled = {
    stages: [] as Stage[],
    steps: [] as FeatureStep[],
    features: [] as string[],
    report: [] as ColumnReport[],
    examples: [] as Fitted["example"][],
    nullable: [] as boolean[],
    raws: [] as Float32Array[],
  };
  for (const { guess, data } of columns) {
    const { name, storage } = guess.column;
    const fitted = data === undefined ? (guess.reason ?? "") : fitColumn(guess, data, train, options);
    if (typeof fitted === "string") {
      assembled.report.push({ name, storage, ...ignored(fitted) });
      continue;
    }
    assembled.report.push({ name, storage, ...fitted.report });
    for (const feature of fitted.features) place(feature, assembled.raws.length, assembled.steps, assembled.features);
    assembled.stages.push(fitted.stage);
    assembled.raws.push(...fitted.raws);
    assembled.examples.push(fitted.example);
    assembled.nullable.push(fitted.report.missing > 0);
  }
  if (assembled.features.length === 0) {
    const reasons = assembled.report.map((column) => `${column.name}: ${column.note}`).join("; ");
    throw new LeptonError(
      "LEPTON_DATA_EMPTY",
      `features: no column is left to learn from (${reasons || "the target is the only one"}).`,
    );
  }
  return assembled;
}

/** The fitted part of a plan. */
export function planOf(fitted: FittedColumns): Pick<Plan, "stages" | "steps" | "features"> {
  return { stages: { version: 1, columns: fitted.stages }, steps: fitted.steps, features: fitted.features };
}

function ignored(note: string): Omit<ColumnReport, "name" | "storage"> {
  return {
    kind: "ignored",
    missing: 0,
    min: null,
    median: null,
    max: null,
    mean: null,
    deviation: null,
    top: [],
    note,
  };
}

function place(feature: NewFeature, firstRaw: number, steps: FeatureStep[], names: string[]): void {
  const raw = firstRaw + feature.raw;
  const at = names.length;
  if (feature.kind === "one-hot") {
    steps.push({ kind: "one-hot", raw, feature: at, count: feature.names.length, fill: feature.fill });
    names.push(...feature.names);
    return;
  }
  names.push(feature.name);
  if (feature.kind === "missing") steps.push({ kind: "missing", raw, feature: at });
  else {
    const { fill, low, high, offset, scale } = feature.fit;
    steps.push({ kind: "number", raw, feature: at, fill, low, high, offset, scale });
  }
}

/** @returns why the column is ignored, or what it adds */
function fitColumn(guess: ColumnGuess, data: ColumnData, train: Uint32Array, options: FeatureOptions): Fitted | string {
  switch (guess.kind) {
    case "number":
    case "boolean":
      return fitNumbers(guess, data, train, options);
    case "category":
      return fitCategory(guess, codedColumn(data), train, options);
    case "ordinal":
      return fitOrdinal(guess, codedColumn(data), train, options);
    case "date":
      return fitDate(guess, data, train, options);
    case "ignored":
      return guess.reason ?? "as asked";
    default:
      throw new Error(`kind ${String(guess.kind satisfies never)}`);
  }
}

function fitNumbers(
  guess: ColumnGuess,
  data: ColumnData,
  train: Uint32Array,
  options: FeatureOptions,
): Fitted | string {
  const { name } = guess.column;
  const { values, offset } = nearZero(name, data, train);
  const reason = whyUnusable(values) ?? (guess.given ? null : whyIdentifier(guess.column, values));
  if (reason !== null) return reason;
  const truth = guess.kind === "boolean";
  const fit = fitNumber(values, train, truth ? asTruth(options) : options, -offset);
  if (!fit) return "only missing values in the training rows";
  const [kind, example] = truth
    ? (["boolean", fit.fill === 1] as const)
    : (["number", Number((fit.median + offset).toPrecision(offset === 0 ? 6 : 15))] as const);
  const missing = missingFeature(name, 0, fit.missing, options);
  return {
    stage: { kind, column: name, ...(offset !== 0 && { offset }) },
    raws: [values],
    features: [{ kind: "number", name, raw: 0, fit }, ...missing],
    report: {
      kind,
      ...numberReport(fit, offset),
      top: [],
      note: `${numberNote(fit, truth ? asTruth(options) : options, missing.length > 0)}${offset === 0 ? "" : `, counted from ${offset}`}`,
    },
    example,
  };
}

/** Numbers that came in f64, because f32 would lose their differences, are counted from the first training value. */
function nearZero(name: string, data: ColumnData, train: Uint32Array): { values: Float32Array; offset: number } {
  if (data.as === "f32") return { values: data.values, offset: 0 };
  if (data.as !== "f64") throw new Error(`${name} was read as ${data.as}`);
  const first = train.find((row) => Number.isFinite(data.values[row]!));
  const offset = first === undefined ? 0 : Math.round(data.values[first]!);
  return { values: Float32Array.from(data.values, (value) => value - offset), offset };
}

/** Booleans stay 0 and 1; the more frequent one stands for a missing value. */
function asTruth(options: FeatureOptions): FeatureOptions {
  return { ...options, scale: "none", impute: "most-frequent", clip: 0 };
}
