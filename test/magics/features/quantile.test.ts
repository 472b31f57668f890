import fc from "fast-check";
import { expect, test } from "vitest";
import { quantiles, selectRank } from "../../../magics/features/quantile.ts";

const numbers = fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 200 });

test("the k-th smallest is what sorting gives, duplicates and infinities included", () => {
  fc.assert(
    fc.property(numbers, fc.nat(199), (values, rank) => {
      const k = rank % values.length;
      const sorted = Float32Array.from(values).sort();
      expect(selectRank(Float32Array.from(values), k, 0, values.length - 1) + 0).toBe(sorted[k]! + 0);
    }),
    { seed: 1, numRuns: 500 },
  );
});

test("the median is that of NumPy", () => {
  const median = (...values: number[]) => quantiles(Float32Array.from(values), values.length).median;
  expect([median(3), median(1, 2), median(9, 1, 5), median(4, 1, 3, 2)]).toEqual([3, 1.5, 5, 2.5]);
});

test("one wild value moves none of the three, in any table of three rows or more", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 400 }),
      fc.constantFrom(1e38, -1e38),
      (values, wild) => {
        const { low, median, high } = quantiles(Float32Array.from([...values, wild]), values.length + 1);
        for (const value of [low, median, high]) expect(value).toSatisfy((v: number) => v >= 0 && v <= 100);
        expect(low <= median && median <= high).toBe(true);
      },
    ),
    { seed: 2, numRuns: 500 },
  );
});
