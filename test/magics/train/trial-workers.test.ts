import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { leptonFolder } from "../../../magics/folder.ts";
import { readEvents } from "../../../magics/train/event-log.ts";
import { makeRun, newRunFolder } from "../../../magics/train/make-run.ts";
import { loadRun } from "../../../magics/train/run.ts";
import { writeSpec } from "../../../magics/train/run-folder.ts";
import type { TrainSettings } from "../../../magics/train/spec.ts";
import { TrialWorker } from "../../../magics/train/trial-workers.ts";
import { makeSmallDataset } from "./small-data.ts";

/** Under load a process may take seconds to start. */
const slowly = { timeout: 30_000 };

const root = mkdtempSync(path.join(tmpdir(), "lepton-trials-"));
afterAll(() => rmSync(root, { recursive: true }));
const place = leptonFolder(root);
const data = { folder: place.datasets("d"), manifest: makeSmallDataset(place.datasets("d"), { task: "binary" }) };
const trial = (settings: TrainSettings) =>
  makeRun(
    newRunFolder(place),
    data,
    { threads: 1, ...settings },
    { name: "trial", source: "", study: { id: "s", trial: 0 } },
  );

test("one process takes runs one after the other, a broken one between them", async () => {
  const worker = new TrialWorker();
  const first = trial({ model: "mlp", epochs: 2 });
  const epochs: number[] = [];
  const end = await worker.run(first.folder, (event) => event.type === "epoch" && epochs.push(event.epoch)).end;
  expect([end.state, epochs]).toEqual(["finished", [1, 2]]);
  const broken = trial({ model: "mlp" });
  writeSpec(broken.folder, { ...broken.spec, device: "cuda:9" });
  expect(await worker.run(broken.folder).end).toMatchObject({
    state: "failed",
    reason: expect.stringMatching(/device/),
  });
  const third = trial({ model: "linear", epochs: 1 });
  expect((await worker.run(third.folder).end).state).toBe("finished");
  const pids = [first, broken, third].map((run) => readEvents(run.folder).find((event) => event.type === "start"));
  expect(pids[0]).toMatchObject({ pid: (pids[2] as { pid: number }).pid });
  await worker.close();
});

test("a trial is stopped at a step; one whose process is killed rejects, and the next one gets a new process", async () => {
  const worker = new TrialWorker();
  const long = trial({ model: "mlp", epochs: 100_000 });
  const running = worker.run(long.folder, (event) => event.type === "step" && running.stop("pruned"));
  expect(await running.end).toMatchObject({ state: "stopped", reason: "pruned" });
  const killed = trial({ model: "mlp", epochs: 100_000 });
  const dying = worker.run(killed.folder, (event) => {
    if (event.type === "start") process.kill(event.pid, "SIGKILL");
  });
  await expect(dying.end).rejects.toMatchObject({ code: "LEPTON_RUN_FAILED" });
  expect((await worker.run(trial({ model: "linear", epochs: 1 }).folder).end).state).toBe("finished");
  await worker.close();
});

test("closing stops the run that goes at a checkpoint", async () => {
  const worker = new TrialWorker();
  const long = trial({ model: "mlp", epochs: 100_000 });
  let begun = false;
  const running = worker.run(long.folder, (event) => {
    begun ||= event.type === "step";
  });
  running.end.catch(() => undefined);
  await expect.poll(() => begun, slowly).toBe(true);
  await worker.close();
  expect(loadRun(long.folder).view()).toMatchObject({ state: "stopped", reason: "the process that began it is gone" });
});
