import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { displaySymbol, MIME, type StudyView } from "@lepton/contract";
import onnx from "@lepton/engine-onnx";
import duckdb from "@lepton/source-duckdb";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { leptonFolder } from "../../../magics/folder.ts";
import { createPlugins } from "../../../magics/plugins.ts";
import { createProvider } from "../../../magics/provider.ts";
import { studyDeclarations } from "../../../magics/sweep/declarations.ts";
import { loadStudy, type Study } from "../../../magics/sweep/study.ts";
import { sweepVerb } from "../../../magics/sweep/verbs.ts";
import type { Verb } from "../../../magics/verb.ts";
import { lacking } from "../declared-members.ts";
import { type FakeHost, fakeHost } from "../fake-host.ts";
import { makeSmallDataset } from "../train/small-data.ts";

const root = mkdtempSync(path.join(tmpdir(), "lepton-sweep-verb-"));
afterAll(() => rmSync(root, { recursive: true }));
const place = leptonFolder(root);
const data = {
  binary: { folder: place.datasets("b"), manifest: makeSmallDataset(place.datasets("b"), { task: "binary" }) },
  numbers: { folder: place.datasets("r"), manifest: makeSmallDataset(place.datasets("r"), { task: "regression" }) },
};

/** A notebook of its own with the verb, so that interrupts do not meet. */
async function notebook(values: Record<string, unknown> = {}) {
  const plugins = createPlugins();
  plugins.add(onnx, "@lepton/engine-onnx");
  plugins.add(duckdb, "@lepton/source-duckdb");
  const host: FakeHost = fakeHost(root, { ...data, ...values });
  const provider = createProvider([sweepVerb] as readonly Verb[], plugins);
  await provider.start(host);
  const magic = (line: string, body?: string) => provider.run(body === undefined ? { line } : { line, body });
  const lepton = host.lookup("lepton")?.value as { sweep(data: unknown, options: object): Promise<Study> };
  return { host, magic, lepton, study: (name: string) => host.lookup(name)?.value as Study };
}

let shared: Awaited<ReturnType<typeof notebook>>;
beforeAll(async () => {
  shared = await notebook();
  await shared.magic(
    "sweep binary --model mlp --learning-rate log:1e-3..1e-1 --hidden 4|8,8 --epochs 3 --trials 5 --workers 2 --as study",
  );
});

test("sweep shows one output with our type, svg, png and text, replaced until the study is over", () => {
  expect(shared.host.shown).toHaveLength(1);
  const bundle = shared.host.shown[0]!;
  expect(Object.keys(bundle)).toEqual([MIME.study, "image/svg+xml", "image/png", "text/plain"]);
  const view = bundle[MIME.study] as StudyView;
  expect(view).toMatchObject({ state: "finished", name: "study", metric: "rocAuc", direction: "maximize", planned: 5 });
  expect(view.counts.finished).toBe(5);
  expect(view.space["hidden"]).toEqual({ kind: "choice", choices: [[4], [8, 8]] });
});

test("a study has its trials, the best run with its parameters, and a table", async () => {
  const study = shared.study("study");
  const values = study.trials.map((trial) => trial.value!);
  expect(study.bestValue).toBe(Math.max(...values));
  expect(study.best.spec.learningRate).toBe(study.bestParameters["learningRate"]);
  expect(study.best.spec.study?.id).toBe(study.id);
  expect(study.best.view().best?.validation["rocAuc"]).toBe(study.bestValue);
  expect((await study.table()[displaySymbol]())["text/plain"]).toContain("learningRate");
  expect(loadStudy(study.folder).trials).toEqual(study.trials);
  expect(lacking(studyDeclarations, "Study", study)).toEqual([]);
  expect(lacking(studyDeclarations, "Trial", study.trials[0]!)).toEqual([]);
});

test("code says the same as a magic", async () => {
  const { lepton } = await notebook();
  const learningRate = { low: 1e-3, high: 1e-1, log: true };
  const options = { model: "mlp", learningRate, hidden: [4, [8, 8]], epochs: 3, trials: 3, seed: 5 };
  const study = await lepton.sweep(data.binary, options);
  const again = await notebook();
  await again.magic(
    "sweep binary --model mlp --learning-rate log:1e-3..1e-1 --hidden 4|8,8 --epochs 3 --trials 3 --seed 5 --as study",
  );
  const parts = (one: Study) =>
    one.trials.map(({ value, parameters }) => ({ value, rate: parameters["learningRate"] }));
  expect(parts(again.study("study"))).toEqual(parts(study));
});

test("a model written in the cell is swept over by its arguments", async () => {
  const { magic, study } = await notebook({ width: 3 });
  const body = `(x, nn, { units, rate }: { units: number; rate: number }) => {
    const hidden = nn.dropout(nn.dense(x, units * width, { activation: "relu" }), rate);
    return nn.dense(hidden, 1);
  }`;
  await magic("sweep binary --args units=2..6,rate=0.1|0.3 --epochs 2 --trials 3 --sampler random --as own", body);
  const trials = study("own").trials;
  expect(trials.map((trial) => [trial.state, trial.reason])).toEqual(new Array(3).fill(["finished", null]));
  const { spec } = study("own").best;
  expect(spec.model).toMatchObject({ kind: "module", export: "model", args: study("own").bestParameters });
  expect([0.1, 0.3]).toContain(study("own").bestParameters["rate"]);
});

test("models and losses of the notebook are choices like any other", async () => {
  const { magic, study, lepton } = await notebook({
    small: (x: never, nn: { dense(x: unknown, units: number): unknown }) => nn.dense(x, 1),
    robust: (p: Num, t: Num) => p.sub(t).mul(p.sub(t)).add(1).sqrt().sub(1),
  });
  await magic("sweep numbers --model small|linear --loss robust|mse --epochs 1 --sampler grid --as own");
  const { trials, best } = study("own");
  expect(trials.map((trial) => [trial.state, trial.reason])).toEqual(new Array(4).fill(["finished", null]));
  expect(new Set(trials.map((trial) => `${trial.parameters["model"]} ${trial.parameters["loss"]}`)).size).toBe(4);
  const { loss, model } = study("own").bestParameters;
  const word = (name: unknown) => (name === "mse" || name === "linear" ? `"${name}"` : name);
  expect(best.spec.source).toBe(
    `lepton.train(r, { monitor: "mse", epochs: 1, model: ${word(model)}, loss: ${word(loss)} })`,
  );
  await expect(magic("sweep numbers --model smal|linear --epochs 1")).rejects.toThrow('did you mean "small"?');
  const unnamed = [
    (
      () => (x: unknown) =>
        x
    )(),
  ];
  await expect(lepton.sweep(data.numbers, { model: unnamed })).rejects.toThrow("needs a name");
});

interface Num {
  add(other: Num | number): Num;
  sub(other: Num | number): Num;
  mul(other: Num): Num;
  sqrt(): Num;
}

test("a grid runs every combination once and then ends", async () => {
  const { magic, study } = await notebook();
  await magic("sweep numbers --model linear --optimizer adam|sgd --l2 0|0.01 --epochs 1 --sampler grid --as grid");
  const combinations = study("grid").trials.map((trial) => JSON.stringify(trial.parameters));
  expect(new Set(combinations).size).toBe(4);
  expect(study("grid").view()).toMatchObject({ planned: 4, metric: "mse", direction: "minimize" });
});

test("interrupting keeps what is done, binds the name and says how to resume; resuming does the rest", async () => {
  const { host, magic, study } = await notebook();
  const going = magic(
    "sweep binary --model mlp --learning-rate log:1e-3..1e-1 --epochs 200 --batch-size 8 --trials 3 --as cut",
  );
  const outcome = going.then(
    () => "ended",
    (error: Error) => error.message,
  );
  const running = () => host.shown[0]?.[MIME.study] as StudyView | undefined;
  const oneDoneOneMidway = () => {
    expect(running()?.counts.finished).toBeGreaterThan(0);
    expect(running()?.trials.some((trial) => trial.state === "running" && trial.epoch > 1)).toBe(true);
  };
  await vi.waitFor(oneDoneOneMidway, { timeout: 60_000 });
  host.stop.abort();
  const cut = /nothing is lost. Go on with: %lepton sweep --resume (\S+)$/.exec(await outcome);
  expect(cut?.[1]).toBe(study("cut").id);
  expect(running()?.state).toBe("stopped");
  const kept = study("cut").trials.filter((trial) => trial.state === "finished");
  expect(kept.length).toBeGreaterThan(0);

  const next = await notebook({ cut: study("cut") });
  await next.magic("sweep --resume cut --trials 3 --as whole");
  const { trials } = next.study("whole");
  expect(trials.map((trial) => trial.state)).toEqual(trials.map(() => "finished"));
  for (const trial of kept) expect(trials[trial.number]).toEqual(trial);
});

test("a study can be stopped from elsewhere, and is never searched twice at once", async () => {
  const { host, magic, study } = await notebook();
  const going = magic("sweep binary --learning-rate log:1e-3..1e-1 --epochs 80 --batch-size 8 --trials 9 --as twice");
  const outcome = going.then(
    () => "ended",
    (error: Error) => error.message,
  );
  await vi.waitFor(() => expect(host.shown.length).toBe(1), { timeout: 20_000 });
  const { id } = host.shown[0]![MIME.study] as StudyView;
  await expect((await notebook()).magic(`sweep --resume ${id}`)).rejects.toThrow("is being searched already");
  await loadStudy(place.studies(id)).stop();
  expect(await outcome).toContain("sweep stopped by its user after");
  expect(study("twice").view().state).toBe("stopped");
});

test("sweep's own options are values, not ranges, and each choice of train's is one that it takes", async () => {
  const { magic, lepton } = await notebook();
  const refused: readonly [string, RegExp][] = [
    ["--trials 2..4", /--trials takes a number, got "2\.\.4"/],
    ["--workers 1|2", /--workers takes a number, got "1\|2"/],
    ["--metric mse|mae", /mse\|mae/],
    ["--sampler tpe|random", /--sampler is one of .*got "tpe\|random"/],
    ["--optimizer adam|adm", /--optimizer is one of .*got "adm"; did you mean "adam"/],
  ];
  for (const [words, message] of refused)
    await expect(magic(`sweep numbers --learning-rate 0.1|0.2 --epochs 1 ${words}`), words).rejects.toThrow(message);
  await expect(lepton.sweep(data.numbers, { trials: [2, 4] } as never)).rejects.toThrow(/trials takes a number/);
});

test.each([
  ["sweep binary --epochs 2", "nothing varies"],
  ["sweep binary --learning-rate 1..0.1", "learningRate needs low < high"],
  ["sweep binary --learning-rate log:1e-3..1e-1 --metric rocauk", 'did you mean "rocAuc"?'],
  ["sweep binary --learning-rate log:1e-3..1e-1 --sampler grid", "sampler grid needs choices"],
  ["sweep binary --learning-rate log:1e-3..1e-1 --sampler tpee", "is one of tpe, random, grid"],
  ["sweep binary --hiden 4|8", 'did you mean "--hidden"?'],
  ["sweep --learning-rate 1|2", "needs a data set"],
  ["sweep --resume nothing", 'there is no study "nothing"'],
  ["sweep --resume study --epochs 3", "epochs cannot be given"],
  ["sweep --resume study --trials 3", "trials must be >= 5"],
  ["sweep binary --model logistic|cnn --epochs 1 --trials 1 --seed 3", "cnn needs rows of shape"],
])("%s is refused: %s", async (line, message) => {
  const { magic } = await notebook({ study: shared.study("study") });
  await expect(magic(line)).rejects.toThrow(message);
});
