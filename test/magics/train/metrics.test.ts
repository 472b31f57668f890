import { readFileSync } from "node:fs";
import type { Task } from "@lepton/contract";
import onnx from "@lepton/engine-onnx";
import { GraphBuilder, sigmoid } from "@lepton/graph";
import { expect, test } from "vitest";
import { confusionMatrix, measure, predictedClasses, rocAuc } from "../../../magics/train/metrics.ts";
import { inWords } from "../../../magics/train/predict.ts";
import type { ServingModel } from "../../../magics/train/serve-graph.ts";
import { answers } from "../../../plugins/server/answer.ts";

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

test("of classes alike the first is predicted, as by scikit-learn and in a deployment's answer", () => {
  expect([...predictedClasses(Float32Array.of(0, 1e-3, -1e-3), 1)]).toEqual([0, 1, 0]);
  expect([...predictedClasses(Float32Array.of(2, 2, 1, 1, 2, 2), 3)]).toEqual([0, 1]);
  const manifest = { task: "binary", target: { classes: ["no", "yes"] } } as unknown as ServingModel["manifest"];
  expect(
    inWords({ manifest }, [
      [0.5, 0.5],
      [0.4, 0.6],
    ]).map(({ prediction }) => prediction),
  ).toEqual(["no", "yes"]);
});

test("a logit so near 0 that its served probability is 0.5 is of the first class for the metrics too", async () => {
  const logits = [-1e-6, -1e-7, -1e-8, 0, 1e-8, 5e-8, 1e-7, 1.19e-7, 1.2e-7, 2e-7, 1e-6].map(Math.fround);
  const probabilities = await served(logits);
  expect(probabilities.filter((one) => one === 0.5)).toHaveLength(6); // -1e-8 is one of them, -1e-7 is not
  const manifest = { task: "binary", target: { classes: ["no", "yes"] } } as unknown as ServingModel["manifest"];
  const words = inWords(
    { manifest },
    probabilities.map((one) => [1 - one, one]),
  ).map(({ prediction }) => prediction);
  const answered = answers(Float32Array.from(probabilities), logits.length, { classes: ["no", "yes"] } as never);
  expect(answered.prediction).toEqual(words);
  expect([...predictedClasses(Float32Array.from(logits), 1)].map((k) => ["no", "yes"][k])).toEqual(words);
  expect(words.lastIndexOf("no")).toBe(logits.indexOf(Math.fround(1.19e-7)));
});

/** The probabilities that a deployment's runtime makes of logits. */
async function served(logits: readonly number[]): Promise<number[]> {
  const builder = new GraphBuilder();
  const graph = builder.build({ probability: sigmoid(builder.input("z", "f32", ["B"])) });
  const z = { name: "z", dtype: "f32", shape: ["B"], role: { kind: "batch", of: "x" } } as const;
  const entries = { predict: { graph, feeds: [z], reads: [], writes: {}, outputs: ["probability"] } };
  const executable = await onnx.engines![0]!.compile(
    { contract: 1, state: [], entries },
    { device: "cpu", threads: 1 },
  );
  const data = Float32Array.from(logits);
  const made = await executable.run("predict", { z: { dtype: "f32", shape: [logits.length], data } });
  await executable.dispose();
  return Array.from(made["probability"]!.data as Float32Array);
}

test("precision of a class that is never guessed and recall of one that is not there are 0, as scikit-learn's zero_division=0", () => {
  // Truth 1 1 0 0, always guessed 0; then truth 0 0, guessed 1 1.
  const never = {
    task: "binary",
    outputs: Float32Array.of(-1, -2, -3, -4),
    targets: Float32Array.of(1, 1, 0, 0),
    width: 1,
  } as const;
  expect(measure(never)).toMatchObject({ accuracy: 0.5, precision: 0, recall: 0, f1: 0 });
  const absent = { task: "binary", outputs: Float32Array.of(1, 2), targets: Float32Array.of(0, 0), width: 1 } as const;
  expect(measure(absent)).toMatchObject({ accuracy: 0, precision: 0, recall: 0, f1: 0 });
});

test("ROC-AUC of one class is NaN, of equal scores one half", () => {
  expect(rocAuc(Float32Array.of(1, 2), [1, 1])).toBeNaN();
  expect(rocAuc(Float32Array.of(3, 3, 3), [0, 1, 1])).toBe(0.5);
});
