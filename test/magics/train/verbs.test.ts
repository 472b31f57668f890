import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { MIME, type RunView } from "@lepton/contract";
import onnx from "@lepton/engine-onnx";
import duckdb from "@lepton/source-duckdb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leptonFolder } from "../../../magics/folder.ts";
import { createPlugins } from "../../../magics/plugins.ts";
import { createProvider } from "../../../magics/provider.ts";
import { isRunning } from "../../../magics/train/control.ts";
import { trainDeclarations } from "../../../magics/train/declarations.ts";
import { runIds } from "../../../magics/train/kept-runs.ts";
import type { Run } from "../../../magics/train/run.ts";
import { trainVerbs } from "../../../magics/train/verbs.ts";
import type { Verb } from "../../../magics/verb.ts";
import { lacking } from "../declared-members.ts";
import { type FakeHost, fakeHost } from "../fake-host.ts";
import { makeSmallDataset } from "./small-data.ts";

const root = mkdtempSync(path.join(tmpdir(), "lepton-verbs-"));
afterAll(() => rmSync(root, { recursive: true }));
const place = leptonFolder(root);
const dataset = (name: string, task: "binary" | "multiclass" | "regression") => ({
  folder: place.datasets(name),
  manifest: makeSmallDataset(place.datasets(name), { task }),
});
const data = {
  binary: dataset("b", "binary"),
  classes: dataset("m", "multiclass"),
  numbers: dataset("r", "regression"),
};

/** A notebook with the training verbs. Each test has its own, so that interrupts do not meet. */
async function notebook(values: Record<string, unknown> = {}) {
  const plugins = createPlugins();
  plugins.add(onnx, "@lepton/engine-onnx");
  plugins.add(duckdb, "@lepton/source-duckdb");
  const host: FakeHost = fakeHost(root, { ...data, ...values });
  const provider = createProvider(trainVerbs as readonly Verb[], plugins);
  await provider.start(host);
  const magic = (line: string, body?: string) => provider.run(body === undefined ? { line } : { line, body });
  return { host, magic, value: (name: string) => host.lookup(name)?.value as Run };
}

let shared: Awaited<ReturnType<typeof notebook>>;
beforeAll(async () => {
  shared = await notebook();
  await shared.magic("train binary --model mlp --hidden 8 --epochs 12 --learning-rate 0.02 --as run");
});

test("train shows one output with our type, svg, png and text, replaced until the run is over", () => {
  expect(shared.host.shown).toHaveLength(1);
  const bundle = shared.host.shown[0]!;
  expect(Object.keys(bundle)).toEqual([MIME.run, "image/svg+xml", "image/png", "text/plain"]);
  expect(bundle[MIME.run]).toMatchObject({ state: "finished", epoch: 12, name: "run", model: "mlp 8 relu" });
  expect(shared.value("run").metrics["accuracy"]).toBeGreaterThan(0.8);
});

test("a magic that binds no name has no second picture as its value", async () => {
  expect(await (await notebook()).magic("train binary --model logistic --epochs 1")).toBeUndefined();
});

test("evaluate measures any split; on test it says what the run's end said", async () => {
  await shared.magic("evaluate run --on test --as measured");
  const measured = shared.value("measured") as unknown as { metrics: object; rows: number };
  expect(measured).toMatchObject({ split: "test", rows: 60, confusion: { classes: ["c0", "c1"] } });
  expect(measured.metrics).toEqual(shared.value("run").metrics);
  expect(lacking(trainDeclarations, "Evaluation", measured)).toEqual([]);
});

test("a run has what a cell is told that it has", () => {
  expect(lacking(trainDeclarations, "Run", shared.value("run"))).toEqual([]);
});

test("predict gives classes and probabilities for rows of numbers, and refuses rows of another width", async () => {
  shared.host.bind("rows", [[1, 1, 1, 1, 1, 1], new Float32Array(6)]);
  await shared.magic("predict run rows --as predicted");
  const predicted = shared.value("predicted") as unknown as Record<string, number | string>[];
  expect(predicted).toHaveLength(2);
  for (const row of predicted) {
    expect(Number(row["P(c0)"]) + Number(row["P(c1)"])).toBeCloseTo(1, 6);
    expect(row["predicted y"]).toBe(Number(row["P(c1)"]) > 0.5 ? "c1" : "c0");
  }
  shared.host.bind("wrong", [[1, 2]]);
  await expect(shared.magic("predict run wrong")).rejects.toThrow(/row 0: 6 numbers of shape \[6\] expected, got 2/);
  const file = path.join(root, "out.csv");
  await shared.magic("predict run rows --to out.csv");
  expect(readFileSync(file, "utf8").split("\n")[0]).toBe("predicted y,P(c0),P(c1)");
  await expect(shared.magic("predict run rows --to out.xlsx")).rejects.toThrow(/writes .csv, .json and .jsonl/);
  const before = readFileSync(file, "utf8");
  await expect(shared.magic("predict run out.csv --to ./out.csv")).rejects.toThrow(/overwrite out.csv, which is read/);
  expect(readFileSync(file, "utf8")).toBe(before);
});

test("a run predicts and measures by its methods as the magics do", async () => {
  const run = shared.value("run");
  const rows = [
    [1, 2, 3, 4, 5, 6],
    [-1, 0, 1, 0, -1, 0],
  ];
  shared.host.bind("rows", rows);
  await shared.magic("predict run rows --as predicted");
  expect(await run.predict(rows)).toEqual(shared.value("predicted"));
  await shared.magic("evaluate run --on validation --as measured");
  expect(await run.evaluate("validation")).toEqual(shared.value("measured"));
  expect((await run.evaluate()).split).toBe("test");
  await expect(run.predict("rows.csv" as never)).rejects.toThrow(
    /a run predicts rows, got "rows.csv".*%lepton predict/,
  );
  await expect(run.evaluate("tset" as never)).rejects.toThrow(/rows train, validation, test; got "tset"/);
});

test("a cell's function is the model, with hyperparameters as its third argument and a loss of one's own", async () => {
  const { magic, value, host } = await notebook({ width: 8 });
  host.bind(
    "huber",
    new Function(
      "return (p, t, nn) => { const d = p.sub(t).abs(); return nn.where(d.less(1), d.square().mul(0.5), d.sub(0.5)); }",
    )(),
  );
  await magic(
    "train numbers --epochs 25 --learning-rate 0.02 --loss huber --args depth=2 --as own",
    "(x: Lepton.Tensor, nn: Lepton.Nn, { depth, outputs }: { depth: number; outputs: number }) => {\n  let h = x;\n  for (let i = 0; i < depth; i++) h = nn.dense(h, width, { activation: 'tanh' });\n  return nn.dense(h, outputs);\n}",
  );
  const run = value("own");
  expect(run.spec.model).toEqual({ kind: "module", module: "model.mjs", export: "model", args: { depth: 2 } });
  expect(run.view().parameters).toBe(6 * 8 + 8 + (8 * 8 + 8) + 8 + 1);
  expect(run.metrics["r2"]).toBeGreaterThan(0.8);
  host.bind("row", new Array(6).fill(0.5));
  await magic("predict own row --as one");
  expect((value("one") as unknown as { "predicted y": number }[])[0]!["predicted y"]).toBeTypeOf("number");
});

test("a model that does not fit says which layer and which shapes, before any step", async () => {
  const { magic } = await notebook();
  const before = runIds(place);
  const wrong = magic("train classes", "(x, nn) => nn.dense(nn.matmul(x, nn.parameter('w', [5, 4])), 3)");
  await expect(wrong).rejects.toThrow(/matmul.*\[B, 6\].*\[5, 4\]/);
  const outputs = magic("train classes", "(x, nn) => nn.dense(x, 2)");
  await expect(outputs).rejects.toThrow(/must have shape \[B, 3\] \(one logit for each of 3 classes\), got \[B, 2\]/);
  expect(runIds(place)).toEqual(before);
});

test("a restart, which Jupyter begins with an interrupt, leaves the run alone", async () => {
  const { magic, host, value } = await notebook();
  const going = magic("train classes --model mlp --epochs 100000 --as lasting");
  await expect
    .poll(() => (host.shown[0]?.[MIME.run] as RunView | undefined)?.step ?? 0, { timeout: 30_000 })
    .toBeGreaterThan(0);
  host.stop.abort();
  await host.shutdown(true);
  await expect(going).rejects.toThrow(/the kernel restarts; run \S+ goes on\. Look with: %lepton attach/);
  const { step } = value("lasting").view();
  await expect.poll(() => value("lasting").view().step, { timeout: 30_000 }).toBeGreaterThan(step);
  expect((await value("lasting").stop("the test is over")).view().state).toBe("stopped");
});

test("interrupting stops the run at a step, keeps everything, binds the name and says how to resume", async () => {
  const { magic, host, value } = await notebook();
  const going = magic("train classes --model mlp --epochs 100000 --as long");
  await expect
    .poll(() => (host.shown[0]?.[MIME.run] as RunView | undefined)?.step ?? 0, { timeout: 30_000 })
    .toBeGreaterThan(0);
  host.stop.abort();
  await expect(going).rejects.toMatchObject({
    code: "LEPTON_INTERRUPTED",
    message: expect.stringMatching(/stopped at step \d+ .*%lepton train --resume [\w-]+$/),
  });
  expect(host.shown[0]![MIME.run]).toMatchObject({ state: "stopped", reason: "interrupted" });
  const step = value("long").view().step;
  // Resumed in the next kernel, for a little longer than it had gone.
  const next = await notebook({ long: value("long") });
  await expect(next.magic("train --resume long --epochs 1")).rejects.toMatchObject({ code: "LEPTON_RUN_STATE" });
  await expect(next.magic("train --resume long --learning-rate 1")).rejects.toThrow(/learningRate cannot be given/);
  const epochs = Math.floor(value("long").view().epoch) + 3;
  await next.magic(`train --resume long --epochs ${epochs} --as done`);
  expect(next.value("done").view()).toMatchObject({ state: "finished", epoch: epochs });
  expect(next.value("done").view().step).toBeGreaterThan(step);
});

test("a clean shutdown stops the runs of the notebook, but not those in the background", async () => {
  const { magic, host, value } = await notebook();
  await magic("train classes --model mlp --epochs 100000 --background --as behind");
  const going = magic("train classes --model mlp --epochs 100000 --as front").catch(() => undefined);
  await expect
    .poll(() => (host.shown[1]?.[MIME.run] as RunView | undefined)?.step ?? 0, { timeout: 30_000 })
    .toBeGreaterThan(0);
  await host.shutdown(false);
  await going;
  expect(value("front").view()).toMatchObject({ state: "stopped", reason: "the notebook was shut down" });
  expect(await isRunning(value("behind").folder)).toBe(true);
  await value("behind").stop();
});

test("a loss that is not finite ends the run as failed with a remedy", async () => {
  const { magic, value } = await notebook();
  const failing = magic("train numbers --model linear --optimizer sgd --learning-rate 1e30 --as broken");
  await expect(failing).rejects.toThrow(
    /the loss became (NaN|Infinity) at step \d+ .*try a smaller one, such as --learning-rate 0\.01 or/,
  );
  expect(value("broken").state).toBe("failed");
});

test("settings that contradict each other or the data are told before a process starts", async () => {
  const { magic } = await notebook();
  const refused: [string, RegExp][] = [
    ["train numbers --model logistic", /logistic needs a target of classes/],
    ["train binary --model linear --hidden 3", /hidden has no meaning for model linear/],
    ["train binary --model cnn", /rows of shape \[height, width, channels\], b's are \[6\]/],
    ["train binary --momentum 0.9", /momentum is an option of sgd, the optimizer is adam/],
    ["train binary --warmup 5 --schedule one-cycle", /one-cycle has a warm-up of its own/],
    ["train binary --loss huber", /loss huber does not fit a binary target; use bce/],
    ["train binary --ignore-class c1", /ignoreClass has no meaning for the loss bce; it is an option of ce/],
    ["train classes --ignore-class c9", /ignoreClass must be one of c0, c1, c2, got "c9"/],
    [
      "train numbers --label-smoothing 0.1",
      /labelSmoothing has no meaning for the loss mse; it is an option of bce and ce/,
    ],
    ["train binary --monitor r2", /monitor must be one of loss, accuracy/],
    ["train numbers --class-weights balanced", /classWeights need classes/],
    ["train binary --class-weights c9=2", /classWeights must be one of c0, c1, got "c9"/],
    [
      "train binary --device cud",
      /device must be auto or one of cuda, mps, webgpu, cpu, got "cud"; did you mean "cuda"\?/,
    ],
    ["train binary --engine onx", /engine must be auto or one of onnx, got "onx"; did you mean "onnx"\?/],
    ["train --resume run --device gpu --epochs 20", /device must be auto or one of .*, got "gpu"/],
    ["train nothing", /needs a data set, got "nothing"/],
    ["train binery", /got "binery"; did you mean "binary"\?/],
    ["train --resume nobody", /there is no run "nobody"/],
    ["evaluate nobody", /there is no run "nobody"/],
  ];
  for (const [line, message] of refused) await expect(magic(line), line).rejects.toThrow(message);
});

test("the named rows of a file are read through a source, and refused by a model of plain arrays with what it takes", async () => {
  writeFileSync(path.join(root, "rows.csv"), "a,b\n1,2\n");
  await expect(shared.magic("predict run rows.csv")).rejects.toMatchObject({
    code: "LEPTON_SHAPE",
    message: "row 0: 6 numbers of shape [6] expected, got object.",
  });
});
