import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fitNumber } from "../../../magics/features/fit-number.ts";
import { featureOptions } from "../../../magics/features/options.ts";
import type { FeatureStep } from "../../../magics/features/plan.ts";
import { applySteps } from "../../../magics/features/transform.ts";

const words = {
  target: "y",
  task: "auto",
  split: [70, 15, 15],
  seed: 1,
  scale: "standard",
  impute: "median",
  indicators: true,
  clip: 10,
  maxCategories: 32,
  onBadRow: "error",
};
const options = (changed: Partial<typeof words> = {}) => featureOptions({ ...words, ...changed }, "test");

const all = (values: ArrayLike<number>) => Uint32Array.from({ length: values.length }, (_, row) => row);

function scaled(values: Float32Array, changed: Partial<typeof words> = {}): Float32Array {
  const fit = fitNumber(values, all(values), options(changed))!;
  const step: FeatureStep = { kind: "number", raw: 0, feature: 0, ...fit };
  return applySteps([step], 1, [{ values, offset: 0, stride: 1 }], all(values), new Float32Array(values.length));
}

const golden = JSON.parse(readFileSync(new URL("../../golden/scaler.json", import.meta.url), "utf8")) as {
  columns: Record<string, { median: number; mean: number; deviation: number; first: number[] }>;
};
const lines = readFileSync(new URL("../../fixtures/credit.csv", import.meta.url), "utf8")
  .trim()
  .split("\n");
const names = lines[0]!.split(",");
const columnOf = (name: string) =>
  Float32Array.from(lines.slice(1), (line) => Number(line.split(",")[names.indexOf(name)] || Number.NaN));

test.each(Object.entries(golden.columns))("%s is filled and scaled as scikit-learn does it", (name, expected) => {
  const values = columnOf(name);
  const fit = fitNumber(values, all(values), options({ clip: 0 }))!;
  expect(fit.median).toBe(expected.median);
  expect(fit.mean / expected.mean).toBeCloseTo(1, 12);
  expect(fit.deviation / expected.deviation).toBeCloseTo(1, 12);
  const first = scaled(values, { clip: 0 }).subarray(0, 8);
  for (const [row, value] of expected.first.entries()) expect(Math.abs(first[row]! - value)).toBeLessThan(1e-6);
});

test("ordinary columns are not touched by cutting extremes", () => {
  for (const name of ["Seniority", "Time", "Age", "Expenses", "Income", "Amount", "Price"]) {
    expect(fitNumber(columnOf(name), all(columnOf(name)), options())!.cut).toBe(0);
  }
});

test("a constant column becomes 0, a column without values is refused", () => {
  expect([...scaled(Float32Array.of(5, 5, 5))]).toEqual([0, 0, 0]);
  expect(fitNumber(Float32Array.of(Number.NaN, Number.NaN), Uint32Array.of(0, 1), options())).toBeUndefined();
});

test("only the given rows are looked at", () => {
  const values = Float32Array.of(1, 2, 3, 1000, -5000);
  expect(fitNumber(values, Uint32Array.of(0, 1, 2), options())).toMatchObject({ mean: 2, median: 2, min: 1, max: 3 });
});

test("min-max goes from 0 to 1, none leaves values as they are", () => {
  expect([...scaled(Float32Array.of(2, 4, 6), { scale: "minmax" })]).toEqual([0, 0.5, 1]);
  expect([...scaled(Float32Array.of(2, 4, 6), { scale: "none" })]).toEqual([2, 4, 6]);
});

test.each([
  ["median", 2],
  ["mean", 3.5],
  ["most-frequent", 1],
  ["zero", 0],
])("a missing value becomes the %s", (impute, expected) => {
  const values = Float32Array.of(1, 1, 3, 9, Number.NaN);
  expect(scaled(values, { impute, scale: "none", clip: 0 })[4]).toBe(expected);
});

test("one value of 1e38 or infinity is cut, and the others stay apart", () => {
  for (const wild of [1e38, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const values = Float32Array.from({ length: 1000 }, (_, i) => (i === 500 ? wild : i % 10));
    const out = scaled(values);
    expect(out.every(Number.isFinite)).toBe(true);
    expect(out[9]! - out[0]!).toBeGreaterThan(1.5);
  }
});

test("a column that is nearly always 0 keeps its rare values", () => {
  const values = Float32Array.from({ length: 1000 }, (_, i) => (i % 250 === 0 ? 5000 + i : 0));
  expect(fitNumber(values, all(values), options())).toMatchObject({ cut: 0, low: -53750, high: 53750 });
});
