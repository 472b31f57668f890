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
  const present = presentRows(values, train);
  if (present.length === 0) return "only missing values in the training rows";
  const made = allParts(values);
  const varying = made.filter(({ raw }) => present.some((row) => raw[row] !== raw[present[0]!]));
  if (varying.length === 0) return "one value only in the training rows";
  const features: NewFeature[] = varying.map(({ part, raw }, index) => ({
    kind: "number",
    name: `${name}_${part}`,
    raw: index,
    fit: fitNumber(raw, train, options)!,
  }));
  const missing = train.length - present.length;
  const [first, last] = range(values);
  return {
    stage: { kind: "date", column: name, parts: varying.map(({ part }) => part) },
    raws: varying.map(({ raw }) => raw),
    features: [...features, ...missingFeature(name, 0, missing, options)],
    report: {
      kind: "date",
      missing,
      ...noNumbers,
      top: [],
      note: `${varying.map(({ part }) => part).join(", ")}; ${isoText(first)} to ${isoText(last)}`,
    },
    example: isoText(last),
  };
}

/** "2024-05-31", with the time of day where there is one. */
function isoText(seconds: number): string {
  return new Date(seconds * 1000)
    .toISOString()
    .replace(/T00:00:00\.000Z$/, "")
    .replace(/\.000Z$/, "Z");
}

/** Every part of every row. Those of days come from a table over the range of days, since many rows share one. */
function allParts(seconds: Float64Array): readonly { readonly part: DatePart; readonly raw: Float32Array }[] {
  const [first, last] = range(seconds).map((value) => Math.floor(value / 86_400)) as [number, number];
  const days = new Int32Array(seconds.length);
  for (let row = 0; row < days.length; row++) {
    days[row] = Number.isNaN(seconds[row]!) ? -1 : Math.floor(seconds[row]! / 86_400) - first;
  }
  return dateParts.map((part) => {
    if (part === "hour") return { part, raw: hours(seconds) };
    const ofDay = Float32Array.from({ length: last - first + 1 }, (_, day) => datePart(part, (first + day) * 86_400));
    const raw = new Float32Array(days.length);
    for (let row = 0; row < raw.length; row++) raw[row] = days[row]! < 0 ? Number.NaN : ofDay[days[row]!]!;
    return { part, raw };
  });
}

function hours(seconds: Float64Array): Float32Array {
  const raw = new Float32Array(seconds.length);
  for (let row = 0; row < raw.length; row++) raw[row] = datePart("hour", seconds[row]!);
  return raw;
}

/** Earliest and latest instant. */
function range(seconds: Float64Array): readonly [number, number] {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let row = 0; row < seconds.length; row++) {
    const value = seconds[row]!;
    if (value < first) first = value;
    if (value > last) last = value;
  }
  return [first, last];
}

function presentRows(seconds: Float64Array, rows: Uint32Array): Uint32Array {
  const present = new Uint32Array(rows.length);
  let count = 0;
  for (const row of rows) if (!Number.isNaN(seconds[row]!)) present[count++] = row;
  return present.subarray(0, count);
}
