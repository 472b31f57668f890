import { evaluateGraph, GraphBuilder, gradients, sum, type Tensor } from "@lepton/graph";
import { expect, test } from "vitest";
import { createNn, ModelContext, type Nn } from "../../../magics/nn/index.ts";
import { trainDeclarations } from "../../../magics/train/declarations.ts";
import { declaredMembers, lacking } from "../declared-members.ts";

const wave = (shape: readonly number[], phase: number) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.3 + phase)),
});

/** The model's output for two rows, with irregular numbers as weights. `change` alters x. */
function run(
  row: readonly number[],
  model: (x: Tensor, nn: Nn) => Tensor,
  change: (x: Float32Array) => void = () => {},
) {
  const builder = new GraphBuilder();
  const context = new ModelContext(builder, "train");
  const x = builder.input("x", "f32", ["B", ...row]);
  const y = model(x, createNn(context));
  const slope = gradients(sum(y), [x])[0]!;
  const graph = builder.build({ y, slope });
  const given = wave([2, ...row], 0);
  change(given.data);
  const weights = context.parameters.map(({ spec }, i) => [spec.name, wave(spec.shape as number[], i + 1)] as const);
  const used = new Set(graph.inputs.map(({ id }) => id));
  const feeds = Object.fromEntries(([["x", given], ...weights] as const).filter(([name]) => used.has(name)));
  const result = evaluateGraph(graph, feeds);
  const names = context.parameters.map(({ spec }) => `${spec.name} [${spec.shape}]`);
  return { y: [...result.y!.data], shape: result.y!.shape, slope: [...result.slope!.data], names };
}

test("lstm and gru make the weights of Keras's layers and give outputs and a state", () => {
  const long = run([5, 3], (x, nn) => nn.lstm(x, 4).state.hidden);
  expect([long.shape, long.names]).toEqual([
    [2, 4],
    ["lstm1.weight [3,16]", "lstm1.recurrent [4,16]", "lstm1.bias [16]"],
  ]);
  const gated = run([5, 3], (x, nn) => nn.gru(x, 4).outputs);
  expect(gated.shape).toEqual([2, 5, 4]);
  expect(gated.names).toEqual([
    "gru1.weight [3,12]",
    "gru1.recurrent [4,12]",
    "gru1.bias [12]",
    "gru1.recurrentBias [12]",
  ]);
});

test.each(["lstm", "gru"] as const)(
  "pieces of a long %s hand on the state, and gradients stop between them",
  (kind) => {
    const whole = run([6, 2], (x, nn) => nn[kind](x, 3).outputs);
    const cut = run([6, 2], (x, nn) => nn[kind](x, 3, { unroll: 4 }).outputs);
    expect(cut.y).toEqual(whole.y);
    expect(cut.slope).not.toEqual(whole.slope);
    // The last piece's loss does not reach the first piece's steps.
    const last = run([6, 2], (x, nn) => nn[kind](x, 3, { unroll: 4 }).state.hidden);
    expect(last.slope.slice(0, 8)).toEqual(new Array(8).fill(0));
    expect(last.slope.slice(8, 12).every((value) => value !== 0)).toBe(true);
  },
);

test("a layer goes on from the state of another", () => {
  const { y } = run([4, 2], (x, nn) => {
    const encoder = nn.lstm(nn.slice(x, 1, 0, 2), 3);
    return nn.lstm(nn.slice(x, 1, 2, 4), 3, { state: encoder.state }).outputs;
  });
  expect(y).not.toEqual(run([4, 2], (x, nn) => nn.lstm(nn.slice(x, 1, 2, 4), 3).outputs).y);
});

test("causal attention and causal convolution see nothing that comes later", () => {
  const models: Record<string, (x: Tensor, nn: Nn) => Tensor> = {
    attention: (x, nn) => nn.multiHeadAttention(x, 2, { causal: true }),
    conv1d: (x, nn) => nn.conv1d(x, 4, { kernel: 3, dilation: 2, padding: "causal" }),
  };
  for (const [name, model] of Object.entries(models)) {
    const before = run([5, 4], model);
    const after = run([5, 4], model, (x) => x.fill(7, 16, 20)); // the last step of the first row
    expect(before.shape, name).toEqual([2, 5, 4]);
    expect(after.y.slice(0, 16), name).toEqual(before.y.slice(0, 16));
    expect(after.y.slice(16, 20), name).not.toEqual(before.y.slice(16, 20));
  }
});

test("masked attention does not look where the mask is false", () => {
  const model = (x: Tensor, nn: Nn) => nn.multiHeadAttention(x, 2, { mask: nn.constant([1, 1, 0]).greater(0) });
  const changed = run([3, 4], model, (x) => x.fill(7, 8, 12)); // the hidden third step of the first row
  expect(changed.y.slice(0, 8)).toEqual(run([3, 4], model).y.slice(0, 8));
});

test("attention to another sequence has its length in no output", () => {
  const { shape, names } = run([6, 4], (x, nn) =>
    nn.multiHeadAttention(nn.slice(x, 1, 0, 2), 2, { memory: nn.dense(nn.slice(x, 1, 2, 6), 6), bias: false }),
  );
  expect(shape).toEqual([2, 2, 4]);
  expect(names.slice(2)).toEqual([
    "attention1.query [4,4]",
    "attention1.key [6,4]",
    "attention1.value [6,4]",
    "attention1.output [4,4]",
  ]);
});

test("convolutions take stride, padding, dilation and groups; pools a window of their own", () => {
  const shapeOf = (row: readonly number[], model: (x: Tensor, nn: Nn) => Tensor) => run(row, model).shape;
  expect(shapeOf([8, 8, 4], (x, nn) => nn.conv2d(x, 6, { stride: [2, 1], padding: 1, groups: 2 }))).toEqual([
    2, 4, 8, 6,
  ]);
  expect(shapeOf([8, 8, 1], (x, nn) => nn.conv2d(x, 2, { dilation: 2, kernel: [3, 2] }))).toEqual([2, 4, 6, 2]);
  expect(shapeOf([9, 4], (x, nn) => nn.conv1d(x, 4, { stride: 2, padding: "same", groups: 4 }))).toEqual([2, 5, 4]);
  expect(shapeOf([6, 6, 2], (x, nn) => nn.avgPool2d(x, 3, { stride: 2, padding: 1 }))).toEqual([2, 3, 3, 2]);
  expect(shapeOf([6, 6, 2], (x, nn) => nn.maxPool2d(x, [2, 3]))).toEqual([2, 3, 2, 2]);
  expect(shapeOf([6, 2], (x, nn) => nn.maxPool1d(x, 2))).toEqual([2, 3, 2]);
});

test("mistakes name the layer and what came", () => {
  const wrong: [readonly number[], (x: Tensor, nn: Nn) => Tensor, RegExp][] = [
    [
      [70, 2],
      (x, nn) => nn.lstm(x, 3).outputs,
      /lstm1: a layer unrolls at most 64 steps, the sequence has 70; give \{ unroll: 64 \}/,
    ],
    [[70, 2], (x, nn) => nn.gru(x, 3, { unroll: 65 }).outputs, /gru1: unroll must be at most 64, got 65/],
    [[6], (x, nn) => nn.lstm(x, 3).outputs, /lstm1: needs shape \[rows, time, features\], got \[B, 6\]/],
    [[3, 5], (x, nn) => nn.multiHeadAttention(x, 2), /attention1: features \(5\) must be a multiple of heads \(2\)/],
    [
      [4, 4, 3],
      (x, nn) => nn.conv2d(x, 4, { groups: 2 }),
      /conv2d1: conv2d: .*channels \(1\) times groups \(2\).*channels \(3\)/,
    ],
  ];
  for (const [row, model, message] of wrong) expect(() => run(row, model)).toThrow(message);
});

test("what nn has and what its type says it has is the same, and a tensor has what its type says", () => {
  const builder = new GraphBuilder();
  const nn = createNn(new ModelContext(builder, "train"));
  expect(declaredMembers(trainDeclarations, "Nn").toSorted()).toEqual(Object.keys(nn).toSorted());
  expect(lacking(trainDeclarations, "Tensor", builder.input("x", "f32", ["B", 2]))).toEqual([]);
});
