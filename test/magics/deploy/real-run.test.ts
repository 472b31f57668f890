import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { displaySymbol } from "@lepton/contract";
import { createPlugins, leptonFolder, type VerbContext } from "@lepton/magics";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Deployment } from "../../../magics/deploy/deployment.ts";
import { hardRows } from "../../../magics/deploy/self-check.ts";
import { deploymentNamed, deploymentsVerb, deployVerb, rollbackVerb } from "../../../magics/deploy/verbs.ts";
import { type Dataset, featuresVerb, loadDataset } from "../../../magics/features/index.ts";
import { makeRun, newRunFolder, startRun } from "../../../magics/train/make-run.ts";
import { openPredictor } from "../../../magics/train/predict.ts";
import { predictAndShow } from "../../../magics/train/predict-verb.ts";
import type { Run } from "../../../magics/train/run.ts";
import type { TrainSettings } from "../../../magics/train/spec.ts";
import engine from "../../../plugins/engine-onnx/index.ts";
import source from "../../../plugins/source-duckdb/index.ts";
import local from "../../../plugins/target-local/index.ts";
import { testPython } from "../../python.ts";
import { fakeHost } from "../fake-host.ts";
import { makeSmallDataset } from "../train/small-data.ts";

const notebook = mkdtempSync(path.join(os.tmpdir(), "lepton-real-run-"));
const folder = leptonFolder(notebook);
const plugins = createPlugins();
for (const [name, plugin] of Object.entries({ engine, source, local })) plugins.add(plugin, name);
const context: VerbContext = {
  host: fakeHost(notebook, {}),
  folder,
  plugins,
  body: undefined,
  sourceText: "",
  as: "credit",
  begun: () => undefined,
};

async function trained(data: { folder: string; manifest: Dataset["manifest"] }, settings: TrainSettings): Promise<Run> {
  const run = await startRun(makeRun(newRunFolder(folder), data, settings, { name: "small", source: "" }));
  return run.wait();
}

const serviceDefaults = { host: "127.0.0.1", versionNote: "", target: "local" };
const deploy = (run: unknown, name: string) => deployVerb.run([run], { name, ...serviceDefaults }, context);

let credit: Dataset;
let run: Run;
beforeAll(async () => {
  await copyFile(path.join(import.meta.dirname, "../../fixtures/credit.csv"), path.join(notebook, "credit.csv"));
  const options = Object.fromEntries(
    Object.entries(featuresVerb.spec.options).flatMap(([name, option]) =>
      "default" in option ? [[name, option.default]] : [],
    ),
  );
  credit = await featuresVerb.run(["credit.csv"], { ...options, target: "Status" } as never, context);
  run = await trained(credit, { model: "mlp", hidden: [16], epochs: 2 });
});
afterAll(async () => {
  for (const deployment of await deploymentsVerb.run([], {}, context)) await deployment.stop();
  rmSync(notebook, { recursive: true, force: true });
});

test("a run on real data is served, and answers as the training side does for hard rows", async () => {
  const service = await deploy(run, "credit-risk");
  const rows = [...hardRows(credit.columns), ...credit.head(50)];
  const predictor = await openPredictor(run, plugins);
  const expected = await predictor.predict(rows);
  await predictor.close();
  const answers = await service.predict(rows);
  const furthest = Math.max(
    ...answers.map(({ probabilities }, row) => Math.abs(probabilities!.good! - expected[row]![1]!)),
  );
  expect(furthest).toBeLessThanOrEqual(1e-5);
  expect(new Set(answers.map(({ prediction }) => prediction))).toEqual(new Set(["bad", "good"]));
  expect(service.card).toContain("credit");
  expect(deployVerb.typeOf!(service)).toMatch(
    /^Lepton.Deployment<\{ Seniority: number.*Home: ".*" \| \(string & \{\}\) \| null.*\}, "bad" \| "good">$/,
  );
});

test("the served file passes onnx's checker and gives the same in Python's onnxruntime", async () => {
  const service = await deploy(run, "for-python");
  const model = path.join(service.folder, "v1", "model.onnx");
  const script = `
import json, sys, numpy as np, onnx, onnxruntime as ort
onnx.checker.check_model(sys.argv[1], full_check=True)
raw = np.asarray(json.load(sys.stdin), dtype=np.float32)
print(json.dumps(ort.InferenceSession(sys.argv[1]).run(None, {"x": raw})[0][:, 0].astype(float).tolist()))`;
  const { encodeRows } = await import("@lepton/graph/stages");
  const rows = credit.head(20);
  const { stages } = credit.plan!;
  const width = encodeRows(stages, rows).length / rows.length;
  const raw = rows.map((one) => Array.from(encodeRows(stages, [one]), (x) => (Number.isNaN(x) ? 1e9 : x)));
  expect(raw[0]).toHaveLength(width);
  const sent = rows.map((one, at) => ({ one, complete: !raw[at]!.includes(1e9) })).filter(({ complete }) => complete);
  const input = JSON.stringify(raw.filter((values) => !values.includes(1e9)));
  const theirs = JSON.parse(execFileSync(testPython(), ["-c", script, model], { input, encoding: "utf8" })) as number[];
  const ours = await service.predict(sent.map(({ one }) => one));
  expect(theirs.length).toBeGreaterThan(5);
  for (const [at, { probabilities }] of ours.entries()) expect(probabilities!.good).toBeCloseTo(theirs[at]!, 5);
});

test("a model of arrays from a cell is served with plain rows", async () => {
  const where = folder.datasets("small");
  const manifest = makeSmallDataset(where, { task: "multiclass" });
  const service = await deploy(await trained({ folder: where, manifest }, { model: "mlp", epochs: 2 }), "arrays");
  const { x, rows } = await loadDataset(where).arrays("test");
  const first = Array.from(x.subarray(0, x.length / rows));
  const answer = await service.predict(first);
  expect(service.classes).toContain(answer.prediction);
  expect(await service.predict([first, first])).toEqual([answer, answer]);
});

test("deployments lists them, rollback goes back, stop ends one and says nothing of others", async () => {
  const service = await deploy(run.id, "listed");
  const again = await deploy("small", "listed"); // by the run's name: the newest of it
  expect(again.version).toBe(2);
  expect((await rollbackVerb.run(["listed"], {}, context)).version).toBe(1);
  expect(await deploymentNamed("listed", context).stop()).toBeInstanceOf(Deployment);
  expect(() => deploymentNamed("nothing", context)).toThrow('there is no deployment "nothing"');
  const broken = path.join(context.folder.deployments("broken"), "current.json");
  await mkdir(path.dirname(broken));
  await writeFile(broken, "{");
  const list = await deploymentsVerb.run([], {}, context);
  expect(list.map(({ name }) => name)).toContain("listed");
  const text = String((await list[displaySymbol]())["text/plain"]);
  expect(text).toMatch(/listed +stopped +1 +2 +small +http:/);
  expect(text).toMatch(/broken +damaged: \//);
  await rm(path.dirname(broken), { recursive: true });
  expect(service.url).toBe(again.url);
  const started = await rollbackVerb.run([service], {}, context); // stopped: the current one starts
  expect([started.version, await started.alive()]).toEqual([1, true]);
  await expect(rollbackVerb.run([service], {}, context)).rejects.toMatchObject({
    message: "rollback: listed has no version before v1; versions: 1, 2.",
  });
});

test("a file of rows is read as the training file was: words that look like numbers or truths stay words", async () => {
  const codes = ["007", "A0", "A1", "B2"];
  const flags = ["TRUE", "FALSE", "maybe"];
  const lines = Array.from({ length: 120 }, (_, i) => `${codes[i % 4]},${flags[i % 3]},${(i % 4) * 10 + (i % 3)}`);
  writeFileSync(path.join(notebook, "codes.csv"), ["code,flag,y", ...lines, ""].join("\n"));
  const options = Object.fromEntries(
    Object.entries(featuresVerb.spec.options).flatMap(([name, option]) =>
      "default" in option ? [[name, option.default]] : [],
    ),
  );
  const data = await featuresVerb.run(["codes.csv"], { ...options, target: "y" } as never, context);
  const coded = await trained(data, { model: "linear", epochs: 3 });
  writeFileSync(path.join(notebook, "new.csv"), "code,flag\n007,TRUE\n007,FALSE\n");
  const fromFile = await predictAndShow(coded, "new.csv", undefined, context);
  const rows = ["TRUE", "FALSE"].map((flag) => ({ code: "007", flag }));
  const fromRows = await predictAndShow(coded, rows, undefined, context);
  expect(fromFile.map((row) => row["predicted y"])).toEqual(fromRows.map((row) => row["predicted y"]));
  expect(fromFile[0]!["predicted y"]).not.toBe(fromFile[1]!["predicted y"]);
});

test.each([
  ["a run that does not exist", "r-none", /there is no run "r-none".*See %lepton runs/, "LEPTON_NAME_UNKNOWN"],
  ["something else", 3, /a run, a study or a run's ID is expected, got 3/, "LEPTON_OPTION_VALUE"],
])("%s cannot be deployed", async (_name, what, sentence, code) => {
  await expect(deploy(what, "nothing")).rejects.toMatchObject({ code, message: expect.stringMatching(sentence) });
});

test("a run that goes on, an unknown target and an unknown version are told", async () => {
  const data = { folder: credit.folder, manifest: credit.manifest };
  const going = await startRun(
    makeRun(newRunFolder(folder), data, { model: "mlp", epochs: 100_000 }, { name: "long", source: "" }),
  );
  await expect(deploy(going, "going")).rejects.toMatchObject({
    code: "LEPTON_RUN_STATE",
    message: expect.stringMatching(/has not finished; it is at epoch \d+ of 100000. Wait for it/),
  });
  await going.stop();
  const elsewhere = deployVerb.run([run], { name: "x", ...serviceDefaults, target: "moon" }, context);
  await expect(elsewhere).rejects.toMatchObject({ message: 'there is no deployment target "moon"; targets: local.' });
  await expect(rollbackVerb.run(["credit-risk"], { version: 9 }, context)).rejects.toMatchObject({
    message: "rollback: credit-risk has no version 9; versions: 1.",
  });
  await expect(rollbackVerb.run(["credit-rsik"], {}, context)).rejects.toMatchObject({
    message: expect.stringMatching(/no deployment "credit-rsik"; did you mean "credit-risk"\?/),
  });
});
