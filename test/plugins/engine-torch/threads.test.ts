import { GraphBuilder, matmul, neg } from "@lepton/graph";
import { expect, test } from "vitest";
import { threadsFor } from "../../../plugins/engine-torch/threads.ts";
import { caseProgram } from "../../suites/case-program.ts";
import { trainingProgram } from "../engine-onnx/small-models.ts";

test("small models get one thread, convolutions and large weights all of them", () => {
  expect(threadsFor(trainingProgram("mlp"), 0)).toBe(1);
  expect(threadsFor(trainingProgram("cnn"), 0)).toBe(0);
  expect(threadsFor(trainingProgram("lstm"), 0)).toBe(1);
  const wide = new GraphBuilder();
  const h = matmul(wide.input("x", "f32", ["B", 64, 128]), wide.input("w", "f32", [128, 64]));
  expect(threadsFor(caseProgram(wide.build({ y: h })), 0), "a long sequence makes large products").toBe(0);
  const b = new GraphBuilder();
  const program = caseProgram(b.build({ y: neg(b.input("x", "f32", [2])) }));
  const initial = { kind: "constant", value: 0 } as const;
  const table = { name: "table", dtype: "f32", shape: [20_000, 64], role: "parameter", initial } as const;
  expect(threadsFor({ ...program, state: [table] }, 0)).toBe(0);
});

test("what the user asked for stands", () => {
  expect(threadsFor(trainingProgram("mlp"), 3)).toBe(3);
  expect(threadsFor(trainingProgram("cnn"), 1)).toBe(1);
});
