/** Exact order statistics of a typed array, without sorting it. Enters: values that may be reordered; leaves: the k-th smallest. */

/**
 * The value at rank `k` (0 = smallest) of `values[0..count)`; reorders them.
 *
 * @param from  everything before it is known to be no larger than the answer: lets ascending ranks share work
 * @source      Hoare's quickselect with a median-of-three pivot
 */
export function selectRank(values: Float32Array | Float64Array, count: number, k: number, from = 0): number {
  let low = from;
  let high = count - 1;
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
  const lowRank = Math.min(count - 1, Math.floor(0.01 * (count - 1)) + 1);
  const middle = Math.floor((count - 1) / 2);
  const highRank = Math.max(0, Math.ceil(0.99 * (count - 1)) - 1);
  const low = selectRank(values, count, Math.min(lowRank, middle));
  const median = medianOf(values, count, middle);
  const high = selectRank(values, count, Math.max(highRank, middle));
  return { low, median, high };
}

/** Mean of the two middle values where their number is even, as NumPy's median. */
function medianOf(values: Float32Array | Float64Array, count: number, middle: number): number {
  const lower = selectRank(values, count, middle);
  if (count % 2 === 1) return lower;
  let upper = Number.POSITIVE_INFINITY; // quickselect leaves everything larger behind the rank
  for (let i = middle + 1; i < count; i++) if (values[i]! < upper) upper = values[i]!;
  return lower / 2 + upper / 2;
}
