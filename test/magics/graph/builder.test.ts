import * as g from "@lepton/graph";
import { describe, expect, test } from "vitest";

function builder() {
  const b = new g.GraphBuilder();
  return { b, x: b.input("x", "f32", ["B", 8]) };
}

describe("a shape that does not fit is refused, naming the layer, the operator and both shapes", () => {
  const cases: readonly [string, (b: g.GraphBuilder, x: g.Tensor) => unknown, RegExp][] = [
    [
      "matmul",
      (b, x) => g.matmul(x, b.input("w", "f32", [16, 4])),
      /^dense1: matmul: .*columns \(8\).*rows \(16\), got f32 \[B, 8\] and f32 \[16, 4\]\.$/,
    ],
    ["add", (b, x) => g.add(x, b.input("w", "f32", [7])), /^dense1: add: .*got f32 \[B, 8\] and f32 \[7\]\.$/],
    ["dtypes", (b, x) => g.add(x, b.input("w", "i32", [8])), /same dtype \(use cast\), got f32 \[B, 8\] and i32 \[8\]/],
    ["reshape", (_, x) => g.reshape(x, [-1, 3]), /the input's elements do not fill \[-1, 3\], got f32 \[B, 8\]/],
    [
      "concat",
      (b, x) => g.concat([x, b.input("w", "f32", ["T", 8])]),
      /equal but for axis 1, got f32 \[B, 8\] and f32 \[T, 8\]/,
    ],
    ["split", (_, x) => g.split(x, [3, 4]), /3 \+ 4 must add up to 8/],
    ["slice of the batch", (_, x) => g.slice(x, 0, 1, 2), /axis 0 \(B\) must have a fixed size/],
    ["an axis", (_, x) => g.sum(x, { axes: [2] }), /there is no axis 2/],
    [
      "conv2d",
      (b, x) => g.conv2d(g.reshape(x, ["B", 2, 2, 2]), b.input("w", "f32", [3, 3, 2, 4])),
      /window of 3 x 3 must fit/,
    ],
    [
      "channels",
      (b, x) => g.conv2d(g.reshape(x, ["B", 2, 2, 2]), b.input("w", "f32", [1, 1, 3, 4])),
      /filter's channels \(3\).*image's channels \(2\)/,
    ],
    ["gather", (_, x) => g.gather(x, x), /input 2 must be i32 or i64/],
  ];
  test.each(cases)("%s", (_, build, message) => {
    const { b, x } = builder();
    const failing = () => b.label("dense1", () => build(b, x));
    expect(failing).toThrow(expect.objectContaining({ code: "LEPTON_SHAPE", message: expect.stringMatching(message) }));
  });
});

test("labels nest in messages", () => {
  const { b, x } = builder();
  const failing = () => b.label("block1", () => b.label("dense", () => g.matmul(x, x)));
  expect(failing).toThrow(/^block1\/dense: matmul:/);
});

test("tensors of two graphs do not mix", () => {
  const other = builder();
  expect(() => g.add(builder().x, other.x)).toThrow(/belongs to another graph/);
});

test("an output may not have an input's name", () => {
  const { b, x } = builder();
  expect(() => b.build({ x: g.exp(x) })).toThrow("output x: an input has this name already; choose another.");
});

test("equal uses of an operator are one node, and what no output needs is left out", () => {
  const { b, x } = builder();
  b.input("unused", "f32", [3]);
  const y = g.add(g.exp(x), g.exp(x));
  g.log(x);
  const graph = b.build({ y });
  expect(graph.nodes.map((node) => node.op)).toEqual(["exp", "add"]);
  expect(graph.inputs.map((input) => input.id)).toEqual(["x"]);
});

test("uses of constants alone are computed while building", () => {
  const { b, x } = builder();
  const scale = g.sqrt(g.sum(b.constant([9, 16])));
  const graph = b.build({ y: g.mul(x, scale) });
  expect(graph.nodes.map((node) => node.op)).toEqual(["mul"]);
  expect(graph.constants.map((constant) => constant.values)).toEqual([[5]]);
});

test("an expand in front of an operator that stretches by itself is left out", () => {
  const { b, x } = builder();
  const graph = b.build({ y: g.mul(g.expand(b.input("row", "f32", [8]), ["B", 8]), x) });
  expect(graph.nodes.map((node) => node.op)).toEqual(["mul"]);
});

test("what is computed of one stretched number is computed once and stretched after", () => {
  const { b, x } = builder();
  const one = g.expand(b.input("one", "f32", []), ["B", 8]);
  const graph = b.build({ y: g.mul(g.reshape(g.div(g.neg(one), 3), ["8*B"]), g.reshape(x, [-1])), alone: g.neg(one) });
  expect(graph.nodes.map((node) => node.op)).toEqual(["neg", "expand", "div", "reshape", "mul"]);
  const shapes = Object.fromEntries(graph.nodes.map((node) => [node.op, graph.values[node.outputs[0]!]!.shape]));
  expect(shapes).toMatchObject({ neg: [], div: [], expand: ["B", 8], mul: ["8*B"] });
});

test("relu and a bias for each channel move behind a pool", () => {
  const b = new g.GraphBuilder();
  const image = b.input("image", "f32", ["B", 4, 4, 3]);
  const y = g.maxPool2d(g.relu(g.add(image, b.input("bias", "f32", [3]))));
  expect(b.build({ y }).nodes.map((node) => node.op)).toEqual(["maxPool2d", "add", "relu"]);
});

test("symbolic dimensions multiply and divide", () => {
  const b = new g.GraphBuilder();
  const x = b.input("x", "f32", ["B", 32, 6]);
  const rows = g.reshape(x, [-1, 6]);
  expect(rows.shape).toEqual(["32*B", 6]);
  expect(g.reshape(rows, [-1, 32, 6]).shape).toEqual(["B", 32, 6]);
  expect(g.concat([rows, rows], 0).shape).toEqual(["64*B", 6]);
});

test("the evaluator refuses feeds whose batches differ", () => {
  const { b, x } = builder();
  const graph = b.build({ y: g.add(x, b.input("z", "f32", ["B", 1])) });
  const feed = (rows: number, columns: number) => ({ shape: [rows, columns], data: new Float32Array(rows * columns) });
  expect(() => g.evaluateGraph(graph, { x: feed(3, 8), z: feed(2, 1) })).toThrow(
    "feed z must have shape [B, 1], got [2, 1] where B = 3.",
  );
});
