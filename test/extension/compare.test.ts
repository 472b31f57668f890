import type { ComparisonView } from "@lepton/contract";
import { expect, test } from "vitest";
import { seriesClass } from "../../extension/src/chart/colour.ts";
import { atEpoch, axesOf, placesOfGroup } from "../../extension/src/compare/axes.ts";
import { bandPath } from "../../extension/src/compare/band-path.ts";
import { curvesCsv } from "../../extension/src/compare/curves-csv.ts";
import { nameOf, parallelOfRuns } from "../../extension/src/compare/parallel.ts";
import { nearestPlace, placesOf, stepPlace, valuesAt } from "../../extension/src/compare/readout.ts";
import { linesOn, rowsOf } from "../../extension/src/compare/rows.ts";
import { checkComparison } from "../../extension/src/compare/view-check.ts";
import { smooth } from "../../extension/src/run/points.ts";
import { savedComparison } from "../browser/saved-study.ts";

const view = savedComparison();
const withRuns = (change: (run: ComparisonView["runs"][number], index: number) => object): ComparisonView => ({
  ...view,
  runs: view.runs.map((run, index) => ({ ...run, ...change(run, index) })),
});

test("curves lie over epochs, steps or seconds; without a clock only over epochs", () => {
  expect(axesOf(view)).toEqual(["epoch", "step", "seconds"]);
  expect(axesOf(withRuns((_run, index) => (index === 3 ? { clock: undefined } : {})))).toEqual(["epoch"]);
  const clock = { epoch: [1, 3], step: [10, 30], seconds: [2, 8] };
  expect([0.5, 1, 2, 3, 4].map((epoch) => atEpoch(clock, epoch, "seconds"))).toEqual([1, 2, 5, 8, null]);
  expect([1, 2].map((epoch) => atEpoch(clock, epoch, "step"))).toEqual([10, 20]);
});

test("a group's epochs lie at the mean time that its runs took, and never run backwards where a slow run ends early", () => {
  // Seeds 1 and 3 take 2 s an epoch, seed 2 takes 4 s.
  expect(placesOfGroup(view, 0, [1, 15], "seconds").map((at) => Math.round(at! * 1e6) / 1e6)).toEqual(
    [8 / 3, 40].map((at) => Math.round(at * 1e6) / 1e6),
  );
  expect(placesOfGroup(view, 1, [1, 15], "step")).toEqual([20, 300]);
  const stopped = withRuns((_run, index) =>
    index === 1 ? { clock: { epoch: [1, 5], step: [10, 50], seconds: [20, 100] } } : {},
  );
  const places = placesOfGroup(stopped, 0, [1, 5, 6, 15], "seconds");
  expect(places).toEqual(places.toSorted((a, b) => a! - b!));
  expect(places[2]! - places[1]!).toBeCloseTo(2, 9);
});

test("a band is cut off at the frame and where a log axis has no place; without places it is empty", () => {
  const place = {
    x: (index: number) => index * 10,
    y: (value: number) => (value > 0 ? 100 - value : null),
    top: 0,
    bottom: 100,
  };
  expect(bandPath({ low: [1, -5], high: [20, 300] }, place)).toBe("M0 80L10 0L10 100L0 99Z");
  expect(bandPath({ low: [-2, -1], high: [-1, null] }, { ...place, y: () => null })).toBe("");
  expect(bandPath({ low: [1, 2], high: [3, 4] }, { ...place, x: () => null })).toBe("");
});

test("the CSV of compared curves says epoch, step and seconds, and guards names that begin like formulas", () => {
  const odd = withRuns((_run, index) => (index === 0 ? { id: "=1+1", name: "@me" } : {}));
  const lines = curvesCsv(odd).split("\n");
  expect(lines[0]).toBe("run,name,seed,metric,split,epoch,step,seconds,value");
  expect(lines[1]).toBe(`'=1+1,'@me,1,rocAuc,validation,1,10,2,${view.curves[0]!.y[0]}`);
  expect(lines).toHaveLength(2 + view.curves.length * 15);
  const both = curvesCsv({ ...odd, train: { curves: odd.curves.slice(0, 1), bands: [] } }).split("\n");
  expect(both).toHaveLength(lines.length + 15);
  expect(both.at(-2)).toContain(",rocAuc,train,15,150,30,");
});

test("training rows are offered where the metric is measured there, through the same door, and smoothed as a run's charts are", () => {
  expect(rowsOf(view, "rocAuc")).toEqual(["validation"]);
  const curve = { metric: "rocAuc", run: 0, x: [1, 2, 3], y: [1, null, 0.5] };
  const band = { metric: "rocAuc", group: 0, x: [1, 2], mean: [1, 0], low: [0.5, 0], high: [2, 1] };
  const checked = checkComparison({ ...view, train: { curves: [curve, { ...curve, run: 99 }], bands: [band] } });
  const both = (checked as { view: ComparisonView }).view;
  expect(rowsOf(both, "rocAuc")).toEqual(["validation", "train", "both"]);
  expect(rowsOf(both, "f1")).toEqual(["validation"]);
  const onTrain = { curves: [{ ...curve, split: "train" }], bands: [{ ...band, split: "train" }] };
  expect(linesOn(both, "train", "rocAuc", 0)).toEqual(onTrain);
  expect(linesOn(both, "both", "rocAuc", 0)).toEqual({
    curves: [...view.curves, ...onTrain.curves],
    bands: [...view.bands, ...onTrain.bands],
  });
  const soft = linesOn(both, "train", "rocAuc", 0.5);
  expect(soft.curves[0]!.y).toEqual(smooth(curve.y, 0.5));
  expect(soft.bands[0]!.high).toEqual(smooth(band.high, 0.5));
  expect(linesOn(both, "validation", "rocAuc", 0).curves).toEqual(view.curves);
});

test("runs without validation rows are on training rows by their own word: in what is offered, among the others, and in the CSV", () => {
  const first = { ...view.curves[0]!, split: "train" as const };
  const band = { ...view.bands[0]!, split: "train" as const };
  const checked = checkComparison({ ...view, curves: [first, ...view.curves.slice(1)], bands: [band] });
  const mixed = (checked as { view: ComparisonView }).view;
  expect(rowsOf(mixed, "rocAuc")).toEqual(["validation"]);
  expect(linesOn(mixed, "validation", "rocAuc", 0).curves).toHaveLength(view.curves.length);
  expect(linesOn(mixed, "train", "rocAuc", 0)).toEqual({ curves: [first], bands: [band] });
  const rows = curvesCsv(mixed).split("\n");
  expect(rows[1]).toContain(",rocAuc,train,1,");
  expect(rows[1 + first.x.length]).toContain(",rocAuc,validation,1,");
  expect(rowsOf({ ...mixed, curves: [first] }, "rocAuc")).toEqual(["train"]);
});

test("48 groups have a colour and a dash that no other has, and neighbours differ in both", () => {
  const looks = Array.from({ length: 48 }, (_, group) => seriesClass(group));
  expect(new Set(looks).size).toBe(48);
  for (const [group, look] of looks.slice(1).entries())
    for (const part of look.split(" ")) expect(looks[group]!.split(" ")).not.toContain(part);
});

test("a setting and a metric of one name are two axes with values of their own", () => {
  const differences: ComparisonView["differences"] = [
    { name: "loss", kind: "setting", values: view.runs.map((_run, index) => (index % 2 ? "mse" : "mae")) },
    { name: "loss", kind: "metric", values: view.runs.map((_run, index) => index) },
  ];
  const { dimensions, lines } = parallelOfRuns({ ...view, differences }, "loss");
  expect(dimensions.map(({ name }) => name)).toEqual(["loss", "loss (metric)"]);
  expect(dimensions.map(({ choices }) => choices)).toEqual([["mae", "mse"], null]);
  expect(lines[3]!.values).toEqual({ loss: "mse", "loss (metric)": 3 });
  expect(differences.map((one) => nameOf(one, differences))).toEqual(["loss", "loss (metric)"]);
});

test("a clock that does not rise, or whose lists differ in length, is left out at the door", () => {
  const clock = { epoch: [1, 2], step: [5, 10], seconds: [1, 2] };
  const passes = (given: unknown) => {
    const checked = checkComparison({ ...view, runs: view.runs.map((run) => ({ ...run, clock: given })) });
    return "view" in checked && checked.view.runs[0]!.clock !== undefined;
  };
  expect(passes(clock)).toBe(true);
  const bad = [
    { ...clock, seconds: [2, 1] },
    { ...clock, step: [5] },
    { ...clock, epoch: [2, 2] },
    { ...clock, step: "x" },
    7,
  ];
  expect(bad.map(passes)).toEqual([false, false, false, false, false]);
});

test("groups hold only runs of their own, and each run and group has one line of a metric, however often a small output names them", () => {
  const often = <T>(list: readonly T[]) => Array.from({ length: 20 }, () => list).flat();
  const given = {
    ...view,
    groups: view.groups.map((group) => ({ ...group, runs: [...often(group.runs), 99, -1, 3, 0.5] })),
    curves: often(view.curves),
    bands: often(view.bands),
  };
  const checked = checkComparison(JSON.parse(JSON.stringify(given)));
  expect(checked).toEqual(checkComparison(JSON.parse(JSON.stringify(view))));
  const long = Array.from({ length: 2000 }, (_, index) => index + 1);
  const slow = withRuns(() => ({ clock: { epoch: long, step: long, seconds: long } }));
  const { runs } = (checkComparison(slow) as { view: ComparisonView }).view;
  expect(runs[0]!.clock!.epoch.length).toBe(100);
});

test("lines are read at the places that they have, by steps or by the nearest; between points on the line, beyond its ends not at all", () => {
  const lines = [
    { group: 0, x: [1, 2, 4], y: [10, null, 40] },
    { group: 1, x: [2, null, 3], y: [5, 6, 7] },
  ];
  const places = placesOf(lines);
  expect(places).toEqual([1, 2, 3, 4]);
  expect(valuesAt(lines, 3).map(({ group, value }) => [group, value])).toEqual([
    [0, 30],
    [1, 7],
  ]);
  expect(valuesAt(lines, 1).map(({ value }) => value)).toEqual([10, null]);
  expect(valuesAt(lines, null).map(({ value }) => value)).toEqual([40, 7]);
  expect(nearestPlace(places, 3.4, (x) => x)).toBe(3);
  expect(nearestPlace([1, 100], 20, Math.log)).toBe(100);
  expect(nearestPlace([], 1, (x) => x)).toBeNull();
  expect([
    stepPlace(places, null, 1),
    stepPlace(places, null, -1),
    stepPlace(places, 2, 1),
    stepPlace(places, 4, 9),
  ]).toEqual([1, 4, 3, 4]);
});
