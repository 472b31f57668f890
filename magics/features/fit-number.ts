/**
 * Fits one column of numbers on the training rows: bounds, what stands for a missing value, offset and scale. Enters: values and rows; leaves:
 * constants rounded to f32, so that loop and graph compute with the very same.
 */
import type { FeatureOptions } from "./options.ts";
import { quantiles } from "./quantile.ts";

export interface NumberFit {
  readonly missing: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  /** Over all training rows after filling and cutting. */
  readonly mean: number;
  /** The population's, as scikit-learn's StandardScaler. */
  readonly deviation: number;
  readonly fill: number;
  readonly low: number;
  readonly high: number;
  readonly offset: number;
  readonly scale: number;
  /** Training values outside [low, high]. */
  readonly cut: number;
}

/** Beyond it the difference of two values is no f32 any more. */
const largest = Math.fround(1e37);

/**
 * @param zero  what stands for 0 where the values are counted from elsewhere
 * @returns     undefined when the training rows have no value at all
 */
export function fitNumber(
  values: Float32Array,
  rows: Uint32Array,
  options: FeatureOptions,
  zero = 0,
): NumberFit | undefined {
  const present = new Float32Array(rows.length);
  let count = 0;
  for (let at = 0; at < rows.length; at++) {
    const value = values[rows[at]!]!;
    if (!Number.isNaN(value)) present[count++] = value;
  }
  if (count === 0) return undefined;
  const missing = rows.length - count;
  const { low, high, median } = bounds(present, count, options.clip);
  const { min, max, cut, sum, squares } = sums(present, count, low, high, median);
  const fill = Math.fround(fillValue(options.impute, present, count, median, sum / count, low, high, zero));
  const distance = Math.min(Math.max(fill, low), high) - median;
  const shift = (sum + missing * distance) / rows.length;
  const mean = median + shift;
  const deviation = Math.sqrt(Math.max(0, (squares + missing * distance ** 2) / rows.length - shift ** 2));
  const { offset, scale } = scaling(options.scale, mean, deviation, Math.max(min, low), Math.min(max, high));
  const constants = { fill, low, high, offset: Math.fround(offset), scale: Math.fround(scale) };
  return { missing, min, median, max, mean, deviation, ...constants, cut };
}

/**
 * The median, plus and minus `clip` times the reach of the middle 98 %. One wild value in any table (1e308 for 10) moves none of the three.
 * Where 98 % are equal the reach is the median distance of the others.
 */
function bounds(values: Float32Array, count: number, clip: number): { low: number; high: number; median: number } {
  const { low, median, high } = quantiles(values, count);
  const limited = (value: number) => Math.fround(Math.min(Math.max(value, -largest), largest));
  if (clip === 0) return { low: -largest, high: largest, median: limited(median) };
  const reach = Math.max(high - median, median - low) || reachOfOthers(values, count, median);
  return { low: limited(median - clip * reach), high: limited(median + clip * reach), median: limited(median) };
}

function reachOfOthers(values: Float32Array, count: number, median: number): number {
  const distances = values
    .subarray(0, count)
    .filter((value) => value !== median)
    .map((value) => Math.abs(value - median));
  if (distances.length === 0) return 0;
  return quantiles(distances, distances.length).median;
}

/**
 * One pass over the values: smallest, largest, how many are cut, and the sums of distance and squared distance of the cut values to the median.
 * In f64; around the median the variance loses no digits to a large mean.
 */
function sums(values: Float32Array, count: number, low: number, high: number, median: number) {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let cut = 0;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < count; i++) {
    let value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
    if (value < low || value > high) {
      cut++;
      value = value < low ? low : high;
    }
    const distance = value - median;
    sum += distance;
    squares += distance * distance;
  }
  return { min, max, cut, sum, squares };
}

function fillValue(
  impute: FeatureOptions["impute"],
  values: Float32Array,
  count: number,
  median: number,
  meanDistance: number,
  low: number,
  high: number,
  zero: number,
): number {
  switch (impute) {
    case "median":
      return median;
    case "mean":
      return median + meanDistance;
    case "most-frequent":
      return Math.min(Math.max(mostFrequent(values, count), low), high);
    case "zero":
      return zero;
    default:
      throw new Error(`impute ${String(impute satisfies never)}`);
  }
}

/** The smallest of the most frequent values. */
function mostFrequent(values: Float32Array, count: number): number {
  const counts = new Map<number, number>();
  for (let i = 0; i < count; i++) counts.set(values[i]!, (counts.get(values[i]!) ?? 0) + 1);
  let [best, most] = [Number.NaN, 0];
  for (const [value, times] of counts) {
    if (times > most || (times === most && value < best)) [best, most] = [value, times];
  }
  return best;
}

/** A constant column becomes 0, not a division by zero. */
function scaling(
  scale: FeatureOptions["scale"],
  mean: number,
  deviation: number,
  min: number,
  max: number,
): { offset: number; scale: number } {
  switch (scale) {
    case "standard":
      return { offset: mean, scale: deviation > 0 ? 1 / deviation : 1 };
    case "minmax":
      return { offset: min, scale: max > min ? 1 / (max - min) : 1 };
    case "none":
      return { offset: 0, scale: 1 };
    default:
      throw new Error(`scale ${String(scale satisfies never)}`);
  }
}
