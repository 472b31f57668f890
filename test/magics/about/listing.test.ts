import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { ListingAnswer } from "@lepton/contract";
import { createPlugins, leptonFolder } from "@lepton/magics";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listFolder, nothingKept } from "../../../magics/about/listing.ts";
import { answerRequest } from "../../../magics/about/listing-requests.ts";
import { StudyBook } from "../../../magics/sweep/study-book.ts";
import { serveControl } from "../../../magics/train/control.ts";
import { makeSpec } from "../../../magics/train/spec.ts";
import { fakeHost } from "../fake-host.ts";
import { studySpec } from "../sweep/fakes.ts";
import { makeRunFolder } from "../train/made-run.ts";
import { makeSmallDataset } from "../train/small-data.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "lepton-listing-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a study that another process searches is listed as running, and as stopped when that has gone", async () => {
  const place = leptonFolder(folder);
  mkdirSync(place.studies("s1"), { recursive: true });
  const book = StudyBook.create(place.studies("s1"), studySpec());
  const nothing = () => undefined;
  const control = await serveControl(book.folder, {
    stop: nothing,
    progress: nothing,
    leases: nothing,
    where: () => ({ step: 0, epoch: 0 }),
  });
  const kept = nothingKept();
  const states = async () => (await listFolder(place, kept)).studies.map(({ state }) => state);
  try {
    expect(await states()).toEqual(["running"]);
  } finally {
    await control!.close();
    book.close();
  }
  expect(await states()).toEqual(["stopped"]);
});

test("trials that were pruned or failed are over too", async () => {
  const place = leptonFolder(folder);
  mkdirSync(place.studies("s1"), { recursive: true });
  const book = StudyBook.create(place.studies("s1"), studySpec());
  book.plan(4);
  for (const state of ["finished", "pruned", "failed"] as const) {
    const trial = book.ask(() => false)!;
    book.started(trial, `r-${state}`, 0);
    book.tell(trial, { state, value: state === "failed" ? null : 0.5, reason: null, epoch: 1, epochs: 1, seconds: 1 });
  }
  book.close();
  const [study] = (await listFolder(place, nothingKept())).studies;
  expect(study).toMatchObject({ finished: 3, planned: 4 });
});

test("what a page cannot be given is answered in a sentence, and what is no request is not answered", async () => {
  const place = { host: fakeHost(folder), folder: leptonFolder(folder), plugins: createPlugins() };
  const ask = (request: object) => answerRequest({ ask: 7, ...request }, place) as Promise<ListingAnswer>;
  const gone = await ask({ type: "deploy", run: "../../etc", name: "x" });
  expect(gone).toEqual({ type: "answer", ask: 7, fault: "there is no run ../../etc in this folder." });
  expect((await ask({ type: "run", run: "../../etc" })).fault).toContain("there is no run");
  expect((await ask({ type: "logs", name: "nothing" })).fault).toContain('no deployment "nothing"');
  expect((await ask({ type: "compare", runs: [] })).fault).toContain("1 to 50 runs");
  expect((await ask({ type: "format the disk" })).fault).toContain("does not know");
  expect(await answerRequest({ type: "compare" }, place)).toBeUndefined();
  expect(await answerRequest(null, place)).toBeUndefined();
});

/** A run's folder whose events say that a living process, of another program, trains it. */
function makeRun(place: ReturnType<typeof leptonFolder>, id: string, more: object = {}): string {
  const run = place.runs(id);
  const data = place.datasets("d1");
  const made = { id, name: id, manifest: makeSmallDataset(data, { task: "binary" }), datasetFolder: data, source: "" };
  const sizes = { threads: 1, parameters: 7, rows: { train: 64, validation: 0, test: 0 }, stepsPerEpoch: 2, epochs: 1 };
  const start = { type: "start", pid: process.pid, engine: "onnx", device: "cpu", ...sizes } as const;
  return makeRunFolder(run, { ...makeSpec({ model: "logistic" }, made), ...more }, [start]);
}

test("a run that was killed is not running, though another program has its process number now", async () => {
  const place = leptonFolder(folder);
  const going = makeRun(place, "r1");
  makeRun(place, "r2");
  const control = await serveControl(going, {
    stop: () => undefined,
    progress: () => undefined,
    leases: () => undefined,
    where: () => ({ step: 0, epoch: 0 }),
  });
  try {
    const { runs } = await listFolder(place, nothingKept());
    expect(runs.map(({ id, state }) => [id, state])).toEqual([
      ["r2", "failed"],
      ["r1", "running"],
    ]);
  } finally {
    await control!.close();
  }
});

test("what a listing has read once it does not read again: trials, and the past of runs", async () => {
  const place = leptonFolder(folder);
  makeRun(place, "r1", { study: { id: "s1", trial: 0 } });
  makeRun(place, "r2");
  const kept = nothingKept();
  expect((await listFolder(place, kept)).runs.map(({ id }) => id)).toEqual(["r2"]);
  for (const id of ["r1", "r2"]) writeFileSync(path.join(place.runs(id), "spec.json"), "damaged");
  expect((await listFolder(place, kept)).runs.map(({ id }) => id)).toEqual(["r2"]);
  rmSync(place.runs("r1"), { recursive: true });
  await listFolder(place, kept);
  expect([...kept.trials]).toEqual([]);
});
