/** Several runs' curves ─► their mean and a confidence band. Numbers in, numbers out. */

export interface Curve {
  /** Rising. */
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

export interface Band {
  readonly x: readonly number[];
  readonly mean: readonly (number | null)[];
  /** null where fewer than two curves are known. */
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

export const bandFormula =
  "Runs that are equal but for their seed are one line: their mean, with the band mean ± t(0.975, n − 1) · s / √n, a 95 % confidence interval of the mean over n seeds at each epoch (s: standard deviation of the n values, t: Student's quantile).";

/**
 * @param curves  of at least two runs; where one has no point, the line between its neighbours counts, and beyond its end it does not count
 * @source        Student 1908: interval of a normal mean with unknown variance
 */
export function bandOf(curves: readonly Curve[]): Band {
  const x = [...new Set(curves.flatMap((curve) => curve.x))].sort((a, b) => a - b);
  const points = x.map((at) => interval(curves.flatMap((curve) => valueAt(curve, at) ?? [])));
  return {
    x,
    mean: points.map((point) => point.mean),
    low: points.map((point) => point.low),
    high: points.map((point) => point.high),
  };
}

function interval(values: readonly number[]): Record<"mean" | "low" | "high", number | null> {
  const count = values.length;
  if (count === 0) return { mean: null, low: null, high: null };
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count === 1) return { mean, low: null, high: null };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  const half = studentQuantile(count - 1) * Math.sqrt(variance / count);
  return { mean, low: mean - half, high: mean + half };
}

function valueAt({ x, y }: Curve, at: number): number | undefined {
  const after = x.findIndex((one) => one >= at);
  if (after < 0) return undefined;
  const right = y[after] ?? null;
  if (x[after] === at) return right ?? undefined;
  const left = after > 0 ? (y[after - 1] ?? null) : null;
  if (left === null || right === null) return undefined;
  const share = (at - x[after - 1]!) / (x[after]! - x[after - 1]!);
  return left + share * (right - left);
}

/** t(0.975, df) for df = 1 to 30. */
const quantiles = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788, 2.1604, 2.1448, 2.1314,
  2.1199, 2.1098, 2.1009, 2.093, 2.086, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
];

/**
 * Student's 0.975 quantile.
 * @source Abramowitz and Stegun 1964, table 26.10; beyond 30 their expansion 26.7.5, to its first term
 */
export function studentQuantile(degrees: number): number {
  return quantiles[degrees - 1] ?? 1.959964 + 2.37227 / degrees;
}
