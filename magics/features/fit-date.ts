/** Fits dates on the training rows: the parts that vary there, each scaled as a number. */
import { type DatePart, datePart, dateParts } from "@lepton/graph/stages";
import type { ColumnData } from "../data/read-columns.ts";
import { fitNumber } from "./fit-number.ts";
import { type Fitted, missingFeature, type NewFeature, noNumbers } from "./fitted-column.ts";
import type { ColumnGuess } from "./kinds.ts";
import type { FeatureOptions } from "./options.ts";

export function fitDate(
  guess: ColumnGuess,
  data: ColumnData,
  train: Uint32Array,
  options: FeatureOptions,
): Fitted | string {
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
