/**
 * Columns that alone tell the target in every training row: mostly the target in other words, or what is known only afterwards. Enters: a column's raw
 * values and the target; leaves: whether it tells it. Apart because it only warns: nothing that is learnt depends on it.
 */
import type { Target } from "./target.ts";

/** With fewer rows of a class, or a category, a column may tell it by chance. */
const fewestRows = 10;
/** Of a squared correlation. */
const nearlyOne = 0.9999;

type Answers = Pick<Target, "codes" | "values" | "classes">;

/** Of a large table so many rows are looked at first: in them hardly a column tells the target. */
const sampleRows = 1000;

/** @param raw  over all rows of the file; the codes of a category, NaN where it is missing */
export function tellsTarget(raw: Float32Array, isCategory: boolean, target: Answers, train: Uint32Array): boolean {
  const spread = (_: unknown, index: number) => train[Math.floor((index * train.length) / sampleRows)]!;
  const sample = train.length > sampleRows ? Uint32Array.from({ length: sampleRows }, spread) : train;
  return tellsIn(sample, 1, raw, isCategory, target) && tellsIn(train, fewestRows, raw, isCategory, target);
}

/** @param fewest  rows of a class or a category below which nothing is told */
function tellsIn(rows: Uint32Array, fewest: number, raw: Float32Array, isCategory: boolean, target: Answers): boolean {
  const { codes, classes, values } = target;
  if (values) return !isCategory && squaredCorrelation(raw, values, rows) > nearlyOne;
  if (isCategory) return categoriesTell(raw, codes!, rows, fewest);
  return rangesTell(raw, codes!, classes!.length, rows, fewest);
}

/** Each category, and missing as one of them, occurs with one class only. */
function categoriesTell(raw: Float32Array, codes: Int32Array, rows: Uint32Array, fewest: number): boolean {
  const classOf = new Map<number, number>();
  for (const row of rows) {
    const known = classOf.get(raw[row]!);
    if (known !== undefined && known !== codes[row]) return false;
    classOf.set(raw[row]!, codes[row]!);
  }
  return classOf.size > 1 && rows.length >= classOf.size * fewest;
}

/** The classes' values lie in ranges that do not meet; one class may be the rows where the value is missing. */
function rangesTell(raw: Float32Array, codes: Int32Array, classes: number, rows: Uint32Array, fewest: number): boolean {
  const ranges = Array.from({ length: classes }, () => ({ size: 0, missing: 0, low: Infinity, high: -Infinity }));
  for (const row of rows) {
    const range = ranges[codes[row]!]!;
    const value = raw[row]!;
    range.size++;
    if (Number.isNaN(value)) range.missing++;
    range.low = value < range.low ? value : range.low;
    range.high = value > range.high ? value : range.high;
  }
  const present = ranges.filter(({ size }) => size > 0);
  const isMixed = present.some(({ size, missing }) => size < fewest || (missing > 0 && missing < size));
  if (present.length < 2 || isMixed) return false;
  const known = present.filter(({ missing }) => missing === 0).sort((a, b) => a.low - b.low);
  if (present.length - known.length > 1) return false;
  return known.every(({ low }, index) => index === 0 || known[index - 1]!.high < low);
}

/** 0 where values are missing or infinite in more than half of the rows; others of those are left out. */
function squaredCorrelation(x: Float32Array, y: Float32Array, among: Uint32Array): number {
  const rows = among.filter((row) => Number.isFinite(x[row]!));
  if (rows.length < Math.max(2 * fewestRows, among.length / 2)) return 0;
  const mean = (values: Float32Array) => rows.reduce((sum, row) => sum + values[row]!, 0) / rows.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  for (const row of rows) {
    const [dx, dy] = [x[row]! - meanX, y[row]! - meanY];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return xx > 0 && yy > 0 ? xy ** 2 / (xx * yy) : 0;
}
