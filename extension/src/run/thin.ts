/**
 * Fewer points that draw the same picture. Enter: lines with every point; leave: tables of at most four points a bucket, lines on the same x together
 * in one. Apart because it is where a live chart's time goes: ten lines with an x of each point's own would be ten times as many rows to draw.
 */
import { thin } from "./points.ts";

/** x, then one list of values for each line. */
export type LineTable = [number[], ...(number | null)[][]];

export interface Line {
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

/** The lines' tables, lines of the same x in one; in the order of each table's first line, and which line is which. */
export function thinLines(
  lines: readonly Line[],
  buckets: number,
): { readonly tables: LineTable[]; readonly order: number[] } {
  const groups: number[][] = [];
  for (const [index, line] of lines.entries()) {
    const group = groups.find(([first]) => sameX(lines[first!]!.x, line.x));
    if (group) group.push(index);
    else groups.push([index]);
  }
  const tables = groups.map((group) => {
    const members = group.map((index) => lines[index]!);
    const [only] = members;
    if (members.length === 1) return thin(only!.x, only!.y, buckets) as LineTable;
    return thinTogether(
      only!.x,
      members.map((line) => line.y),
      buckets,
    );
  });
  return { tables, order: groups.flat() };
}

function sameX(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * M4 on a shared x: in each bucket the first value, the lowest and the highest in the order they came, and the last, at four x of that bucket. An inner
 * value may so be off by less than a bucket, which is two pixels wide.
 *
 * @source M4, Jugel et al. 2014
 */
export function thinTogether(
  x: readonly number[],
  ys: readonly (readonly (number | null)[])[],
  buckets: number,
): LineTable {
  if (x.length <= buckets * 4) return [x as number[], ...(ys as (number | null)[][])];
  const size = x.length / buckets;
  const at: number[] = [];
  const outs: (number | null)[][] = ys.map(() => []);
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = Math.floor(bucket * size);
    const to = Math.floor((bucket + 1) * size);
    const third = Math.floor((to - from) / 3);
    at.push(x[from]!, x[from + third]!, x[to - 1 - third]!, x[to - 1]!);
    for (let line = 0; line < ys.length; line++) takeBucket(outs[line]!, ys[line]!, from, to);
  }
  return [at, ...outs];
}

function takeBucket(out: (number | null)[], y: readonly (number | null)[], from: number, to: number): void {
  let low = -1;
  let high = -1;
  for (let i = from; i < to; i++) {
    const value = y[i];
    if (value === null || value === undefined) continue;
    if (low < 0 || value < y[low]!) low = i;
    if (high < 0 || value > y[high]!) high = i;
  }
  const [inner, outer] = low < high ? [low, high] : [high, low];
  out.push(y[from] ?? null, y[inner] ?? null, y[outer] ?? null, y[to - 1] ?? null);
}
