import { expect, test } from "vitest";
import { randomSplit } from "../../../magics/features/split.ts";

const rows = Uint32Array.from({ length: 1000 }, (_, row) => row);
const fractions = { train: 0.7, validation: 0.15, test: 0.15 };
const parts = (split: ReturnType<typeof randomSplit>) => [split.train, split.validation, split.test];

test("every row is in exactly one part, in the file's order", () => {
  const split = randomSplit(rows, undefined, fractions, 3);
  expect(parts(split).map((part) => part.length)).toEqual([700, 150, 150]);
  expect(
    parts(split)
      .flatMap((part) => [...part])
      .sort((a, b) => a - b),
  ).toEqual([...rows]);
  for (const part of parts(split)) expect([...part]).toEqual([...part].sort((a, b) => a - b));
});

test("each class has its share in each part, a rare one too", () => {
  const classes = Int32Array.from(rows, (row) => (row % 100 === 0 ? 1 : 0));
  const split = randomSplit(rows, classes, fractions, 3);
  expect(parts(split).map((part) => part.reduce((sum, row) => sum + classes[row]!, 0))).toEqual([7, 2, 1]);
});

test("a class of one row is learnt from", () => {
  const classes = Int32Array.from(rows, (row) => (row === 500 ? 1 : 0));
  expect(randomSplit(rows, classes, { train: 0.1, validation: 0.45, test: 0.45 }, 3).train).toContain(500);
});

test("a seed always gives the same split, another seed another one", () => {
  const first = randomSplit(rows, undefined, fractions, 42).train;
  expect([...first.subarray(0, 8)]).toEqual([...randomSplit(rows, undefined, fractions, 42).train.subarray(0, 8)]);
  expect([...first]).not.toEqual([...randomSplit(rows, undefined, fractions, 43).train]);
});

test("a part may be empty", () => {
  const split = randomSplit(rows, undefined, { train: 0.8, validation: 0, test: 0.2 }, 1);
  expect(parts(split).map((part) => part.length)).toEqual([800, 0, 200]);
});
