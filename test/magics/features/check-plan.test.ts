import { expect, test } from "vitest";
import { type FittedPlan, sampleRows } from "../../../magics/features/check-plan.ts";

/** `count` columns of numbers, each with an indicator of what is missing. */
function planOf(count: number): FittedPlan {
  const steps = Array.from({ length: count }, (_, raw) => [
    { kind: "number" as const, raw, feature: 2 * raw, fill: 0, low: -raw - 1, high: raw + 1, offset: 0, scale: 1 },
    { kind: "missing" as const, raw, feature: 2 * raw + 1 },
  ]).flat();
  return { stages: { version: 1, columns: [] }, steps, features: steps.map((_, index) => `f${index}`) };
}

const columnsOf = (count: number) => Array.from({ length: count }, () => new Float32Array(100).fill(0.5));

test("a table of 2,000 columns is tried with as many rows as one of three", () => {
  const few = sampleRows(planOf(3), columnsOf(3)).length / 3;
  expect(sampleRows(planOf(2000), columnsOf(2000)).length / 2000).toBe(few);
});

test("every column is tried with missing and infinite values, its bounds and what is beyond them", () => {
  const sample = sampleRows(planOf(5), columnsOf(5));
  for (let raw = 0; raw < 5; raw++) {
    const values = new Set(sample.filter((_, at) => at % 5 === raw));
    const high = raw + 1;
    for (const value of [Number.NaN, Infinity, -Infinity, high, -high, high * 2, -high * 2, 0.5, -1]) {
      expect(values.has(value), `column ${raw}, ${value}`).toBe(true);
    }
  }
});
