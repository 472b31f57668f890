import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import onnx from "@lepton/engine-onnx";
import { afterAll, expect, test } from "vitest";
import { createPlugins } from "../../../magics/plugins.ts";
import { checkpointFile, readCheckpoint, readWeights } from "../../../magics/train/checkpoint.ts";
import { askRun, holdLease, isRunning } from "../../../magics/train/control.ts";
import { evaluateRun } from "../../../magics/train/evaluate-run.ts";
import { readEvents } from "../../../magics/train/event-log.ts";
import { runFolder } from "../../../magics/train/process.ts";
import { writeSpec } from "../../../magics/train/run-folder.ts";
import { makeSpec, type TrainSettings } from "../../../magics/train/spec.ts";
import { makeSmallDataset, type SmallOptions } from "./small-data.ts";

/** Under load a process may take seconds to start. */
const slowly = { timeout: 30_000 };

const root = mkdtempSync(path.join(tmpdir(), "lepton-process-"));
afterAll(() => rmSync(root, { recursive: true }));
const plugins = createPlugins();
plugins.add(onnx, "test");
let made = 0;

function makeRun(data: SmallOptions, settings: TrainSettings): string {
  const id = `r${made++}`;
  const datasetFolder = path.join(root, `${id}-data`);
  const manifest = makeSmallDataset(datasetFolder, data);
  const folder = path.join(root, id);
  mkdirSync(folder);
  writeSpec(folder, makeSpec(settings, { id, name: id, manifest, datasetFolder, source: "" }));
  return folder;
}

const run = (folder: string) => runFolder(folder, plugins, { leaseGraceMs: null });

test("an mlp learns a binary target; events and checkpoint are there", async () => {
  const folder = makeRun({ task: "binary" }, { model: "mlp", hidden: [16], epochs: 15, learningRate: 0.01 });
  const end = await run(folder);
  expect(end).toMatchObject({ state: "finished", reason: null, step: 150, epoch: 15 });
  expect(end.test!["accuracy"]).toBeGreaterThan(0.85);
  expect(end.test!["rocAuc"]).toBeGreaterThan(0.95);
  expect(end.confusion!.counts.flat().reduce((sum, count) => sum + count)).toBe(60);
  const events = readEvents(folder);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.filter(({ type }) => type === "epoch")).toHaveLength(15);
  expect(events[0]).toMatchObject({ type: "start", parameters: 6 * 16 + 16 + 16 + 1, stepsPerEpoch: 10 });
  expect(events.at(-1)).toEqual(end);
  expect(readCheckpoint(folder)!.position).toMatchObject({ step: 150, epoch: 15 });
  expect(Object.keys(readWeights(folder))).toEqual(["dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias"]);
});

test("a run without a lease ends itself with a checkpoint, one that is held or in the background goes on", async () => {
  const settings = { model: "mlp", epochs: 100_000 } as const;
  const folder = makeRun({ task: "binary" }, settings);
  const end = await runFolder(folder, plugins, { leaseGraceMs: 200 });
  expect(end).toMatchObject({
    state: "stopped",
    reason: expect.stringContaining("the notebook that began it is gone"),
  });
  expect(readCheckpoint(folder)!.position.step).toBe(end.step);
  for (const background of [false, true]) {
    const other = makeRun({ task: "binary" }, { ...settings, background });
    const going = runFolder(other, plugins, { leaseGraceMs: 1500 });
    await expect.poll(() => isRunning(other), slowly).toBe(true);
    const lease = background ? null : holdLease(other);
    await new Promise((resolve) => setTimeout(resolve, 2200));
    expect(await isRunning(other)).toBe(true);
    lease?.release();
    if (background) await askRun(other, { do: "stop", reason: "enough" });
    expect((await going).reason).toContain(background ? "enough" : "is gone");
  }
});

test("early stopping ends after epochs without a better value, and the best epoch's weights are those that are tested", async () => {
  const settings = { model: "mlp", hidden: [64], epochs: 400, learningRate: 0.05, earlyStopping: 3, seed: 3 } as const;
  const folder = makeRun({ task: "binary", rows: { train: 60, validation: 60, test: 60 } }, settings);
  const end = await run(folder);
  expect(end.reason).toBe("early stopping: no better loss for 3 epochs");
  expect(end.epoch).toBe(end.best!.epoch + 3);
  const again = await evaluateRun({ folder }, "validation", plugins);
  expect(again.metrics).toEqual(end.best!.validation);
  expect((await evaluateRun({ folder }, "test", plugins)).metrics).toEqual(end.test);
});

test("a regression with a target of any size learns with the default learning rate", async () => {
  const folder = makeRun({ task: "regression" }, { model: "mlp", epochs: 40, learningRate: 0.01 });
  expect((await run(folder)).test!["r2"]).toBeGreaterThan(0.9);
});

test("a small cnn learns images; the last batch is smaller", async () => {
  const data = { task: "multiclass", rowShape: [10, 10, 1], rows: { train: 130, validation: 30, test: 30 } } as const;
  const folder = makeRun(data, { model: "cnn", filters: [4, 4], epochs: 12, learningRate: 0.01, batchSize: 32 });
  const end = await run(folder);
  expect(end.step).toBe(12 * 5);
  expect(end.test!["accuracy"]).toBeGreaterThan(0.7);
});

test("a damaged checkpoint fails the run with a sentence and keeps its events", async () => {
  const folder = makeRun({ task: "binary" }, { model: "linear", epochs: 2 });
  await run(folder);
  const before = readEvents(folder).length;
  truncateSync(checkpointFile(folder), 200);
  await expect(run(folder)).rejects.toThrow(/checkpoint\.safetensors is damaged/);
  const events = readEvents(folder);
  expect(events).toHaveLength(before + 1);
  expect(events.at(-1)).toMatchObject({ type: "end", state: "failed", reason: expect.stringContaining("damaged") });
});

test("what the data set lacks is said", async () => {
  const folder = makeRun({ task: "binary" }, { model: "linear" });
  rmSync(path.join(root, `${path.basename(folder)}-data`, "train-x.bin"));
  expect(await run(folder)).toMatchObject({
    state: "failed",
    reason: expect.stringMatching(/train-x\.bin is missing/),
  });
  expect(readFileSync(path.join(folder, "log.txt"), "utf8")).toContain("LeptonError");
});
