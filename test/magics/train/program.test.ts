import { readFileSync } from "node:fs";
import type { Entry, Program } from "@lepton/contract";
import onnx from "@lepton/engine-onnx";
import { type EvaluatorFeed, evaluateGraph, GraphBuilder, initialState, normal } from "@lepton/graph";
import { expect, test } from "vitest";
import { namedModel } from "../../../magics/nn/index.ts";
import { meanLoss, namedLoss } from "../../../magics/train/losses.ts";
import { type ProgramOptions, trainingProgram } from "../../../magics/train/program.ts";
import { stepFeeds } from "../../../magics/train/random-feeds.ts";

const adam = { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
const options: ProgramOptions = {
  task: "binary",
  rowShape: [4],
  outputs: 1,
  loss: namedLoss({ kind: "bce" }),
  optimizer: adam,
  l2: 0.01,
  weighted: true,
};
const mlp = namedModel({ kind: "mlp", hidden: [5], activation: "tanh", dropout: 0.5, batchNorm: true }, 1);
const program = trainingProgram(mlp, options);

function batch(rows: number) {
  return {
    x: { dtype: "f32", shape: [rows, 4], data: normal(1, 0, 1, rows * 4) },
    y: { dtype: "f32", shape: [rows, 1], data: Float32Array.from({ length: rows }, (_, row) => row % 2) },
    weight: { dtype: "f32", shape: [rows], data: Float32Array.from({ length: rows }, (_, row) => 1 + row) },
  } as const;
}

const compile = (of: Program) => onnx.engines[0]!.compile(of, { device: "cpu", threads: 1 });

test("state is parameters, statistics, moments and one counter", () => {
  const roles = program.state.map(({ name, role }) => `${role} ${name}`);
  expect(roles.slice(0, 8)).toEqual([
    "parameter dense1.weight",
    "parameter dense1.bias",
    "parameter batchNorm1.scale",
    "parameter batchNorm1.shift",
    "parameter dense2.weight",
    "parameter dense2.bias",
    "statistic batchNorm1.mean",
    "statistic batchNorm1.variance",
  ]);
  expect(roles.slice(8)).toEqual(["counter optimizer.step", "moment optimizer.m", "moment optimizer.v"]);
  expect(program.state).toHaveLength(8 + 1 + 2);
});

test("evaluate and predict are fed no randomness, no weights and no learning rate", () => {
  const feeds = (entry: string) => program.entries[entry]!.feeds.map(({ name }) => name);
  expect(feeds("train")).toEqual(["x", "y", "weight", "learningRate", "random1"]);
  expect(feeds("evaluate")).toEqual(["x", "y"]);
  expect(feeds("predict")).toEqual(["x"]);
  expect(program.entries["evaluate"]!.writes).toEqual({});
  expect(program.entries["predict"]!.outputs).toEqual(["prediction"]);
});

test("gradients, then apply, is one train step, also for a batch of another size", async () => {
  const [whole, halves] = [await compile(program), await compile(program)];
  for (const executable of [whole, halves]) await executable.load(initialState(program, 9));
  for (const [step, rows] of [8, 3].entries()) {
    const entry = program.entries["train"]!;
    const feeds = stepFeeds(entry, { ...batch(rows) }, 9, step, 0.01);
    await whole.run("train", feeds);
    const made = await halves.run("gradients", feeds);
    await halves.run("apply", { ...made, learningRate: feeds["learningRate"]! });
  }
  const [a, b] = [await whole.state(), await halves.state()];
  for (const [name, tensor] of Object.entries(a)) {
    const other = b[name]!.data as Float32Array;
    (tensor.data as Float32Array).forEach((value, index) => {
      expect(other[index], name).toBeCloseTo(value, 5);
    });
  }
});

test("the gradients of the whole training loss, penalty and weights included, are its numerical differences", () => {
  const entry = program.entries["gradients"]!;
  const state = initialState(program, 2);
  const feeds = stepFeeds(entry, { ...batch(6) }, 2, 0, 0);
  const all: Record<string, EvaluatorFeed> = {
    ...(state as Record<string, EvaluatorFeed>),
    ...(feeds as Record<string, EvaluatorFeed>),
  };
  const penalized = ["dense1.weight", "dense2.weight"];
  const total = (at: Record<string, EvaluatorFeed>) => {
    const squares = penalized.flatMap((name) => Array.from(at[name]!.data, (value) => Number(value) ** 2));
    return Number(run(entry, at)["loss"]!.data[0]) + 0.01 * squares.reduce((sum, value) => sum + value, 0);
  };
  const found = run(entry, all);
  for (const name of [...penalized, "dense2.bias", "batchNorm1.scale"]) {
    const { shape, data } = all[name]!;
    const gradient = found[`gradient.${name}`]!.data;
    for (let index = 0; index < data.length; index += 3) {
      const moved = (by: number) => {
        const next = Float64Array.from(data as ArrayLike<number>, Number);
        next[index]! += by;
        return total({ ...all, [name]: { shape, data: next } });
      };
      expect(gradient[index], `${name} ${index}`).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 5);
    }
  }
});

function run(entry: Entry, at: Record<string, EvaluatorFeed>) {
  const wanted = Object.fromEntries(entry.graph.inputs.map(({ id }) => [id, at[id]!]));
  return evaluateGraph(entry.graph, wanted);
}

const golden = JSON.parse(readFileSync(new URL("../../golden/optimizers.json", import.meta.url), "utf8")).losses;

test.each(["bce", "ce"] as const)("%s is PyTorch's, plain and with weights, also at logits of 30 and -40", (kind) => {
  const { outputs, targets, width, mean, weighted } = golden[kind];
  const builder = new GraphBuilder();
  const z = builder.input("z", "f32", ["B", width]);
  const t = kind === "ce" ? builder.input("t", "i32", ["B"]) : builder.input("t", "f32", ["B", 1]);
  const weight = builder.input("w", "f32", ["B"]);
  const rows = namedLoss({ kind })(z, t, undefined as never);
  const graph = builder.build({ mean: meanLoss(rows, null), weighted: meanLoss(rows, weight) });
  const feeds = {
    z: { shape: [4, width], data: outputs },
    t: { shape: kind === "ce" ? [4] : [4, 1], data: targets },
    w: { shape: [4], data: golden.weights },
  };
  const found = evaluateGraph(graph, feeds);
  expect(found["mean"]!.data[0]).toBeCloseTo(mean, 9);
  expect(found["weighted"]!.data[0]).toBeCloseTo(weighted, 9);
});

test("a regression learns standardised numbers and predicts in the target's units", async () => {
  const scale = { mean: [5000], deviation: [250] };
  const own = trainingProgram(namedModel({ kind: "linear" }, 1), {
    ...options,
    task: "regression",
    loss: namedLoss({ kind: "mse" }, scale.deviation),
    targetScale: scale,
    weighted: false,
    l2: 0,
  });
  const executable = await compile(own);
  await executable.load({ ...initialState(own, 1) });
  const x = { dtype: "f32", shape: [1, 4], data: new Float32Array(4) } as const;
  expect((await executable.run("predict", { x }))["prediction"]!.data[0]).toBe(5000);
  const y = { dtype: "f32", shape: [1, 1], data: Float32Array.of(5500) } as const;
  expect((await executable.run("evaluate", { x, y }))["loss"]!.data[0]).toBeCloseTo(4, 5);
});

test("models and losses that return something else are told what is expected", () => {
  const wrong: [Parameters<typeof trainingProgram>[0], Partial<ProgramOptions>, RegExp][] = [
    [() => 3 as never, {}, /model: must return a symbolic tensor, got 3/],
    [(async (x: never) => x) as never, {}, /got a promise; leave out async/],
    [(x) => x, {}, /the output must have shape \[B, 1\] \(one logit\), got \[B, 4\]/],
    [(x, nn) => nn.sum(x, { axes: [1], keepDims: true }), {}, /it has no parameters/],
    [(x, nn) => nn.dense(x, 1), { loss: () => undefined as never }, /loss: must return a symbolic tensor/],
    [(x, nn) => nn.dense(x, 1), { loss: (p) => p.transpose() }, /loss: must be one number or one a row/],
  ];
  for (const [model, change, message] of wrong) {
    expect(() => trainingProgram(model, { ...options, ...change })).toThrow(message);
  }
});

test("three batches collected and then moved by are one step on all their rows", async () => {
  const plain = { ...options, weighted: false, accumulates: true };
  const model = namedModel({ kind: "mlp", hidden: [5], activation: "tanh", dropout: 0, batchNorm: false }, 1);
  const collecting = trainingProgram(model, plain);
  const [parts, whole] = [await compile(collecting), await compile(collecting)];
  for (const executable of [parts, whole]) await executable.load(initialState(collecting, 3));
  const rows = batch(12);
  const slice = (from: number) =>
    ({
      x: { dtype: "f32", shape: [4, 4], data: rows.x.data.slice(from * 4, (from + 4) * 4) },
      y: { dtype: "f32", shape: [4, 1], data: rows.y.data.slice(from, from + 4) },
    }) as const;
  const feeds = (entry: string, given: object) => stepFeeds(collecting.entries[entry]!, given as never, 1, 0, 0.1);
  const before = await parts.read("dense1.weight");
  for (const from of [0, 4, 8]) await parts.run("accumulate", feeds("accumulate", slice(from)));
  expect(await parts.read("dense1.weight")).toEqual(before);
  expect((await parts.read("collected.batches")).data[0]).toBe(3);
  await parts.run("update", feeds("update", {}));
  await whole.run("train", feeds("train", { x: rows.x, y: rows.y }));
  for (const name of ["dense1.weight", "dense2.bias", "optimizer.m", "optimizer.step"]) {
    const [got, wanted] = [await parts.read(name), await whole.read(name)];
    for (let i = 0; i < wanted.data.length; i++) expect(Number(got.data[i])).toBeCloseTo(Number(wanted.data[i]), 5);
  }
  const collected = await parts.read("collected.gradient");
  expect((collected.data as Float32Array).every((value) => value === 0)).toBe(true);
  for (const executable of [parts, whole]) await executable.dispose();
});

test("gradients longer than the limit are shortened to it, all as one vector", async () => {
  const plain = {
    ...options,
    weighted: false,
    l2: 0,
    optimizer: { kind: "sgd", momentum: 0, nesterov: false },
  } as const;
  const model = namedModel({ kind: "logistic" }, 1);
  const moved = async (clipNorm: number | undefined) => {
    const clipping = trainingProgram(model, { ...plain, clipNorm });
    const executable = await compile(clipping);
    const { weight: _, ...rows } = batch(8);
    await executable.run("train", stepFeeds(clipping.entries["train"]!, rows, 1, 0, 1));
    const state = await executable.state();
    await executable.dispose();
    return Math.hypot(...Object.values(state).flatMap(({ data }) => Array.from(data, Number)));
  };
  const free = await moved(undefined);
  expect(free).toBeGreaterThan(0.1);
  expect(await moved(free / 2)).toBeCloseTo(free / 2, 5);
  expect(await moved(free * 2)).toBeCloseTo(free, 6);
});
