import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { displaySymbol, MIME } from "@lepton/contract";
import { afterAll, expect, test } from "vitest";
import { leptonFolder } from "../../../magics/folder.ts";
import { readCheckpoint, readWeights } from "../../../magics/train/checkpoint.ts";
import { askRun, isRunning } from "../../../magics/train/control.ts";
import { readEvents } from "../../../magics/train/event-log.ts";
import { makeRun, newRunFolder, startRun } from "../../../magics/train/make-run.ts";
import { loadRun, type Run } from "../../../magics/train/run.ts";
import { writeSpec } from "../../../magics/train/run-folder.ts";
import type { TrainSettings } from "../../../magics/train/spec.ts";
import { runEntry } from "../../../magics/train/start-run.ts";
import { makeSmallDataset } from "./small-data.ts";

/** Under load a process may take seconds to start. */
const slowly = { timeout: 30_000 };

const root = mkdtempSync(path.join(tmpdir(), "lepton-run-"));
afterAll(() => rmSync(root, { recursive: true }));
const place = leptonFolder(root);
const data = { folder: place.datasets("d1"), manifest: makeSmallDataset(place.datasets("d1"), { task: "multiclass" }) };

function newRun(settings: TrainSettings, checkpointEverySeconds = 10): Run {
  const run = makeRun(newRunFolder(place), data, { threads: 1, ...settings }, { name: "small", source: "" });
  writeSpec(run.folder, { ...run.spec, checkpointEverySeconds });
  return loadRun(run.folder);
}

/** Long enough to be caught in the middle, with everything on that randomness and state touch. */
const busy: TrainSettings = {
  model: "mlp",
  hidden: [32, 16],
  dropout: 0.3,
  batchNorm: true,
  epochs: 14,
  batchSize: 8,
  schedule: "cosine",
  warmup: 50,
  earlyStopping: 60,
};

const pidOf = async (run: Run) => (await askRun(run.folder, { do: "progress" }))?.pid;

test("a run in its own process finishes, and its folder tells everything", async () => {
  const run = await startRun(newRun({ model: "mlp", epochs: 30, learningRate: 0.01 }));
  let updates = 0;
  await run.wait(() => updates++);
  expect(updates).toBeGreaterThan(0);
  expect(run.state).toBe("finished");
  expect(run.history).toHaveLength(30);
  expect(run.metrics["accuracy"]).toBeGreaterThan(0.55);
  expect(Object.keys(await run[displaySymbol]())).toEqual([MIME.run, "image/svg+xml", "image/png", "text/plain"]);
  expect(loadRun(run.folder).view()).toEqual(run.view());
});

test("a run killed with SIGKILL at any moment resumes, and its final weights are those of an undisturbed run", {
  timeout: 180_000,
}, async () => {
  const undisturbed = await startRun(newRun(busy));
  await undisturbed.wait();
  const killed = newRun(busy, 0.1);
  let kills = 0;
  // Moments spread over start, training and writing of checkpoints.
  for (const waitMs of [5, 60, 200, 120]) {
    await startRun(killed);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    const pid = await pidOf(killed);
    if (!pid) continue; // over already
    process.kill(pid, "SIGKILL");
    kills++;
    await expect.poll(() => isRunning(killed.folder), slowly).toBe(false);
    await killed.refresh();
    expect(killed.view()).toMatchObject({ state: "failed", reason: expect.stringContaining("--resume") });
  }
  expect(kills).toBeGreaterThan(1);
  await startRun(killed);
  await killed.wait();
  const [a, b] = [readCheckpoint(undisturbed.folder)!, readCheckpoint(killed.folder)!];
  expect(b.state).toEqual(a.state);
  expect(readWeights(killed.folder)).toEqual(readWeights(undisturbed.folder));
  expect(killed.metrics).toEqual(undisturbed.metrics);
  const [plain, resumed] = [undisturbed, killed].map((run) => run.history.map(({ seconds, ...row }) => row));
  expect(resumed).toEqual(plain);
  const files = ["best.safetensors", "checkpoint.safetensors", "events.jsonl", "log.txt", "spec.json"];
  expect(
    readdirSync(killed.folder)
      .filter((name) => name !== "control")
      .sort(),
  ).toEqual(files);
  const events = readEvents(killed.folder);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
});

test("a run is stopped at a step with a checkpoint, and resumes to the same end", async () => {
  const run = await startRun(newRun({ ...busy, earlyStopping: undefined, epochs: 20 }));
  await expect.poll(() => run.view().step, slowly).toBeGreaterThan(0);
  await run.stop("enough for now");
  expect(run.view()).toMatchObject({ state: "stopped", reason: "enough for now" });
  expect(readCheckpoint(run.folder)!.position.step).toBe(run.view().step);
  await startRun(run);
  await run.wait();
  expect(run.state).toBe("finished");
  expect(run.view().epoch).toBe(20);
});

test("two processes never run one folder", async () => {
  const run = await startRun(newRun({ ...busy, epochs: 2000 }));
  await expect(startRun(loadRun(run.folder))).resolves.toBeDefined(); // the second one sees the first and leaves
  await expect.poll(() => run.view().step, slowly).toBeGreaterThan(0);
  const starts = readEvents(run.folder).filter(({ type }) => type === "start");
  expect(starts).toMatchObject([{ pid: await pidOf(run) }]);
  await run.stop();
});

// A limit on the size of files stands for a full disk: the same code, without a disk of one's own.
test.skipIf(process.platform === "win32")(
  "a write that fails ends the run with the cause; nothing is corrupt, and it resumes",
  async () => {
    const run = newRun({ model: "mlp", hidden: [128, 128], epochs: 4 }, 0.01);
    const limited = `ulimit -f 100; exec "${process.execPath}" "${runEntry()}" "${run.folder}"`;
    await promisify(execFile)("bash", ["-c", limited]);
    expect(run.view()).toMatchObject({
      state: "failed",
      reason: expect.stringMatching(/cannot write .*checkpoint\.safetensors: the file would be larger than allowed/),
    });
    expect(readCheckpoint(run.folder)).toBeUndefined();
    await startRun(run);
    await run.wait();
    expect(run.state).toBe("finished");
  },
);
