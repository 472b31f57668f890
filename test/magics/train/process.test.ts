import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import onnx from "@lepton/engine-onnx";
import { afterAll, expect, test } from "vitest";
import { createPlugins } from "../../../magics/plugins.ts";
import { readCheckpoint, readWeights } from "../../../magics/train/checkpoint.ts";
import { readEvents } from "../../../magics/train/event-log.ts";
import { runFolder } from "../../../magics/train/process.ts";
import { writeSpec } from "../../../magics/train/run-folder.ts";
import { makeSpec, type TrainSettings } from "../../../magics/train/spec.ts";
import { makeSmallDataset, type SmallOptions } from "./small-data.ts";

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
