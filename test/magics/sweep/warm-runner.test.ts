import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { leptonFolder } from "../../../magics/folder.ts";
import { loadStudy } from "../../../magics/sweep/study.ts";
import { createWarmRunner } from "../../../magics/sweep/warm-runner.ts";
import { serveControl } from "../../../magics/train/control.ts";
import { readEvents } from "../../../magics/train/event-log.ts";
import { loadRun } from "../../../magics/train/run.ts";
import { searchAll, small, space } from "./warm-study.ts";

let notebook: string;
beforeAll(() => {
  notebook = mkdtempSync(path.join(tmpdir(), "lepton-sweep-"));
});
afterAll(() => rmSync(notebook, { recursive: true, force: true }));

test("a trial that someone resumed elsewhere is waited for until the search is stopped", async () => {
  const { place, book } = small(notebook, { id: "s0" });
  const folder = place.runs("elsewhere");
  mkdirSync(folder, { recursive: true });
  const nothing = () => undefined;
  const where = () => ({ step: 0, epoch: 0 });
  const control = await serveControl(folder, { stop: nothing, progress: nothing, leases: nothing, where });
  const stop = new AbortController();
  const data = { folder: "", manifest: {} as never };
  const runner = createWarmRunner({ place, studyFolder: book.folder, spec: book.spec, data, plugins: [] });
  let isOver = false;
  const recovered = runner.recover("elsewhere", stop.signal).finally(() => {
    isOver = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 600)); // it looks four times a second
  expect(isOver).toBe(false);
  stop.abort();
  expect(await recovered).toBeUndefined();
  await control!.close();
  book.close();
});

test("every trial is a run of its own that knows its study", async () => {
  const study = small(notebook, { id: "s1" });
  await searchAll(study, 2);
  const { book, place } = study;
  expect(book.trials.map((trial) => [trial.state, trial.reason])).toEqual(new Array(4).fill(["finished", null]));
  for (const trial of book.trials) {
    const run = loadRun(place.runs(trial.run!));
    expect(run.spec.study).toEqual({ id: "s1", trial: trial.number });
    expect(run.spec.learningRate).toBe(trial.parameters["learningRate"]);
    expect(run.view().best?.validation["loss"]).toBe(trial.value);
  }
  expect(new Set(book.trials.map((trial) => trial.worker))).toEqual(new Set([0, 1]));
  book.close();
  const best = loadStudy(book.folder).best;
  expect(best.view().best?.validation["loss"]).toBe(Math.min(...book.trials.map((trial) => trial.value!)));
});

test("a trial whose settings contradict each other fails and leaves no run behind", async () => {
  const momentum = { kind: "choice", choices: [0, 0.9] } as const;
  const fixed = { model: "linear", optimizer: "sgd", nesterov: true, epochs: 1 };
  const study = small(notebook, {
    id: "s2",
    space: { momentum, learningRate: space.learningRate },
    fixed,
    sampler: "random",
    trials: 6,
  });
  const before = readdirSync(study.place.runs()).length;
  await searchAll(study, 1);
  const { trials } = study.book;
  const failed = trials.filter((trial) => trial.parameters["momentum"] === 0);
  expect(failed.length).toBeGreaterThan(0);
  expect(failed[0]).toMatchObject({ state: "failed", run: null });
  expect(failed[0]?.reason).toContain("nesterov needs a momentum above 0");
  expect(readdirSync(study.place.runs()).length - before).toBe(trials.length - failed.length);
  study.book.close();
});

test("a killed search loses no finished trial, and a trial in mid-run goes on from its checkpoint", async () => {
  const script = `
    import { small, searchAll } from "./test/magics/sweep/warm-study.ts";
    await searchAll(small(process.argv[1], { id: "s3", trials: 5, fixed: { model: "mlp", epochs: 150, threads: 1, batchSize: 8 } }), 2);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, notebook], {
    cwd: path.resolve(import.meta.dirname, "../../.."),
    stdio: ["ignore", "inherit", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const folder = leptonFolder(notebook).studies("s3");
  const runs = leptonFolder(notebook).runs;
  const inState = (state: string) => loadStudy(folder).trials.filter((trial) => trial.state === state);
  const epochsOf = (run: string | null) => (run === null ? 0 : (loadRun(runs(run)).history.at(-1)?.epoch ?? 0));
  const oneDoneOneMidway = () => {
    expect(inState("finished").length).toBeGreaterThan(0);
    expect(inState("stopped").some((trial) => epochsOf(trial.run) > 5)).toBe(true);
  };
  await vi.waitFor(oneDoneOneMidway, { timeout: 50_000, interval: 50 });
  child.kill("SIGKILL");
  await ended;

  const kept = inState("finished");
  const open = inState("stopped").filter((trial) => trial.run !== null);
  const study = small(notebook, { id: "s3" });
  await searchAll(study, 2);
  const { trials } = study.book;
  expect(trials.map((trial) => trial.state)).toEqual(new Array(5).fill("finished"));
  for (const trial of kept) expect(trials[trial.number]).toMatchObject({ run: trial.run, value: trial.value });
  for (const trial of open) expect(trials[trial.number]?.run).toBe(trial.run);
  const resumes = open.map((trial) => readEvents(runs(trial.run!)).filter((event) => event.type === "resume").length);
  expect(Math.max(...resumes)).toBe(1);
  study.book.close();
});
