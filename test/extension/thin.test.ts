import { expect, test } from "vitest";
import { thinLines, thinTogether } from "../../extension/src/run/thin.ts";

const x = Array.from({ length: 9000 }, (_, index) => index);
const waves = [0, 1, 2].map((line) => x.map((step) => Math.sin(step * 12.9898 + line) + line));

test("lines of the same x share one table of at most four rows a bucket, with each bucket's extremes and ends", () => {
  const buckets = 300;
  const [at, ...ys] = thinTogether(x, waves, buckets);
  expect(at).toHaveLength(buckets * 4);
  expect(at).toEqual([...at].sort((a, b) => a - b));
  for (const [line, y] of ys.entries()) {
    for (let bucket = 0; bucket < buckets; bucket++) {
      const all = waves[line]!.slice(bucket * 30, bucket * 30 + 30);
      const kept = y.slice(bucket * 4, bucket * 4 + 4) as number[];
      expect(Math.min(...kept)).toBe(Math.min(...all));
      expect(Math.max(...kept)).toBe(Math.max(...all));
      expect([kept[0], kept[3]]).toEqual([all[0], all.at(-1)]);
    }
  }
});

test("lines of another x stay in tables of their own, and it is told which line is which", () => {
  const epochs = [1, 2, 3];
  const lines = [
    { x, y: waves[0]! },
    { x: epochs, y: [5, null, 7] },
    { x: [...x], y: waves[1]! },
  ];
  const { tables, order } = thinLines(lines, 50);
  expect(order).toEqual([0, 2, 1]);
  expect(tables.map((table) => table.length)).toEqual([3, 2]);
  expect(tables[1]).toEqual([epochs, [5, null, 7]]);
});

test("a bucket without a value is a gap", () => {
  const holes = x.map((step) => (step < 4500 ? null : step));
  const [, y] = thinTogether(x, [holes, waves[0]!], 300);
  expect(y!.slice(0, 600).every((value) => value === null)).toBe(true);
  expect(y!.at(-1)).toBe(8999);
});
