import { readFileSync } from "node:fs";
import type { ClassCurves } from "@lepton/contract";
import { expect, test } from "vitest";
import { curvesOf, histogramOf } from "../../../magics/train/curves.ts";

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../golden/${name}.json`, import.meta.url), "utf8"));
const given = read("metrics");
const golden = read("curves");

function curvesFor(task: "binary" | "multiclass" | "regression", names: readonly string[]) {
  const { outputs, targets, width } = given[task];
  return curvesOf(
    { task, outputs: Float32Array.from(outputs), targets: Float32Array.from(targets), width },
    "test",
    names,
  );
}

/** The points drawn are all of scikit-learn's, in its order: these few are not thinned. They are written with four digits. */
function expectPoints(x: readonly number[], y: readonly number[], wantedX: number[], wantedY: number[]) {
  expect([x.length, y.length]).toEqual([wantedX.length, wantedY.length]);
  const isNear = (a: number, b: number) => Math.abs(a - b) < 6e-5;
  const wrong = x.flatMap((value, at) => (isNear(value, wantedX[at]!) && isNear(y[at]!, wantedY[at]!) ? [] : [at]));
  expect(wrong, "places of points that are others").toEqual([]);
}

function expectCurves(got: ClassCurves, wanted: (typeof golden)["binary"]) {
  expect(got.rocAuc).toBeCloseTo(wanted.rocAuc, 12);
  expect(got.averagePrecision).toBeCloseTo(wanted.averagePrecision, 12);
  expect(got.brier).toBeCloseTo(wanted.brier, 7);
  expectPoints(got.roc.falsePositiveRate, got.roc.truePositiveRate, wanted.falsePositiveRate, wanted.truePositiveRate);
  expectPoints(got.pr.recall, got.pr.precision, wanted.recall, wanted.precision);
  for (const name of ["observed", "predicted"] as const) {
    expect(got.calibration[name]).toEqual(wanted.calibration[name].map((value: number) => expect.closeTo(value, 4)));
  }
}

test("ROC, precision-recall, calibration and their scores are scikit-learn's for two classes", () => {
  const { classes, confusion } = curvesFor("binary", ["bad", "good"]);
  expect(classes.map(({ name }) => name)).toEqual(["good"]);
  expectCurves(classes[0]!, golden.binary);
  expect(confusion).toEqual({ classes: ["bad", "good"], counts: given.binary.confusion });
});

test("each class of many is drawn against the rest, as scikit-learn does it", () => {
  const { classes } = curvesFor("multiclass", []);
  expect(classes).toHaveLength(golden.multiclass.length);
  for (const [k, got] of classes.entries()) {
    if (golden.multiclass[k]) expectCurves(got, golden.multiclass[k]);
    else expect(got).toMatchObject({ positives: 0, rocAuc: null, averagePrecision: null });
  }
  expect(golden.multiclass.filter(Boolean).length).toBeGreaterThan(1);
});

test("a regression's residuals are counted as numpy counts them, and its rows are pairs", () => {
  const { targets } = curvesFor("regression", ["price"]);
  const { residuals, actual, predicted } = targets[0]!;
  expect(residuals.counts).toEqual(golden.residuals.counts);
  expect(residuals.edges).toEqual(golden.residuals.edges.map((edge: number) => expect.closeTo(edge, 4)));
  expect(actual).toHaveLength(predicted.length);
});

test("a hundred thousand rows and fifty classes stay below thirty kilobytes", () => {
  const rows = 100_000;
  const outputs = Float32Array.from({ length: rows }, (_, row) => Math.sin(row * 12.9898) * 3);
  const targets = Float32Array.from({ length: rows }, (_, row) => (Math.sin(row * 12.9898 + 0.4) > 0 ? 1 : 0));
  const two = curvesOf({ task: "binary", outputs, targets, width: 1 }, "test", ["no", "yes"]);
  expect(JSON.stringify(two).length).toBeLessThan(6000);
  expect(two.classes[0]!.roc.falsePositiveRate.length).toBeLessThanOrEqual(100);
  const numbers = curvesOf(
    { task: "regression", outputs, targets: outputs.map((value) => value * 1.1), width: 1 },
    "test",
    ["y"],
  );
  expect(numbers.targets[0]!.actual.length).toBeLessThanOrEqual(300);
  const many = curvesOf(
    { task: "multiclass", outputs, targets: Int32Array.from({ length: 2000 }, (_, row) => row % 50), width: 50 },
    "validation",
    [],
  );
  expect(many.classes).toHaveLength(10);
  expect(JSON.stringify({ ...many, confusion: null }).length).toBeLessThan(30_000);
});

test("one class only has curves without areas; values that are not finite are in no bin", () => {
  const { classes } = curvesOf(
    { task: "binary", outputs: Float32Array.of(1, 2), targets: Float32Array.of(1, 1), width: 1 },
    "test",
    [],
  );
  expect(classes[0]).toMatchObject({ rocAuc: null, averagePrecision: 1, positives: 2 });
  expect(histogramOf([Number.NaN, 1, 1], 10)).toEqual({ edges: [0.5, 1.5], counts: [2] });
  expect(histogramOf([], 10)).toEqual({ edges: [], counts: [] });
});
