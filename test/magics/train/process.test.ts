import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Engine, LeptonError } from "@lepton/contract";
import onnx from "@lepton/engine-onnx";
import { afterAll, expect, test } from "vitest";
import { createPlugins } from "../../../magics/plugins.ts";
import { checkpointFile, readCheckpoint, readWeights } from "../../../magics/train/checkpoint.ts";
import { askRun, holdLease, isRunning } from "../../../magics/train/control.ts";
import { evaluateRun } from "../../../magics/train/evaluate-run.ts";
import { readEvents } from "../../../magics/train/event-log.ts";
import { runFolder } from "../../../magics/train/process.ts";
import { readSpec, writeSpec } from "../../../magics/train/run-folder.ts";
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

test("a paused run holds between two steps with a checkpoint, its time stands still, and it goes on when asked", async () => {
  const folder = makeRun({ task: "binary" }, { model: "mlp", epochs: 100_000 });
  const began = Date.now();
  const going = run(folder);
  await expect.poll(() => readEvents(folder).some(({ type }) => type === "step"), slowly).toBe(true);
  await askRun(folder, { do: "pause" });
  await expect
    .poll(() => readEvents(folder).findLast(({ type }) => type === "pause"), slowly)
    .toMatchObject({ paused: true });
  await expect.poll(() => readCheckpoint(folder)?.position.step, slowly).toBeGreaterThan(0);
  const held = (await askRun(folder, { do: "progress" }))!.step;
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await askRun(folder, { do: "progress" }))!.step).toBe(held);

  await askRun(folder, { do: "resume" });
  await expect.poll(async () => (await askRun(folder, { do: "progress" }))!.step, slowly).toBeGreaterThan(held);
  await askRun(folder, { do: "pause" });
  await expect.poll(() => readEvents(folder).filter(({ type }) => type === "pause").length, slowly).toBe(3);
  await askRun(folder, { do: "stop", reason: "enough" });
  const end = await going;
  expect(end).toMatchObject({ state: "stopped", reason: "enough" });
  expect(end.seconds).toBeLessThan((end.time - began) / 1000 - 0.25);
}, 60_000);

test("a run whose engine computes on its own thread answers, and stops when asked", async () => {
  const blocking: Engine = {
    name: "blocking",
    unavailable: async () => null,
    devices: async () => [{ name: "cpu", description: "this thread" }],
    compile: async ({ state }) => {
      const zeros = (shape: readonly number[]) => ({
        dtype: "f32" as const,
        shape,
        data: new Float32Array(shape.reduce((size, dim) => size * dim, 1)),
      });
      const all = Object.fromEntries(state.map(({ name, shape }) => [name, zeros(shape)]));
      return {
        async run(_entry, feeds) {
          for (const until = performance.now() + 2; performance.now() < until; );
          return { loss: zeros([]), prediction: zeros([feeds["x"]!.shape[0]!, 1]) };
        },
        read: async (name) => all[name]!,
        state: async () => all,
        load: async () => undefined,
        dispose: async () => undefined,
      };
    },
  };
  const alone = createPlugins();
  alone.add({ name: "blocking", contract: 1, engines: [blocking] }, "test");
  const folder = makeRun({ task: "binary" }, { model: "mlp", epochs: 2000 });
  const going = runFolder(folder, alone, { leaseGraceMs: null });
  await expect.poll(() => readEvents(folder).some(({ type }) => type === "step"), slowly).toBe(true);
  expect(await isRunning(folder)).toBe(true);
  await askRun(folder, { do: "stop", reason: "enough" });
  expect(await going).toMatchObject({ state: "stopped", reason: "enough" });
});

test("a checkpoint is written when someone asks for one", async () => {
  const folder = makeRun({ task: "binary" }, { model: "mlp", epochs: 100_000 });
  const going = run(folder);
  await expect.poll(() => readEvents(folder).some(({ type }) => type === "step"), slowly).toBe(true);
  expect(readCheckpoint(folder)).toBeUndefined();
  await askRun(folder, { do: "checkpoint" });
  await expect.poll(() => readEvents(folder).some(({ type }) => type === "checkpoint"), slowly).toBe(true);
  expect(readCheckpoint(folder)!.position.step).toBeGreaterThan(0);
  await askRun(folder, { do: "stop", reason: "enough" });
  await going;
}, 60_000);

test("what the process takes of the machine is told at a low rate", async () => {
  const folder = makeRun({ task: "binary" }, { model: "mlp", epochs: 100_000 });
  const going = run(folder);
  await expect
    .poll(() => readEvents(folder).find(({ type }) => type === "usage"), slowly)
    .toMatchObject({
      cpu: expect.any(Number),
      memoryBytes: expect.any(Number),
    });
  await askRun(folder, { do: "stop", reason: "enough" });
  await going;
  const usage = readEvents(folder).find((event) => event.type === "usage")!;
  expect(usage.cpu).toBeGreaterThan(0);
  expect(usage.memoryBytes).toBeGreaterThan(10e6);
  expect(usage.time - readEvents(folder)[0]!.time).toBeGreaterThan(1500);
}, 60_000);

test("the end event holds the curves of the test rows, of the validation rows where there are none", async () => {
  const settings = { model: "mlp", hidden: [16], epochs: 3 } as const;
  const end = await run(makeRun({ task: "binary" }, settings));
  expect(end.curves).toMatchObject({ split: "test", rows: 60, targets: [], confusion: null });
  expect(end.curves!.classes[0]!.rocAuc).toBeCloseTo(end.test!["rocAuc"]!, 6);
  const other = await run(makeRun({ task: "regression", rows: { train: 100, validation: 40, test: 0 } }, settings));
  expect(other.curves).toMatchObject({ split: "validation", rows: 40, classes: [] });
  expect(other.curves!.targets[0]!.actual).toHaveLength(40);
});

test("numbers that are not finite are told with the step and the layer that made them first", async () => {
  const grown = makeRun({ task: "regression" }, { model: "linear", optimizer: "sgd", learningRate: 1e25, epochs: 3 });
  const { state, reason } = await run(grown);
  expect(state).toBe("failed");
  expect(reason).toMatch(
    /the loss became (NaN|Infinity) at step \d+ .*(layer|dense1|loss).*; try a smaller one, such as --learning-rate 0\.01 or what --find-learning-rate suggests/,
  );

  const settings = {
    model: { kind: "module", module: "model.mjs", export: "model", args: {} },
    learningRate: 0.05,
    epochs: 40,
  } as const;
  const folder = makeRun({ task: "binary" }, settings);
  // sqrt of a number that training pushes below 0.
  const text =
    "(x, nn) => { const h = nn.dense(x, 4, { name: 'neck' }); const r = nn.sqrt(nn.parameter('range', [1], { kind: 'constant', value: 0.1 })); return nn.dense(h.mul(r), 1, { name: 'head' }).sub(nn.mean(r).mul(50)); }";
  writeFileSync(path.join(folder, "model.mjs"), `export const model = ${text};`);
  const end = await run(folder);
  expect(end.state).toBe("failed");
  expect(end.step).toBeGreaterThan(0);
  expect(end.reason).toContain("the model's sqrt gave NaN");
});

test("a device that is lost in the middle fails the run with the cause; another engine goes on from the checkpoint", async () => {
  const [real] = onnx.engines;
  const lost: Engine = {
    ...real!,
    name: "losing",
    devices: async () => [{ name: "cuda:0", description: "a GPU that goes" }],
    async compile(program, options) {
      const executable = await real!.compile(program, { ...options, device: "cpu" });
      let steps = 0;
      const running = executable.run.bind(executable);
      executable.run = async (entry, feeds) => {
        if (entry === "train" && ++steps > 25)
          throw new LeptonError("LEPTON_DEVICE", "entry train: device cuda:0 was lost; look whether its driver works.");
        return running(entry, feeds);
      };
      return executable;
    },
  };
  const both = createPlugins();
  both.add({ name: "losing", contract: 1, engines: [lost] }, "test");
  both.add(onnx, "test");
  const folder = makeRun({ task: "binary" }, { model: "mlp", hidden: [8], epochs: 6, seed: 3, device: "cuda" });
  const spec = readSpec(folder);
  writeSpec(folder, { ...spec, checkpointEverySeconds: 0 });
  const failed = await runFolder(folder, both, { leaseGraceMs: null });
  expect(failed).toMatchObject({
    state: "failed",
    step: 25,
    reason: expect.stringContaining("device cuda:0 was lost"),
  });

  writeSpec(folder, { ...spec, device: "cpu", engine: "onnx" });
  const end = await runFolder(folder, both, { leaseGraceMs: null });
  expect(end).toMatchObject({ state: "finished", epoch: 6, step: 60 });
  expect(readEvents(folder).find(({ type }) => type === "resume")).toMatchObject({
    step: 25,
    engine: "onnx",
    device: "cpu",
  });
  const undisturbed = makeRun({ task: "binary" }, { model: "mlp", hidden: [8], epochs: 6, seed: 3 });
  await run(undisturbed);
  expect(readWeights(folder)).toEqual(readWeights(undisturbed));
});

test("a checkpoint with one bit turned is refused with its hash", async () => {
  const folder = makeRun({ task: "binary" }, { model: "linear", epochs: 1 });
  await run(folder);
  const bytes = readFileSync(checkpointFile(folder));
  bytes[bytes.length - 3]! ^= 1;
  writeFileSync(checkpointFile(folder), bytes);
  expect(() => readCheckpoint(folder)).toThrow(
    /checkpoint\.safetensors is damaged: its tensors have the SHA-256 [0-9a-f]{64}, it says [0-9a-f]{64}/,
  );
});

test("labels outside the classes are told by row before any step", async () => {
  const folder = makeRun({ task: "multiclass" }, { model: "linear", epochs: 1 });
  const file = path.join(`${folder}-data`, "train-y.bin");
  const labels = new Int32Array(new Uint8Array(readFileSync(file)).buffer);
  labels[7] = 3;
  writeFileSync(file, labels);
  expect(await run(folder)).toMatchObject({
    state: "failed",
    step: 0,
    reason: expect.stringMatching(/labels must be 0 to 2, train row 7 has 3/),
  });
});

test("a batch larger than the data is one step of all rows, and the run says so", async () => {
  const folder = makeRun({ task: "binary" }, { model: "linear", epochs: 2, batchSize: 1000 });
  expect(await run(folder)).toMatchObject({ state: "finished", step: 2 });
  const texts = readEvents(folder).flatMap((event) => (event.type === "message" ? [event.text] : []));
  expect(texts).toEqual(["a batch of 1000 is more than the 300 training rows: each epoch is one step of all rows."]);
});
