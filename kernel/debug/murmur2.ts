/** The hash by which JupyterLab and a kernel agree on a cell's path: MurmurHash2, 32 bits, of its text in UTF-8. */

const m = 0x5bd1e995;

/** @source Austin Appleby's MurmurHash2 (public domain); equal to ipykernel's murmur2_x86 */
export function murmur2(text: string, seed: number): number {
  const data = new TextEncoder().encode(text);
  const whole = data.length & ~3;
  let h = seed ^ data.length;
  for (let i = 0; i < whole; i += 4) {
    let k = data[i]! | (data[i + 1]! << 8) | (data[i + 2]! << 16) | (data[i + 3]! << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    h = Math.imul(h, m) ^ Math.imul(k, m);
  }
  const rest = data.length & 3;
  if (rest === 3) h ^= data[whole + 2]! << 16;
  if (rest >= 2) h ^= data[whole + 1]! << 8;
  if (rest >= 1) h = Math.imul(h ^ data[whole]!, m);
  h ^= h >>> 13;
  h = Math.imul(h, m);
  return (h ^ (h >>> 15)) >>> 0;
}
