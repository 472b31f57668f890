import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { MIME, type RunView, type StudyView } from "@lepton/contract";
import { createPlugins, createProvider, runSpecFile } from "@lepton/magics";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runLines, studyLines, terminalHost } from "../../magics/terminal-host.ts";
import { fakeVerbs } from "./fake-verbs.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "lepton-spec-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Called {
  readonly args: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
}

async function run(spec: unknown): Promise<Record<string, Called>> {
  const file = path.join(folder, "spec.json");
  writeFileSync(file, typeof spec === "string" ? spec : JSON.stringify(spec));
  const provider = createProvider(fakeVerbs, createPlugins());
  return (await runSpecFile(file, provider, fakeVerbs, () => undefined).done) as Record<string, Called>;
}

test("sections run in the order of the data, each on what the one before made, files found beside the spec", async () => {
  const made = await run({
    sweep: { hidden: [[16], [32]], trials: 3 },
    train: { epochs: 3, as: "run" },
    features: { file: "t.csv", target: "y", as: "data" },
  });
  expect(made["features"]!.args).toEqual([path.join(folder, "t.csv")]);
  expect(made["train"]!.args[0]).toBe(made["features"]);
  expect(made["train"]!.options).toMatchObject({ epochs: 3, model: "mlp" });
  expect(made["sweep"]!.args[0]).toBe(made["features"]);
  expect(made["sweep"]!.options).toEqual({ hidden: [[16], [32]], trials: 3 });
});

test("a spec that begins with a byte order mark is read", async () => {
  expect(Object.keys(await run('\uFEFF{"features": {"file": "t.csv", "target": "y"}}'))).toEqual(["features"]);
});

test("a section may name what an earlier one bound", async () => {
  const made = await run({ features: { file: "t.csv", target: "y", as: "data" }, train: { data: "data.args[0]" } });
  expect(made["train"]!.args[0]).toBe(path.join(folder, "t.csv"));
});

test.each([
  ["{", "LEPTON_FILE_FORMAT", "is not JSON"],
  ["[]", "LEPTON_FILE_FORMAT", "an object with a section for each verb is expected"],
  ["{}", "LEPTON_FILE_FORMAT", "there is no section"],
  ['{"trian": {}}', "LEPTON_OPTION_UNKNOWN", 'no section "trian"; did you mean "train"?'],
  ['{"train": 3}', "LEPTON_FILE_FORMAT", "section train is to be an object"],
  ['{"train": {"epoch": 3}}', "LEPTON_OPTION_UNKNOWN", 'train has no "epoch"; did you mean "epochs"?'],
  ['{"train": {}}', "LEPTON_OPTION_MISSING", 'train needs "data", or a section features before it'],
  ['{"features": {"target": "y"}}', "LEPTON_OPTION_MISSING", 'features needs "file"'],
  ['{"features": {"file": "t.csv", "target": 3}}', "LEPTON_OPTION_VALUE", "target takes a text, got 3"],
])("a spec of %s is refused with %s", async (text, code, message) => {
  await expect(run(text)).rejects.toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
});

const series = (name: string, split: "train" | "validation", y: number[], x = [10, 20]) => ({ name, split, x, y });
const view = (state: RunView["state"], epochs: number): RunView =>
  ({
    id: "r1",
    model: "mlp 32",
    dataset: "credit",
    seed: 1,
    state,
    reason: null,
    epochs: 2,
    stepsPerEpoch: 10,
    seconds: 1.25,
    series: [
      series("loss", "train", [0.9, 0.5, 0.4].slice(0, epochs + 1), [1, 10, 20].slice(0, epochs + 1)),
      series("loss", "validation", [0.6, 0.45678].slice(0, epochs), [10, 20].slice(0, epochs)),
    ],
    test: state === "finished" ? { loss: 0.5, rocAuc: null } : null,
  }) as unknown as RunView;

test("a terminal gets one line an epoch, each told once, and the end", () => {
  const written: string[] = [];
  const host = terminalHost(folder, (text) => written.push(text));
  const handle = host.display({ [MIME.run]: view("starting", 0), "text/plain": "a picture" });
  handle.update({ [MIME.run]: view("running", 1) });
  handle.update({ [MIME.run]: view("running", 1) });
  handle.update({ [MIME.run]: view("finished", 2) });
  expect(written).toEqual([
    "run r1: mlp 32 on credit, seed 1\n",
    "epoch 1 of 2  loss 0.5  validation loss 0.6\n",
    "epoch 2 of 2  loss 0.4  validation loss 0.4568\n",
    "finished after 1.3 s  test loss 0.5\n",
  ]);
  expect(runLines(view("finished", 2))).toHaveLength(4);
});

test("a study gets a line for each trial that is over, in order, and its end", () => {
  const trial = (number: number, state: string, value: number | null) => ({
    number,
    state,
    value,
    parameters: { units: number },
  });
  const study = (state: string, trials: unknown[]) =>
    ({ id: "s1", model: "mlp", dataset: "d", metric: "mae", state, reason: null, trials }) as unknown as StudyView;
  const going = study("running", [trial(2, "finished", 0.3), trial(0, "finished", 0.1), trial(1, "running", null)]);
  expect(studyLines(going)).toEqual(["study s1: mlp on d, for the best mae", "trial 0  mae 0.1  units=0"]);
  const over = study("finished", [trial(0, "finished", 0.1), trial(1, "failed", null)]);
  expect(studyLines(over).slice(1)).toEqual([
    "trial 0  mae 0.1  units=0",
    "trial 1  failed  units=1  (failed)",
    "finished",
  ]);
});

test("values, texts and the end of a notebook work in a terminal too", async () => {
  const written: string[] = [];
  const host = terminalHost(folder, (text) => written.push(text));
  host.display({ "text/plain": "a table" });
  host.bind("x", 3);
  host.bindLazily("y", () => 4);
  expect([host.lookup("x")?.value, host.lookup("y")?.value, host.lookup("z")]).toEqual([3, 4, undefined]);
  const left: boolean[] = [];
  host.onShutdown(async (restart) => void left.push(restart));
  host.interrupt();
  await host.shutdown();
  expect([written, left, host.signal().aborted]).toEqual([["a table\n"], [false], true]);
});
