/** Fits categories and ordinals on the training rows: which values are kept, in which order, and what stands for a missing one. */
import { LeptonError } from "@lepton/contract";
import { type CodedColumn, countCodes } from "./codes.ts";
import { fitNumber } from "./fit-number.ts";
import { type Fitted, missingFeature, noNumbers, numberNote, numberReport } from "./fitted-column.ts";
import type { ColumnGuess } from "./kinds.ts";
import type { FeatureOptions } from "./options.ts";

export function fitCategory(
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

export function fitOrdinal(
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
  // A named value that the file lacks has no code; a missing one has -1 and is no value at all.
  const place = new Map(categories.map((category, index) => [column.dictionary.indexOf(category), index]));
  place.delete(-1);
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
