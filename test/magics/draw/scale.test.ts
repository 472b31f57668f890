import fc from "fast-check";
import { expect, test } from "vitest";
import { logTicks, scale } from "../../../magics/draw/scale.ts";

const labels = (low: number, high: number) =>
  scale({ low, high, from: 0, to: 100, count: 5 }).ticks.map((tick) => tick.label);

test("ticks lie at round values with the decimals that they need", () => {
  expect(labels(0, 1)).toEqual(["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
  expect(labels(0.332, 0.71)).toEqual(["0.4", "0.5", "0.6", "0.7"]);
  expect(labels(0, 250_000)[1]).toBe("50000");
});

test("a logarithmic axis has powers of ten, or their doubles and fivefolds where these are few", () => {
  expect(logTicks(1e-4, 1).map((tick) => tick.label)).toEqual(["1e-4", "0.001", "0.01", "0.1", "1"]);
  expect(logTicks(0.1, 1).map((tick) => tick.label)).toEqual(["0.1", "0.2", "0.5", "1"]);
  expect(logTicks(1e-12, 1).map((tick) => tick.label)).toEqual(["1e-12", "1e-10", "1e-8", "1e-6", "1e-4", "0.01", "1"]);
});

test("every tick lies inside the axis and there are never many", () => {
  const numbers = fc.double({ min: -1e9, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      const axis = scale({ low: Math.min(a, b), high: Math.max(a, b), from: 0, to: 100, count: 6 });
      expect(axis.ticks.length).toBeLessThan(20);
      for (const tick of axis.ticks) {
        expect(axis.at(tick.value)).toBeGreaterThan(-0.01);
        expect(axis.at(tick.value)).toBeLessThan(100.01);
      }
    }),
  );
});
