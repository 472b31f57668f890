import type { LossSpec } from "@lepton/contract";
import { evaluateGraph, GraphBuilder } from "@lepton/graph";
import { expect, test } from "vitest";
import { createNn, ModelContext } from "../../../magics/nn/index.ts";
import { meanLoss, namedLoss } from "../../../magics/train/losses.ts";

/** The batch's loss of predictions [B, K] (rows in order) and targets. */
function lossOf(
  spec: Exclude<LossSpec, { kind: "module" }>,
  rows: readonly (readonly number[])[],
  targets: readonly number[],
) {
  const builder = new GraphBuilder();
  const isClasses = spec.kind === "ce";
  const prediction = builder.input("p", "f32", ["B", rows[0]!.length]);
  const target = builder.input("t", isClasses ? "i32" : "f32", isClasses ? ["B"] : ["B", 1]);
  const loss = meanLoss(namedLoss(spec, [2])(prediction, target, createNn(new ModelContext(builder, "train"))), null);
  const feeds = {
    p: { shape: [rows.length, rows[0]!.length], data: rows.flat() },
    t: { shape: isClasses ? [rows.length] : [rows.length, 1], data: targets },
  };
  return evaluateGraph(builder.build({ loss }), feeds).loss!.data[0]!;
}

const logits = [
  [2, 0.5, -1],
  [0, 1, 0.3],
  [-0.7, 0.2, 1.5],
];

// The numbers are those of torch 2.15: torch.nn.functional.cross_entropy and huber_loss on the same inputs.
test("cross-entropy with smoothing and an ignored class is PyTorch's", () => {
  expect(lossOf({ kind: "ce" }, logits, [0, 1, 1])).toBeCloseTo(0.8295942, 6);
  expect(lossOf({ kind: "ce", labelSmoothing: 0.1 }, logits, [0, 1, 1])).toBeCloseTo(0.8940387, 6);
  expect(lossOf({ kind: "ce", ignoreIndex: 1 }, logits, [0, 1, 1])).toBeCloseTo(0.2413113, 6);
});

test("a batch of ignored rows alone has loss 0", () => {
  expect(lossOf({ kind: "ce", ignoreIndex: 1 }, logits, [1, 1, 1])).toBe(0);
});

test("huber is counted in deviations of the target", () => {
  const [rows, targets] = [
    [[1], [2], [9]],
    [1.5, 4, 0],
  ];
  expect(lossOf({ kind: "huber", delta: 1 }, rows, targets)).toBeCloseTo((0.25 ** 2 / 2 + 0.5 + (4.5 - 0.5)) / 3, 6);
});

test("smoothed binary targets are Keras's", () => {
  const spread = lossOf({ kind: "bce", labelSmoothing: 0.2 }, [[2]], [1]);
  expect(spread).toBeCloseTo(0.9 * Math.log1p(Math.exp(-2)) + 0.1 * (2 + Math.log1p(Math.exp(-2))), 6);
});
