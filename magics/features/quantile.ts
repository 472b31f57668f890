/** Exact order statistics of a typed array, without sorting it. Enters: values that may be reordered; leaves: the k-th smallest. */

/**
 * The value at rank `k` (0 = smallest) of `values[from..to]`, which must hold the ranks `from` to `to`; reorders them, so that smaller values
 * stand before rank k and larger ones behind.
 *
 * @source  Hoare's quickselect with a median-of-three pivot
 */
export function selectRank(values: Float32Array | Float64Array, k: number, from: number, to: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const pivot = medianOfThree(values[low]!, values[(low + high) >> 1]!, values[high]!);
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const swap = values[i]!;
      values[i++] = values[j]!;
      values[j--] = swap;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else return values[k]!;
  }
  return values[k]!;
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

export interface Quantiles {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/**
 * The 1st percentile (rank rounded up), the median and the 99th (rank rounded down) of `values[0..count)`: in a table of any size with
 * at least three rows the largest and the smallest value alone move none of them. Reorders the values.
 */
export function quantiles(values: Float32Array | Float64Array, count: number): Quantiles {
  const middle = Math.floor((count - 1) / 2);
  const lowRank = Math.min(middle, Math.floor(0.01 * (count - 1)) + 1);
  const highRank = Math.max(middle, Math.ceil(0.99 * (count - 1)) - 1);
  const median = medianOf(values, count, middle); // parts the values, so that the other two search one half each
  const low = selectRank(values, lowRank, 0, middle);
  const high = selectRank(values, highRank, middle, count - 1);
  return { low, median, high };
}

/** Mean of the two middle values where their number is even, as NumPy's median. */
function medianOf(values: Float32Array | Float64Array, count: number, middle: number): number {
  const lower = selectRank(values, middle, 0, count - 1);
  if (count % 2 === 1) return lower;
  let upper = Number.POSITIVE_INFINITY;
  for (let i = middle + 1; i < count; i++) if (values[i]! < upper) upper = values[i]!;
  return lower / 2 + upper / 2;
}
