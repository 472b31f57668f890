import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  type LoopPosition,
  readCheckpoint,
  readWeights,
  startPosition,
  writeBest,
  writeCheckpoint,
} from "../../../magics/train/checkpoint.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "lepton-checkpoint-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const weights = (value: number) => ({
  "dense1.weight": { dtype: "f32" as const, shape: [1], data: Float32Array.of(value) },
});
const at = (step: number): LoopPosition => ({ ...startPosition(), step });

test("a run that was stopped before its first step has no weights to evaluate, predict with or serve", () => {
  writeCheckpoint(folder, weights(1), at(0));
  expect(readCheckpoint(folder)?.position.step).toBe(0); // it can be resumed
  expect(() => readWeights(folder)).toThrow(
    /has no trained weights yet: it ended or was stopped before its first step; resume it \(%lepton train --resume /,
  );
});

test("the best epoch's weights are taken, else those of the last checkpoint", () => {
  expect(() => readWeights(folder)).toThrow(/has no weights yet: it ended or was stopped before its first checkpoint/);
  writeCheckpoint(folder, weights(1), at(3));
  expect(readWeights(folder)["dense1.weight"]!.data[0]).toBe(1);
  writeBest(folder, weights(2), 1);
  expect(readWeights(folder)["dense1.weight"]!.data[0]).toBe(2);
});
