import { evaluateGraph, GraphBuilder, type Tensor } from "@lepton/graph";
import { expect, test } from "vitest";
import { createNn, initialOf, type Mode, ModelContext, type Nn, namedModel } from "../../../magics/nn/index.ts";

function build(shape: readonly (number | string)[], model: (x: Tensor, nn: Nn) => Tensor, mode: Mode = "train") {
  const builder = new GraphBuilder();
  const context = new ModelContext(builder, mode);
  const output = model(builder.input("x", "f32", shape), createNn(context));
  return { context, output, graph: () => builder.build({ output }) };
}

const names = (context: ModelContext) => context.parameters.map(({ spec }) => `${spec.name} [${spec.shape}]`);

test("layers are named by kind and number, parameters by layer", () => {
  const { context, output } = build(["B", 28, 28, 1], (x, nn) => {
    const h = nn.maxPool2d(nn.conv2d(x, 4, { activation: "relu" }));
    return nn.dense(nn.dense(nn.flatten(h), 8, { name: "neck" }), 3);
  });
  expect(output.shape).toEqual(["B", 3]);
  expect(names(context)).toEqual([
    "conv2d1.weight [3,3,1,4]",
    "conv2d1.bias [4]",
    "neck.weight [676,8]",
    "neck.bias [8]",
    "dense2.weight [8,3]",
    "dense2.bias [3]",
  ]);
});

test("the digits model has the parameters of its Keras twin", () => {
  const spec = { kind: "cnn", filters: [32, 64], hidden: [], dropout: 0, batchNorm: false } as const;
  const { context } = build(["B", 28, 28, 1], (x, nn) => namedModel(spec, 10)(x, nn, {}));
  const sizes = context.parameters.map(({ spec: { shape } }) => shape.reduce((product, dim) => product * dim, 1));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(34_826);
});

test("linear and logistic begin at zero, so that nothing of a random start is left where features outnumber rows", () => {
  for (const kind of ["linear", "logistic"] as const) {
    const { context } = build(["B", 2000], (x, nn) => namedModel({ kind }, 1)(x, nn, {}));
    const initials = context.parameters.map(({ spec }) => spec.initial);
    expect(initials).toEqual([initialOf("zeros", [2000, 1]), initialOf("zeros", [1])]);
  }
});

test("batch norm standardises by the batch in training and by running averages in prediction", () => {
  const data = { shape: [4, 1], data: [1, 2, 3, 6] };
  const state = {
    "batchNorm1.mean": { shape: [1], data: [10] },
    "batchNorm1.variance": { shape: [1], data: [4] },
    "batchNorm1.scale": { shape: [1], data: [2] },
    "batchNorm1.shift": { shape: [1], data: [1] },
  };
  const run = (mode: Mode) => {
    const { graph } = build(["B", 1], (x, nn) => nn.batchNorm(x), mode);
    const wanted = graph();
    const feeds = Object.fromEntries(
      wanted.inputs.map(({ id }) => [id, id === "x" ? data : state[id as keyof typeof state]]),
    );
    return [...evaluateGraph(wanted, feeds)["output"]!.data];
  };
  const spread = Math.sqrt(3.5 + 1e-5); // mean 3, population variance 3.5
  for (const [index, x] of data.data.entries()) {
    expect(run("train")[index]).toBeCloseTo((2 * (x - 3)) / spread + 1, 5);
    expect(run("predict")[index]).toBeCloseTo((2 * (x - 10)) / Math.sqrt(4 + 1e-5) + 1, 5);
  }
});

test("training writes the running averages, prediction does not", () => {
  const next = (mode: Mode) =>
    build(["B", 3], (x, nn) => nn.batchNorm(x), mode).context.statistics.map((s) => s.next !== null);
  expect(next("train")).toEqual([true, true]);
  expect(next("predict")).toEqual([false, false]);
});

test("dropout is fed its mask in training and is nothing in prediction", () => {
  const trained = build(["B", 6], (x, nn) => nn.dropout(nn.dropout(x, 0.5), 0.25));
  expect(trained.context.feeds.map(({ role }) => role)).toEqual([
    { kind: "random", distribution: "keepMask", key: 1, rate: 0.5 },
    { kind: "random", distribution: "keepMask", key: 2, rate: 0.25 },
  ]);
  expect(build(["B", 6], (x, nn) => nn.dropout(x, 0.5), "predict").context.feeds).toEqual([]);
});

test("layer norm gives each row mean 0 and variance 1", () => {
  const { graph } = build(["B", 4], (x, nn) => nn.layerNorm(x));
  const one = { shape: [4], data: [1, 1, 1, 1] };
  const feeds = {
    x: { shape: [2, 4], data: [1, 2, 3, 4, -5, 0, 5, 100] },
    "layerNorm1.scale": one,
    "layerNorm1.shift": { shape: [4], data: [0, 0, 0, 0] },
  };
  const { data } = evaluateGraph(graph(), feeds)["output"]!;
  for (const row of [data.slice(0, 4), data.slice(4)]) {
    const mean = row.reduce((sum, value) => sum + value / 4, 0);
    expect(mean).toBeCloseTo(0, 6);
    expect(row.reduce((sum, value) => sum + (value - mean) ** 2 / 4, 0)).toBeCloseTo(1, 4);
  }
});

test("embedding looks rows up by number", () => {
  const { graph } = build(["B", 2], (x, nn) => nn.embedding(x, 3, 2));
  const table = { shape: [3, 2], data: [0, 1, 10, 11, 20, 21] };
  const { data, shape } = evaluateGraph(graph(), { x: { shape: [1, 2], data: [2, 0] }, "embedding1.weight": table })[
    "output"
  ]!;
  expect([shape, [...data]]).toEqual([
    [1, 2, 2],
    [20, 21, 0, 1],
  ]);
});

test("a layer that does not exist is told by the nearest name", () => {
  expect(() => build(["B", 4], (x, nn) => (nn as unknown as Record<"dens", Nn["dense"]>).dens(x, 2))).toThrow(
    'nn has no layer or operator "dens"; did you mean "dense"?',
  );
});

test("mistakes name the layer and what came", () => {
  const wrong: [(x: Tensor, nn: Nn) => Tensor, RegExp][] = [
    [(x, nn) => nn.dense(x, 0), /dense1: units must be a whole number from 1, got 0/],
    [(x, nn) => nn.conv2d(x, 8), /conv2d1: needs shape \[rows, height, width, channels\], got \[B, 6\]/],
    [(x, nn) => nn.dropout(x, 1), /dropout1: rate must be in \[0, 1\), got 1/],
    [(x, nn) => nn.dense(x, 2, { activation: "rulu" as never }), /activation must be one of relu.*"rulu"/],
    [(x, nn) => nn.dense(nn.dense(x, 2, { name: "a" }), 2, { name: "a" }), /two layers are named "a"/],
    [(x, nn) => x.matmul(nn.parameter("w", [5, 2])), /matmul.*\[B, 6\].*\[5, 2\]/],
  ];
  for (const [model, message] of wrong) expect(() => build(["B", 6], model)).toThrow(message);
});

test("a convolution that has no room says which block", () => {
  const spec = { kind: "cnn", filters: [8, 8, 8, 8], hidden: [], dropout: 0, batchNorm: false } as const;
  expect(() => build(["B", 28, 28, 1], (x, nn) => namedModel(spec, 10)(x, nn, {}))).toThrow(
    /block 4 of 4 .* gets 1x1 pixels/,
  );
});

test("initial values are Keras's", () => {
  expect(initialOf("glorotUniform", [3, 3, 1, 32])).toEqual({
    kind: "uniform",
    low: -Math.sqrt(6 / 297),
    high: Math.sqrt(6 / 297),
  });
  expect(initialOf("heNormal", [50, 10])).toEqual({ kind: "normal", mean: 0, deviation: Math.sqrt(2 / 50) });
  expect(initialOf("zeros", [4])).toEqual({ kind: "constant", value: 0 });
});
