import { expect, test } from "vitest";
import { bandOf, studentQuantile } from "../../../magics/compare/band.ts";

test("three seeds: the mean, and Student's 95 % interval of it", () => {
  const curves = [1, 2, 6].map((value) => ({ x: [1, 2], y: [value, value * 10] }));
  const band = bandOf(curves);
  // s = sqrt(7) of 1, 2, 6; t(0.975, 2) = 4.3027; half = t s / sqrt(3)
  expect(band.mean).toEqual([3, 30]);
  expect(band.high[0]).toBeCloseTo(3 + (4.3027 * Math.sqrt(7)) / Math.sqrt(3), 6);
  expect(band.low[1]).toBeCloseTo(30 - (43.027 * Math.sqrt(7)) / Math.sqrt(3), 5);
});

test("where only one seed went on, there is a mean and no band; holes lie on the line between neighbours", () => {
  const band = bandOf([
    { x: [1, 2, 3], y: [1, 2, 3] },
    { x: [1, 3, 4], y: [1, 5, 7] },
    { x: [5], y: [null] },
  ]);
  expect(band.x).toEqual([1, 2, 3, 4, 5]);
  expect(band.mean).toEqual([1, 2.5, 4, 7, null]);
  expect(band.low.map((value) => value === null)).toEqual([false, false, false, true, true]);
});

test("Student's quantiles are those of the tables, and go over into the normal one", () => {
  // scipy.stats.t.ppf(0.975, [1, 4, 30, 40, 120])
  const table = { 1: 12.7062, 4: 2.7764, 30: 2.0423, 40: 2.0211, 120: 1.9799 };
  for (const [degrees, value] of Object.entries(table)) expect(studentQuantile(Number(degrees))).toBeCloseTo(value, 2);
});
