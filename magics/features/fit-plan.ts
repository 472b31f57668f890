/**
 * Fits the plan on the training rows. Enters: column guesses with their data, the training rows and the options; leaves: the plan, and each raw
 * value of every row of the file, as the host stages would make it. Only training rows are looked at for what is fitted.
 */
import { LeptonError } from "@lepton/contract";
import { type DatePart, datePart, dateParts, type Stage } from "@lepton/graph/stages";
import type { ColumnData } from "../data/read-columns.ts";
import { type CodedColumn, codedColumn, countCodes } from "./codes.ts";
import { fitNumber, type NumberFit } from "./fit-number.ts";
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

/** What one column adds. */
interface Fitted {
  readonly stage: Stage;
  readonly raws: readonly Float32Array[];
  readonly features: readonly NewFeature[];
  readonly report: Omit<ColumnReport, "name" | "storage">;
  readonly example: number | string | boolean | null;
}

/** A step before its place among all features is known; `raw` counts within the column. */
type NewFeature =
  | { readonly kind: "number"; readonly name: string; readonly raw: number; readonly fit: NumberFit }
  | { readonly kind: "one-hot"; readonly names: readonly string[]; readonly raw: number; readonly fill: number }
  | { readonly kind: "missing"; readonly name: string; readonly raw: number };

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
  if (data.as !== "f32") throw new Error(`${name} was read as ${data.as}`);
  const reason = whyUnusable(data.values) ?? (guess.given ? null : whyIdentifier(guess.column, data.values));
  if (reason !== null) return reason;
  const truth = guess.kind === "boolean";
  const fit = fitNumber(data.values, train, truth ? asTruth(options) : options);
  if (!fit) return "only missing values in the training rows";
  const [kind, example] = truth
    ? (["boolean", fit.fill === 1] as const)
    : (["number", Number(fit.median.toPrecision(6))] as const);
  const missing = missingFeature(name, 0, fit.missing, options);
  return {
    stage: { kind, column: name },
    raws: [data.values],
    features: [{ kind: "number", name, raw: 0, fit }, ...missing],
    report: {
      kind,
      ...numberReport(fit),
      top: [],
      note: numberNote(fit, truth ? asTruth(options) : options, missing.length > 0),
    },
    example,
  };
}

/** Booleans stay 0 and 1; the more frequent one stands for a missing value. */
function asTruth(options: FeatureOptions): FeatureOptions {
  return { ...options, scale: "none", impute: "most-frequent", clip: 0 };
}

function missingFeature(name: string, raw: number, missing: number, options: FeatureOptions): readonly NewFeature[] {
  return options.indicators && missing > 0 ? [{ kind: "missing", name: `${name}_missing`, raw }] : [];
}

function numberReport(fit: NumberFit) {
  const { missing, min, median, max, mean, deviation } = fit;
  return { missing, min: finite(min), median, max: finite(max), mean, deviation };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function numberNote(fit: NumberFit, options: FeatureOptions, indicated: boolean): string {
  const scaled = { standard: "standardised", minmax: "scaled to 0..1", none: "as it is" }[options.scale];
  const filled = fit.missing > 0 ? `, missing = ${options.impute}${indicated ? " and an indicator" : ""}` : "";
  const cut = fit.cut > 0 ? `, ${fit.cut} extreme ${fit.cut === 1 ? "value" : "values"} cut` : "";
  return `${scaled}${filled}${cut}`;
}

function fitCategory(
  guess: ColumnGuess,
  column: CodedColumn,
  train: Uint32Array,
  options: FeatureOptions,
): Fitted | string {
  const { name } = guess.column;
  const { counts, missing } = countCodes(column, train);
  const seen = byFrequency(column, counts);
  if (seen.length === 0) return "only missing values in the training rows";
  if (seen.length === 1 && missing === 0 && !guess.given) return "one value only in the training rows";
  const kept = seen.slice(0, options.maxCategories).sort((a, b) => a - b);
  const categories = kept.map((code) => column.dictionary[code]!);
  const fill = kept.indexOf(seen[0]!);
  const indicator = missingFeature(name, 0, missing, options);
  const rare = seen.length - kept.length;
  const parts = [
    `one-hot of ${kept.length}`,
    rare > 0 ? `${rare} rare ones count as unknown` : "",
    missing > 0 ? `missing = most frequent${indicator.length > 0 ? " and an indicator" : ""}` : "",
  ];
  return {
    stage: { kind: "category", column: name, categories },
    raws: [rawCodes(column, kept, -1)],
    features: [
      { kind: "one-hot", names: categories.map((category) => `${name}=${category}`), raw: 0, fill },
      ...indicator,
    ],
    report: {
      kind: "category",
      missing,
      ...noNumbers,
      top: topOf(column, counts, seen),
      note: parts.filter((part) => part !== "").join(", "),
    },
    example: column.dictionary[seen[0]!]!,
  };
}

const noNumbers = { min: null, median: null, max: null, mean: null, deviation: null };

/** Codes that occur, most frequent first, ties in the dictionary's order. */
function byFrequency(column: CodedColumn, counts: Uint32Array): readonly number[] {
  return [...column.dictionary.keys()]
    .filter((code) => counts[code]! > 0)
    .sort((a, b) => counts[b]! - counts[a]! || a - b);
}

function topOf(column: CodedColumn, counts: Uint32Array, seen: readonly number[]) {
  return seen.slice(0, 20).map((code) => ({ value: column.dictionary[code]!, count: counts[code]! }));
}

/** The file's codes become the plan's: a category that was not kept is `unknown`, a missing value NaN. */
function rawCodes(column: CodedColumn, kept: readonly number[], unknown: number): Float32Array {
  const place = new Float32Array(column.dictionary.length).fill(unknown);
  for (const [index, code] of kept.entries()) place[code] = index;
  const raw = new Float32Array(column.codes.length);
  for (let row = 0; row < raw.length; row++)
    raw[row] = column.codes[row]! < 0 ? Number.NaN : place[column.codes[row]!]!;
  return raw;
}

function fitOrdinal(
  guess: ColumnGuess,
  column: CodedColumn,
  train: Uint32Array,
  options: FeatureOptions,
): Fitted | string {
  const { name } = guess.column;
  const { counts } = countCodes(column, train);
  const seen = byFrequency(column, counts);
  if (seen.length === 0) return "only missing values in the training rows";
  const categories = orderOf(name, column, options);
  const kept = categories.map((category) => column.dictionary.indexOf(category));
  const place = new Map(kept.map((code, index) => [code, index]));
  const raw = Float32Array.from(column.codes, (code) => place.get(code) ?? Number.NaN);
  const fit = fitNumber(raw, train, { ...options, impute: "median", clip: 0 })!;
  const fill = Math.floor(fit.fill); // the median of two middle codes may lie between them
  const indicator = missingFeature(name, 0, fit.missing, options);
  return {
    stage: { kind: "ordinal", column: name, categories },
    raws: [raw],
    features: [
      { kind: "number", name, raw: 0, fit: { ...fit, fill, low: 0, high: categories.length - 1 } },
      ...indicator,
    ],
    report: {
      kind: "ordinal",
      ...numberReport(fit),
      ...noNumbers,
      top: topOf(column, counts, seen),
      note: `${categories.slice(0, 8).join(" < ")}${categories.length > 8 ? " < ..." : ""}; ${numberNote(fit, options, indicator.length > 0)}`,
    },
    example: categories[fill]!,
  };
}

/** The order given, or numbers by value and words by the alphabet. */
function orderOf(name: string, column: CodedColumn, options: FeatureOptions): readonly string[] {
  const given = options.orders.get(name);
  if (!given) {
    const numeric = column.dictionary.every((word) => word.trim() !== "" && Number.isFinite(Number(word)));
    return numeric ? [...column.dictionary].sort((a, b) => Number(a) - Number(b)) : column.dictionary;
  }
  const lacking = column.dictionary.filter((word) => !given.includes(word));
  if (lacking.length > 0) {
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `features: ordinal ${name}=${given.join("<")} lacks ${lacking
        .slice(0, 5)
        .map((word) => `"${word}"`)
        .join(", ")}; name every value.`,
    );
  }
  return given;
}

function fitDate(guess: ColumnGuess, data: ColumnData, train: Uint32Array, options: FeatureOptions): Fitted | string {
  const { name } = guess.column;
  if (data.as !== "f64") throw new Error(`${name} was read as ${data.as}`);
  const { values } = data;
  const present = train.filter((row) => !Number.isNaN(values[row]!));
  if (present.length === 0) return "only missing values in the training rows";
  const made = dateParts.map((part) => ({ part, raw: partOfAll(part, values) }));
  const varying = made.filter(({ raw }) => present.some((row) => raw[row] !== raw[present[0]!]));
  if (varying.length === 0) return "one value only in the training rows";
  const features: NewFeature[] = varying.map(({ part, raw }, index) => ({
    kind: "number",
    name: `${name}_${part}`,
    raw: index,
    fit: fitNumber(raw, train, options)!,
  }));
  const missing = train.length - present.length;
  const sorted = values
    .slice()
    .filter((value) => !Number.isNaN(value))
    .sort();
  return {
    stage: { kind: "date", column: name, parts: varying.map(({ part }) => part) },
    raws: varying.map(({ raw }) => raw),
    features: [...features, ...missingFeature(name, 0, missing, options)],
    report: {
      kind: "date",
      missing,
      ...noNumbers,
      top: [],
      note: `${varying.map(({ part }) => part).join(", ")}; ${isoText(sorted[0]!)} to ${isoText(sorted.at(-1)!)}`,
    },
    example: isoText(sorted[sorted.length >> 1]!),
  };
}

/** "2024-05-31", with the time of day where there is one. */
function isoText(seconds: number): string {
  return new Date(seconds * 1000)
    .toISOString()
    .replace(/T00:00:00\.000Z$/, "")
    .replace(/\.000Z$/, "Z");
}

/** A part of every row. Days come from a table over the range, since many rows share a day. */
function partOfAll(part: DatePart, seconds: Float64Array): Float32Array {
  if (part === "hour") return Float32Array.from(seconds, (value) => datePart("hour", value));
  const known = new Map<number, number>();
  const raw = new Float32Array(seconds.length);
  let [lastDay, lastPart] = [Number.NaN, Number.NaN];
  for (let row = 0; row < raw.length; row++) {
    const day = Math.floor(seconds[row]! / 86_400);
    if (day !== lastDay) {
      lastDay = day;
      lastPart = known.get(day) ?? datePart(part, seconds[row]!);
      known.set(day, lastPart);
    }
    raw[row] = lastPart;
  }
  return raw;
}
