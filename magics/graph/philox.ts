/**
 * Random numbers that depend only on what they are for: Philox4x32-10, a counter-based generator. The key is the run's seed; the counter holds the
 * stream's purpose, the step and the stream's key, so any numbers can be made again in any order (DESIGN.md 3).
 * @source Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As Easy as 1, 2, 3 (SC11); known answers of Random123
 */

/** What a stream is for. Kept apart so that equal steps and keys never share numbers. */
export const purposes = { feed: 0, initial: 1, permutation: 2, augmentation: 3 } as const;
export type Purpose = keyof typeof purposes;

/** Ten rounds on a counter of four words with a key of two; writes four words into `out` at `at`. */
export function philox4x32(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
  out: Uint32Array,
  at: number,
): void {
  let x0 = c0;
  let x1 = c1;
  let x2 = c2;
  let x3 = c3;
  let a = k0;
  let b = k1;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, x0);
    const high1 = multiplyHigh(0xcd9e8d57, x2);
    const low0 = Math.imul(0xd2511f53, x0);
    const low1 = Math.imul(0xcd9e8d57, x2);
    x0 = high1 ^ x1 ^ a;
    x1 = low1;
    x2 = high0 ^ x3 ^ b;
    x3 = low0;
    a = (a + 0x9e3779b9) | 0;
    b = (b + 0xbb67ae85) | 0;
  }
  out[at] = x0;
  out[at + 1] = x1;
  out[at + 2] = x2;
  out[at + 3] = x3;
}

/** The upper 32 bits of a 32 x 32 bit product, by halves of 16 bits. */
function multiplyHigh(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const low = Math.imul(aLow, bLow) >>> 0;
  const middle1 = (Math.imul(aHigh, bLow) >>> 0) + (low >>> 16);
  const middle2 = (Math.imul(aLow, bHigh) >>> 0) + (middle1 & 0xffff);
  return (Math.imul(aHigh, bHigh) + Math.floor(middle1 / 65536) + Math.floor(middle2 / 65536)) | 0;
}

/**
 * `count` random words of the stream (seed, purpose, step, key).
 * @param seed  a whole number from 0 to 2^53; step up to 2^48, key up to 2^32
 */
export function words(seed: number, purpose: Purpose, step: number, key: number, count: number): Uint32Array {
  const blocks = Math.ceil(count / 4);
  const out = new Uint32Array(blocks * 4);
  const [k0, k1] = [seed | 0, Math.floor(seed / 2 ** 32) | 0];
  const high = (purposes[purpose] << 16) | (Math.floor(step / 2 ** 32) & 0xffff);
  for (let block = 0; block < blocks; block++) philox4x32(block, key | 0, step | 0, high, k0, k1, out, block * 4);
  return out.subarray(0, count);
}

/** A word as a number in [0, 1) that an f32 holds exactly: its upper 24 bits. */
const unit = (word: number): number => (word >>> 8) * 2 ** -24;

/** Numbers in [0, 1). */
export function uniform(
  seed: number,
  step: number,
  key: number,
  count: number,
  purpose: Purpose = "feed",
): Float32Array {
  const random = words(seed, purpose, step, key, count);
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) out[i] = unit(random[i]!);
  return out;
}

/** Mean 0, deviation 1, by Box and Muller's transformation in float64. */
export function normal(
  seed: number,
  step: number,
  key: number,
  count: number,
  purpose: Purpose = "feed",
): Float32Array {
  const even = count + (count % 2);
  const random = words(seed, purpose, step, key, even);
  const out = new Float32Array(even);
  for (let i = 0; i < even; i += 2) {
    // (word + 1/2) / 2^32 is never 0, so that its logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log((random[i]! + 0.5) * 2 ** -32));
    const angle = 2 * Math.PI * random[i + 1]! * 2 ** -32;
    out[i] = radius * Math.cos(angle);
    out[i + 1] = radius * Math.sin(angle);
  }
  return out.subarray(0, count);
}

/** Inverted dropout: 1/(1 - rate) with probability 1 - rate, else 0. @param rate  in [0, 1) */
export function keepMask(seed: number, step: number, key: number, count: number, rate: number): Float32Array {
  const random = words(seed, "feed", step, key, count);
  const threshold = rate * 2 ** 32;
  const kept = 1 / (1 - rate);
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) out[i] = random[i]! >= threshold ? kept : 0;
  return out;
}

/** The numbers 0 to n - 1 in random order, another one each epoch (Fisher and Yates's shuffle). */
export function permutation(seed: number, epoch: number, n: number): Uint32Array {
  const random = words(seed, "permutation", epoch, 0, n);
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random[i]! * 2 ** -32 * (i + 1));
    const swapped = order[i]!;
    order[i] = order[j]!;
    order[j] = swapped;
  }
  return order;
}
