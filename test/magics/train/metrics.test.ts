import { readFileSync } from "node:fs";
import type { Task } from "@lepton/contract";
import { expect, test } from "vitest";
import { confusionMatrix, measure, rocAuc } from "../../../magics/train/metrics.ts";

const golden = JSON.parse(readFileSync(new URL("../../golden/metrics.json", import.meta.url), "utf8"));

test.each(["binary", "multiclass", "regression"] as Task[])("%s metrics are scikit-learn's", (task) => {
  const { outputs, targets, width, expected } = golden[task];
  const got = measure({ task, outputs: Float32Array.from(outputs), targets: Float32Array.from(targets), width });
  expect(Object.keys(got)).toEqual(Object.keys(expected));
  for (const [name, value] of Object.entries(expected)) expect(got[name], name).toBeCloseTo(value as number, 12);
});

test.each(["binary", "multiclass"] as Task[])("the %s confusion matrix is scikit-learn's", (task) => {
  const { outputs, targets, width, confusion } = golden[task];
  const counts = confusionMatrix({
    task,
    outputs: Float32Array.from(outputs),
    targets: Int32Array.from(targets),
    width,
  });
  expect(counts).toEqual(confusion);
});

test("ROC-AUC of one class is NaN, of equal scores one half", () => {
  expect(rocAuc(Float32Array.of(1, 2), [1, 1])).toBeNaN();
  expect(rocAuc(Float32Array.of(3, 3, 3), [0, 1, 1])).toBe(0.5);
});
