/** What compared lines say at one place along their axis. Lines and a place enter, values leave. Pure, so that tests without a page read it too. */

/** A group's mean, or its only run, on validation or on training rows. */
export interface ReadLine {
  readonly group: number;
  readonly split?: "train" | undefined;
  /** Along the drawn axis, rising; null where the run has no such place. */
  readonly x: readonly (number | null)[];
  readonly y: readonly (number | null)[];
}

/** All places with a value, rising. */
export function placesOf(lines: readonly ReadLine[]): readonly number[] {
  const all = lines.flatMap(({ x, y }) => x.filter((at, index): at is number => at !== null && y[index] !== null));
  return [...new Set(all)].sort((a, b) => a - b);
}

/** The known place nearest to `at`, by how far apart they are drawn. */
export function nearestPlace(places: readonly number[], at: number, shareOf: (x: number) => number): number | null {
  let best: number | null = null;
  for (const one of places) {
    if (best === null || Math.abs(shareOf(one) - shareOf(at)) < Math.abs(shareOf(best) - shareOf(at))) best = one;
  }
  return best;
}

/** The place `steps` further; the last one from nowhere when going back, the first one when going on. */
export function stepPlace(places: readonly number[], at: number | null, steps: number): number | null {
  if (places.length === 0) return null;
  const from = at === null ? (steps > 0 ? -1 : places.length) : places.findIndex((one) => one >= at);
  const now = from < 0 && at !== null ? places.length - 1 : from;
  return places[Math.min(places.length - 1, Math.max(0, now + steps))]!;
}

/** What a line says at a place. */
export interface ReadValue extends Pick<ReadLine, "group" | "split"> {
  readonly value: number | null;
}

/** Each line's value at a place, between its points on the line between them; its last one where there is no place. Null beyond its ends. */
export function valuesAt(lines: readonly ReadLine[], at: number | null): readonly ReadValue[] {
  return lines.map((line) => ({
    group: line.group,
    split: line.split,
    value: at === null ? lastOf(line.y) : valueAt(line, at),
  }));
}

function lastOf(y: ReadLine["y"]): number | null {
  return y.findLast((value) => value !== null) ?? null;
}

function valueAt({ x, y }: ReadLine, at: number): number | null {
  let left = -1;
  for (const [index, place] of x.entries()) {
    if (place === null || y[index] === null) continue;
    if (place === at) return y[index]!;
    if (place > at) {
      if (left < 0) return null;
      const share = (at - x[left]!) / (place - x[left]!);
      return y[left]! + share * (y[index]! - y[left]!);
    }
    left = index;
  }
  return null;
}
