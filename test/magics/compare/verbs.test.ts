import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type ComparisonView, displaySymbol, MIME, type RunEvent } from "@lepton/contract";
import { createPlugins, createProvider, leptonFolder } from "@lepton/magics";
import { afterEach, beforeEach, expect, test } from "vitest";
import { namesOf } from "../../../magics/compare/comparison.ts";
import { type Comparison, compareVerb } from "../../../magics/compare/verbs.ts";
import { loadRun, type Run } from "../../../magics/train/run.ts";
import type { Verb } from "../../../magics/verb.ts";
import { type FakeHost, fakeHost } from "../fake-host.ts";
import { madeSpec, makeRunFolder } from "../train/made-run.ts";

let host: FakeHost;

beforeEach(() => {
  host = fakeHost(mkdtempSync(path.join(os.tmpdir(), "lepton-compare-")));
});
afterEach(() => rmSync(host.folder, { recursive: true, force: true }));

interface Made {
  readonly name?: string;
  readonly seed?: number;
  readonly learningRate?: number;
  readonly hidden?: readonly number[];
  readonly epochs?: number;
  readonly tags?: readonly string[];
  readonly batchSize?: number;
  readonly source?: string;
  /** Left out, it has validation rows. */
  readonly isTrainOnly?: boolean;
  /** Of an epoch, by its place from 0. */
  readonly seconds?: (at: number) => number;
}

/** A run that ended, with its events as its process would have written them. */
function makeRun(
  id: string,
  {
    name = id,
    seed = 1,
    learningRate = 0.01,
    hidden = [8],
    epochs = 3,
    tags = [],
    batchSize = 32,
    source = `%lepton train credit --seed ${seed}`,
    seconds = () => 1,
    isTrainOnly = false,
  }: Made = {},
) {
  const model = { kind: "mlp", hidden, activation: "relu", dropout: 0, batchNorm: false } as const;
  const spec = madeSpec(id, { name, model, learningRate, epochs, batchSize, seed, source });
  const auc = (epoch: number) => 0.7 + learningRate + 0.01 * seed + 0.02 * epoch;
  const rows = Array.from({ length: epochs }, (_, index) => ({
    type: "epoch",
    epoch: index + 1,
    step: (index + 1) * 10,
    seconds: seconds(index),
    train: { loss: 0.5 },
    validation: isTrainOnly ? null : { loss: 0.5, rocAuc: auc(index + 1) },
    best: !isTrainOnly,
  }));
  const end = {
    type: "end",
    state: "finished",
    reason: null,
    step: epochs * 10,
    epoch: epochs,
    seconds: 1,
    best: { epoch: epochs, validation: { loss: 0.5, rocAuc: auc(epochs) } },
    test: { loss: 0.4, rocAuc: auc(epochs) },
    confusion: null,
  };
  const events = [...rows, end].map((event, index) => ({ seq: index + 1, time: index * 1000, ...event }) as RunEvent);
  const folder = makeRunFolder(leptonFolder(host.folder).runs(id), spec, events);
  if (tags.length > 0) writeFileSync(path.join(folder, "notes.json"), JSON.stringify({ text: "", tags }));
  return folder;
}

async function compare(
  line: string,
): Promise<{ value: Comparison; view: ComparisonView; bundle: Record<string, unknown> }> {
  const provider = createProvider([compareVerb as unknown as Verb], createPlugins());
  await provider.start(host);
  const value = (await provider.run({ line: `compare ${line}` })) as Comparison;
  const bundle = (await value[displaySymbol]()) as Record<string, unknown>;
  return { value, bundle, view: bundle[MIME.comparison] as ComparisonView };
}

test("runs that are equal but for their seed are one line with a band; the others stand apart by what differs", async () => {
  for (const seed of [1, 2, 3]) makeRun(`a-${seed}`, { seed });
  makeRun("b-1", { learningRate: 0.1 });
  const { view, bundle } = await compare("a-1 a-2 a-3 b-1");
  expect(view.groups.map((group) => group.name)).toEqual(["learningRate 0.01 (3 seeds)", "b-1: learningRate 0.1"]);
  const band = view.bands.find((one) => one.metric === "rocAuc")!;
  expect(band.mean).toEqual([0.75, 0.77, 0.79]);
  // s = 0.01, half = 4.3027 * 0.01 / sqrt(3)
  expect(band.low[0]).toBeCloseTo(0.75 - 0.02484, 4);
  expect(view.train!.curves.map(({ metric, run, y }) => [metric, run, y[0]])).toEqual(
    [0, 1, 2, 3].map((run) => ["loss", run, 0.5]),
  );
  expect(view.train!.bands.map(({ metric, group }) => [metric, group])).toEqual([["loss", 0]]);
  expect(view.differences.map((one) => one.name)).toEqual(["learningRate", "seed", "rocAuc"]);
  expect(view.differences[1]!.values).toEqual([1, 2, 3, 1]);
  expect(Object.keys(bundle).sort()).toEqual(["image/png", "image/svg+xml", MIME.comparison, "text/plain"].sort());
  expect(bundle["text/plain"]).toContain("learningRate");
});

test("lines of runs without validation rows say that they are on training rows, in the data and in the picture", async () => {
  for (const seed of [1, 2]) makeRun(`alone-${seed}`, { seed, isTrainOnly: true });
  makeRun("validated", { learningRate: 0.1 });
  const picture = ({ bundle }: { bundle: Record<string, unknown> }) => String(bundle["image/svg+xml"]);
  const alone = await compare("alone-1 alone-2");
  expect(alone.view.curves.map(({ metric, run, split }) => [metric, run, split])).toEqual([
    ["loss", 0, "train"],
    ["loss", 1, "train"],
  ]);
  expect(alone.view.bands.map(({ split }) => split)).toEqual(["train"]);
  expect(alone.view.train).toBeUndefined();
  expect(picture(alone)).toContain("loss by epoch (training)");
  const mixed = await compare("alone-1 validated --metric loss");
  expect(mixed.view.curves.filter(({ metric }) => metric === "loss").map(({ split }) => split)).toEqual([
    "train",
    undefined,
  ]);
  expect(picture(mixed)).toContain("loss by epoch (validation, or training where there is none)");
  expect(picture(await compare("validated"))).toContain("(validation)");
});

test("a title says each name once, and at most four", () => {
  const called = (...names: string[]) => namesOf(names.map((name) => ({ name }) as Run));
  expect(called("h64", "h64", "h16", "h64")).toBe("h64, h16");
  expect(called("a", "b", "c", "d", "e")).toBe("a, b, c, d and others");
});

test("settings in a group's name have four digits, or all where four do not tell the groups apart", async () => {
  makeRun("one", { learningRate: 1 / 3 });
  makeRun("two", { learningRate: 1 / 30 });
  makeRun("two-b", { name: "two", learningRate: 0.0333300001 });
  const names = async (line: string) => (await compare(line)).view.groups.map((group) => group.name);
  expect(await names("one two")).toEqual(["one: learningRate 0.3333", "two: learningRate 0.03333"]);
  expect(await names("two two-b")).toEqual([`two: learningRate ${1 / 30}`, "two: learningRate 0.0333300001"]);
});

test("whole numbers in a group's name have all their digits", async () => {
  makeRun("small", { batchSize: 8192 });
  makeRun("large", { batchSize: 16_384 });
  const { groups } = (await compare("small large")).view;
  expect(groups.map(({ name }) => name)).toEqual(["small: batchSize 8192", "large: batchSize 16384"]);
});

test("each run has a clock: steps and seconds of training after its epochs, so that curves are drawn over either", async () => {
  makeRun("one", { epochs: 3 });
  const { view } = await compare("one");
  expect(view.runs[0]!.clock).toEqual({ epoch: [1, 2, 3], step: [10, 20, 30], seconds: [1, 2, 3] });
});

test("--where finds by metric, setting and tag among all runs of the folder", async () => {
  makeRun("low", { seed: 1 });
  makeRun("high", { seed: 9, tags: ["baseline"] });
  const names = async (line: string) => (await compare(line)).value.runs.map((run) => run.name);
  expect(await names("--where 'auc > 0.8'")).toEqual(["high"]);
  expect(await names("--where 'tag:baseline hidden = 8'")).toEqual(["high"]);
  expect(await names("low high --where 'seed < 5'")).toEqual(["low"]);
});

test("a run is given by variable too, and once when it comes twice", async () => {
  makeRun("one");
  makeRun("two", { hidden: [8, 4] });
  host.bind("mine", loadRun(leptonFolder(host.folder).runs("one")), "Lepton.Run");
  const { value, view } = await compare("mine one two");
  expect(value.runs.map((run) => run.id)).toEqual(["one", "two"]);
  expect(view.differences[0]).toEqual({ name: "hidden", kind: "setting", values: ["8", "8,4"] });
});

test("what cannot be compared is told with what there is", async () => {
  makeRun("one");
  await expect(compare("two")).rejects.toThrow(/no run "two".*one/);
  await expect(compare("--where 'auc > 2'")).rejects.toThrow('no run is found by --where "auc > 2"');
  await expect(compare("one --metric acc")).rejects.toThrow('no run has a metric "acc". Metrics: rocAuc, loss.');
});

test("fifty runs of 500 epochs are a snapshot of less than 200 kB", async () => {
  for (let seed = 0; seed < 50; seed++)
    makeRun(`run-${seed}`, { seed, epochs: 500, learningRate: seed % 2 ? 0.01 : 0.1 });
  const { view } = await compare("--where mlp");
  expect(view.runs).toHaveLength(50);
  expect(view.groups).toHaveLength(2);
  expect(Buffer.byteLength(JSON.stringify(view))).toBeLessThan(200_000);
  expect(view.curves.length).toBe(100);
});

test("clocks are thinned with the curves where sources leave little room", async () => {
  const seconds = (at: number) => 10_000 + Math.sin(at) * 9876.54321;
  for (let seed = 0; seed < 50; seed++)
    makeRun(`run-${seed}`, { seed, epochs: 200, seconds, source: "%lepton ".padEnd(2000, "x") });
  const { view } = await compare("--where mlp");
  expect(Buffer.byteLength(JSON.stringify(view))).toBeLessThan(190_000);
  const { epoch } = view.runs[0]!.clock!;
  expect([epoch.length < 60, epoch[0], epoch.at(-1)]).toEqual([true, 1, 200]);
});
