/**
 * Fewer points with the same look. Enter: the points of a line; leave: the indices of those to draw. Apart because it is one published algorithm.
 * @source Largest-Triangle-Three-Buckets: Steinarsson, "Downsampling Time Series for Visual Representation", 2013, section 4.2
 */

/** Indices of at most `limit` points, in order, the first and the last among them. Points that are not finite count as 0 in areas. */
export function thin(x: readonly number[], y: readonly (number | null)[], limit = 500): number[] {
  const count = x.length;
  if (count <= limit) return x.map((_, index) => index);
  const kept = [0];
  const width = (count - 2) / (limit - 2);
  for (let bucket = 0; bucket < limit - 2; bucket++) {
    const from = Math.floor(bucket * width) + 1;
    const to = Math.floor((bucket + 1) * width) + 1;
    const next = meanPoint(x, y, to, Math.min(Math.floor((bucket + 2) * width) + 1, count));
    kept.push(largestTriangle(x, y, kept.at(-1)!, next, from, to));
  }
  kept.push(count - 1);
  return kept;
}

function meanPoint(x: readonly number[], y: readonly (number | null)[], from: number, to: number): [number, number] {
  let sumX = 0;
  let sumY = 0;
  for (let index = from; index < to; index++) {
    sumX += x[index]!;
    sumY += finite(y[index]!);
  }
  return [sumX / (to - from), sumY / (to - from)];
}

/** The point of a bucket that spans the largest triangle with the point kept before and the mean of the next bucket. */
function largestTriangle(
  x: readonly number[],
  y: readonly (number | null)[],
  before: number,
  next: readonly [number, number],
  from: number,
  to: number,
): number {
  const [x0, y0] = [x[before]!, finite(y[before]!)];
  let best = from;
  let largest = -1;
  for (let index = from; index < to; index++) {
    const area = Math.abs((x0 - next[0]) * (finite(y[index]!) - y0) - (x0 - x[index]!) * (next[1] - y0));
    if (area > largest) {
      largest = area;
      best = index;
    }
  }
  return best;
}

function finite(value: number | null): number {
  return value !== null && Number.isFinite(value) ? value : 0;
}
