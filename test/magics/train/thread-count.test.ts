import { expect, test } from "vitest";
import { namedModel } from "../../../magics/nn/index.ts";
import { namedLoss } from "../../../magics/train/losses.ts";
import { trainingProgram } from "../../../magics/train/program.ts";
import { parameterCount, threadsFor } from "../../../magics/train/thread-count.ts";

const sgd = { kind: "sgd", momentum: 0, nesterov: false } as const;
const common = {
  task: "multiclass",
  outputs: 3,
  loss: namedLoss({ kind: "ce" }),
  optimizer: sgd,
  l2: 0,
  weighted: false,
} as const;
const plain = { dropout: 0, batchNorm: false };
const mlp = (units: number) =>
  trainingProgram(namedModel({ kind: "mlp", hidden: [units], activation: "relu", ...plain }, 3), {
    ...common,
    rowShape: [8],
  });

test("a small dense model computes with one thread, a large one and convolutions as the engine likes", () => {
  expect(parameterCount(mlp(10))).toBe(8 * 10 + 10 + 10 * 3 + 3);
  expect(threadsFor(mlp(10), { threads: 0, batchSize: 32 })).toBe(1);
  expect(threadsFor(mlp(20_000), { threads: 0, batchSize: 32 })).toBe(0);
  const cnn = trainingProgram(namedModel({ kind: "cnn", filters: [2], hidden: [], ...plain }, 3), {
    ...common,
    rowShape: [8, 8, 1],
  });
  expect(threadsFor(cnn, { threads: 0, batchSize: 1 })).toBe(0);
});

test("a dense layer along a long sequence counts once for each of its steps", () => {
  const along = (steps: number) =>
    trainingProgram((x, nn) => nn.dense(nn.dense(x, 64).mean({ axes: [1] }), 3), { ...common, rowShape: [steps, 64] });
  expect(threadsFor(along(4), { threads: 0, batchSize: 16 })).toBe(1);
  expect(threadsFor(along(128), { threads: 0, batchSize: 16 })).toBe(0);
});

test("what the user says is taken", () => {
  expect(threadsFor(mlp(10), { threads: 4, batchSize: 32 })).toBe(4);
});
