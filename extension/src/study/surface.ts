/**
 * A smooth surface through scattered trials, for the contour. Enter: points in a unit square with values; leaves: a grid of values. Knows
 * nothing of studies or of the page.
 */

export interface SurfacePoint {
  readonly x: number;
  readonly y: number;
  readonly value: number;
}

export interface Surface {
  readonly columns: number;
  readonly rows: number;
  /** Row by row from y = 0. */
  readonly values: Float64Array;
}

/**
 * Mean of the trials' values, weighted by a normal kernel of their distance.
 *
 * @param width  the kernel's standard deviation in shares of the square; by default it shrinks with the number of trials: 0.35 / n^(1/6)
 * @source       Nadaraya 1964, Watson 1964; the width by Scott's rule for two dimensions, on values spread evenly
 */
export function surfaceOf(points: readonly SurfacePoint[], columns: number, rows: number, width?: number): Surface {
  const deviation = width ?? 0.35 * Math.max(1, points.length) ** (-1 / 6);
  const values = new Float64Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      values[row * columns + column] = meanAt(points, column / (columns - 1), row / (rows - 1), deviation);
    }
  }
  return { columns, rows, values };
}

function meanAt(points: readonly SurfacePoint[], x: number, y: number, deviation: number): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (const point of points) nearest = Math.min(nearest, (point.x - x) ** 2 + (point.y - y) ** 2);
  let sum = 0;
  let weights = 0;
  for (const point of points) {
    // Relative to the nearest, so that far from all trials the weights do not vanish.
    const weight = Math.exp(-((point.x - x) ** 2 + (point.y - y) ** 2 - nearest) / (2 * deviation ** 2));
    sum += weight * point.value;
    weights += weight;
  }
  return sum / weights;
}

/** The value between grid points, linear in both directions. */
export function valueAt({ columns, rows, values }: Surface, x: number, y: number): number {
  const [atX, atY] = [x * (columns - 1), y * (rows - 1)];
  const column = Math.min(columns - 2, Math.floor(atX));
  const row = Math.min(rows - 2, Math.floor(atY));
  const [right, up] = [atX - column, atY - row];
  const at = (across: number, above: number) => values[(row + above) * columns + column + across]!;
  const lower = at(0, 0) * (1 - right) + at(1, 0) * right;
  const upper = at(0, 1) * (1 - right) + at(1, 1) * right;
  return lower * (1 - up) + upper * up;
}
