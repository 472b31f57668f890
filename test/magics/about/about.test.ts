import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { displaySymbol, type Engine, type RunSpec } from "@lepton/contract";
import { createPlugins, createProvider, leptonFolder } from "@lepton/magics";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cleanVerb } from "../../../magics/about/clean.ts";
import { doctorVerb } from "../../../magics/about/doctor.ts";
import { enginesVerb } from "../../../magics/about/engines.ts";
import { runsVerb } from "../../../magics/about/runs.ts";
import { bytesText } from "../../../magics/about/sizes.ts";
import { stopVerb } from "../../../magics/about/stop.ts";
import { keepName } from "../../../magics/names.ts";
import type { Verb } from "../../../magics/verb.ts";
import { type FakeHost, fakeHost } from "../fake-host.ts";
import { madeSpec, makeRunFolder } from "../train/made-run.ts";

let host: FakeHost;
const place = () => leptonFolder(host.folder);

beforeEach(() => {
  host = fakeHost(mkdtempSync(path.join(os.tmpdir(), "lepton-about-")));
});
afterEach(() => rmSync(host.folder, { recursive: true, force: true }));

interface Shown {
  rows: Record<string, unknown>[];
  [displaySymbol](): Record<string, string>;
}

async function run(verb: unknown, line: string, plugins = createPlugins()): Promise<Shown> {
  const provider = createProvider([verb as Verb], plugins);
  await provider.start(host);
  return (await provider.run({ line })) as Shown;
}

const textOf = (shown: Shown) => shown[displaySymbol]()["text/plain"]!;

/** A run that has not begun. */
function makeRun(id: string, more: Partial<RunSpec> = {}): string {
  return makeRunFolder(place().runs(id), madeSpec(id, more));
}

function makeDataset(id: string): string {
  const folder = place().datasets(id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "train.x.f32"), Buffer.alloc(5000));
  return folder;
}

/** Change times of a folder and what is in it. */
function age(folder: string, days: number): void {
  const time = new Date(Date.now() - days * 24 * 3600 * 1000);
  for (const name of readdirSync(folder)) utimesSync(path.join(folder, name), time, time);
  utimesSync(folder, time, time);
}

test("runs lists the newest first, leaves trials out until asked, and passes over a damaged folder", async () => {
  makeRun("r1");
  makeRun("r2", { study: { id: "s1", trial: 0 } });
  makeRun("r3");
  mkdirSync(place().runs("r4-half-written"));
  const ids = (shown: Shown) => shown.rows.map((row) => row.id);
  const shown = await run(runsVerb, "runs");
  expect(ids(shown)).toEqual(["r3", "r1"]);
  expect(textOf(shown)).toContain("Trials of sweeps are left out");
  expect(textOf(shown)).toMatch(/r3 .*credit/);
  expect(ids(await run(runsVerb, "runs --trials"))).toEqual(["r3", "r2", "r1"]);
  expect(ids(await run(runsVerb, "runs s1"))).toEqual(["r2"]);
  expect(ids(await run(runsVerb, "runs s1 --state failed"))).toEqual([]);
  expect(ids(await run(runsVerb, "runs --limit 1"))).toEqual(["r3"]);
  await expect(run(runsVerb, "runs s2")).rejects.toThrow('runs: no study "s2"; did you mean "s1"? Here studies: s1.');
});

test("runs of an empty folder is an empty table", async () => {
  expect((await run(runsVerb, "runs")).rows).toEqual([]);
});

test("clean deletes only with --yes, and never what is named, used or recent", async () => {
  const old = makeRun("r1-old");
  const named = makeRun("r2-named", { dataset: { folder: "../../datasets/d2", id: "d2", name: "x" } });
  const recent = makeRun("r3-recent");
  const [unused, usedByRecent, usedByNamed] = ["d0", "d1", "d2"].map(makeDataset) as [string, string, string];
  keepName(place(), { "Lepton.Run": () => null }, "best", { value: { folder: named }, kind: "Lepton.Run", type: "" });
  for (const folder of [old, named, unused, usedByRecent, usedByNamed]) age(folder, 30);
  const looked = await run(cleanVerb, "clean");
  expect(looked.rows.map((row) => row.mayGo)).toEqual([["d0"], ["r1-old"], [], []]);
  expect(textOf(looked)).toContain("clean --yes deletes them");
  expect(existsSync(old)).toBe(true);
  const done = await run(cleanVerb, "clean --yes");
  expect(textOf(done)).toContain("Deleted 2 items");
  expect([old, unused].map((folder) => existsSync(folder))).toEqual([false, false]);
  expect([named, recent, usedByRecent, usedByNamed].every((folder) => existsSync(folder))).toBe(true);
});

test("a trial stays while its study does, and goes with it", async () => {
  const trial = makeRun("r1", { study: { id: "s1", trial: 0 } });
  const study = place().studies("s1");
  mkdirSync(study, { recursive: true });
  writeFileSync(path.join(study, "journal.jsonl"), "");
  age(trial, 30);
  expect((await run(cleanVerb, "clean")).rows[1]).toMatchObject({ mayGo: [], stay: { "a trial of a study": 1 } });
  age(study, 30);
  expect((await run(cleanVerb, "clean")).rows.map((row) => row.mayGo)).toEqual([[], ["r1"], ["s1"], []]);
});

test("engines tells devices, and why an engine cannot run; one that throws hides no other", async () => {
  const engine = (name: string, unavailable: () => Promise<string | null>): Engine => ({
    name,
    unavailable,
    devices: async () => [{ name: "cpu", description: "2 threads" }],
    compile: async () => {
      throw new Error("not here");
    },
  });
  const plugins = createPlugins();
  const engines = [
    engine("good", async () => null),
    engine("lacking", async () => "lib.so not found; install it"),
    engine("broken", async () => {
      throw new Error("boom");
    }),
  ];
  plugins.add({ name: "test", contract: 1, engines }, "test");
  const text = textOf(await run(enginesVerb, "engines", plugins));
  expect(text).toMatch(/good +yes +cpu \(2 threads\)/);
  expect(text).toContain("no: lib.so not found; install it");
  expect(text).toContain("no: it failed to tell: boom");
  const doctor = await run(doctorVerb, "doctor", plugins);
  expect(doctor.rows).toContainEqual({
    what: "engine lacking",
    state: "note", // another engine works
    found: "lib.so not found; install it",
  });
  const alone = createPlugins();
  alone.add({ name: "test", contract: 1, engines: engines.slice(1, 2) }, "test");
  const none = await run(doctorVerb, "doctor", alone);
  expect(none.rows.find((row) => row.what === "engine lacking")).toMatchObject({ state: "problem" });
  expect(doctor.rows.find((row) => row.what === "CUDA")!.found).toMatch(/CUDA_HOME is .*; LD_LIBRARY_PATH is /);
  expect(doctor.rows.find((row) => row.what === "Node")).toMatchObject({ state: "ok" });
  expect(doctor.rows.find((row) => row.what === "onnxruntime-node")).toMatchObject({ state: "ok" });
});

test("stop takes a value, or asks each kind by name, and says the nearest one otherwise", async () => {
  const stopped: string[] = [];
  const mine = { id: "r9" };
  const kind = (name: string, names: string[]) => ({
    kind: name,
    holds: (value: unknown) => name === "run" && value === mine,
    names: async () => names,
    goes: async () => false,
    stop: async (one: unknown) => {
      stopped.push(`${name} ${one === mine ? mine.id : String(one)}`);
      return `Stopped ${stopped.at(-1)}.`;
    },
  });
  const verb = stopVerb([kind("run", ["r1"]), kind("deployment", ["credit-risk"])]);
  host.bind("mine", mine);
  await run(verb, "stop credit-risk");
  await run(verb, "stop mine");
  expect(stopped).toEqual(["deployment credit-risk", "run r9"]);
  expect(host.printed).toEqual(["Stopped deployment credit-risk.\n", "Stopped run r9.\n"]);
  await expect(run(verb, "stop credit-rsik")).rejects.toThrow(
    'stop: no run or deployment is called "credit-rsik"; did you mean "credit-risk"?',
  );
});

test("bytes are told with two digits at most where it matters", () => {
  expect([0, 999, 1000, 12_345, 3_400_000, 5e12].map(bytesText)).toEqual([
    "0 B",
    "999 B",
    "1.0 kB",
    "12 kB",
    "3.4 MB",
    "5.0 TB",
  ]);
});
