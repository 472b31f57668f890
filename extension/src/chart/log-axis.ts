/** Ends and places of logarithmic axes of live charts. Pure numbers in and out. */

/** More lines than this are a wall: then only powers of ten get one. */
const MOST_LINES = 20;

/**
 * An axis that ends at round numbers near the data: 0.013 to 186 becomes 0.01 to 200, not 0.01 to 1000.
 *
 * @param low   smallest value, > 0; null without data
 * @returns     ends, each one digit and zeros; null without data
 */
export function logRange(low: number | null, high: number | null): [number, number] | [null, null] {
  if (low === null || high === null || !(low > 0) || !Number.isFinite(high)) return [null, null];
  if (low === high) return [roundTo(low / 3, Math.floor), roundTo(high * 3, Math.ceil)];
  return [roundTo(low, Math.floor), roundTo(high, Math.ceil)];
}

/** To one digit, down or up; 10^-7 and the like come out as they are written. */
function roundTo(value: number, towards: (value: number) => number): number {
  const power = Math.floor(Math.log10(value) + 1e-12);
  const digit = towards(Number((value / 10 ** power).toFixed(9)));
  return Number(`${digit}e${power}`);
}

/** The places that get a line across the chart; null where none. */
export function logLines(places: readonly (number | null)[]): (number | null)[] {
  if (places.length <= MOST_LINES) return [...places];
  return places.map((place) => (place !== null && isPowerOfTen(place) ? place : null));
}

function isPowerOfTen(value: number): boolean {
  return value > 0 && Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9;
}
