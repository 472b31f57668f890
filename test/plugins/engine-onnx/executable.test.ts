import type { Executable, Program, TensorData } from "@lepton/contract";
import { onnxEngine } from "@lepton/engine-onnx";
import {
  add,
  embedding,
  GraphBuilder,
  gradients,
  initialState,
  matmul,
  mean,
  mul,
  scatterAdd,
  square,
  sub,
  tanh,
} from "@lepton/graph";
import { afterEach, expect, test } from "vitest";
import { caseProgram } from "../../suites/case-program.ts";

const open: Executable[] = [];
afterEach(async () => {
  for (const executable of open.splice(0)) await executable.dispose();
});

async function compile(program: Program, threads = 1): Promise<Executable> {
  const executable = await onnxEngine.compile(program, { device: "cpu", threads });
  open.push(executable);
  return executable;
}

/** Two dense layers and plain gradient descent; `swap` exchanges two states, which only works when old values are read. */
function program(): Program {
  const b = new GraphBuilder();
  const x = b.input("x", "f32", ["B", 3]);
  const y = b.input("y", "f32", ["B", 1]);
  const weights = [b.input("w1", "f32", [3, 5]), b.input("w2", "f32", [5, 1])] as const;
  const loss = mean(square(sub(matmul(tanh(matmul(x, weights[0])), weights[1]), y)));
  const [g1, g2] = gradients(loss, weights);
  const train = b.build({ loss, n1: sub(weights[0], mul(g1!, 0.1)), n2: sub(weights[1], mul(g2!, 0.1)) });
  const s = new GraphBuilder();
  const swap = s.build({ nextA: add(s.input("b", "f32", [2]), 0), nextB: add(s.input("a", "f32", [2]), 0) });
  const state = (name: string, shape: number[]) =>
    ({ name, dtype: "f32", shape, role: "parameter", initial: { kind: "normal", mean: 0, deviation: 1 } }) as const;
  return {
    contract: 1,
    state: [state("w1", [3, 5]), state("w2", [5, 1]), state("a", [2]), state("b", [2])],
    entries: {
      train: {
        graph: train,
        feeds: [
          { name: "x", dtype: "f32", shape: ["B", 3], role: { kind: "batch", of: "x" } },
          { name: "y", dtype: "f32", shape: ["B", 1], role: { kind: "batch", of: "y" } },
        ],
        reads: ["w1", "w2"],
        writes: { w1: "n1", w2: "n2" },
        outputs: ["loss"],
      },
      swap: { graph: swap, feeds: [], reads: ["a", "b"], writes: { a: "nextA", b: "nextB" }, outputs: ["nextA"] },
    },
  };
}

const f32 = (shape: number[], fill: (i: number) => number): TensorData => ({
  dtype: "f32",
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => fill(i)),
});

const batch = (rows: number) => ({ x: f32([rows, 3], (i) => Math.sin(i)), y: f32([rows, 1], (i) => Math.cos(i)) });

async function losses(executable: Executable, steps: number): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < steps; i++) found.push(Number((await executable.run("train", batch(16))).loss!.data[0]));
  return found;
}

test("training lowers the loss, and a smaller last batch is welcome", async () => {
  const executable = await compile(program());
  await executable.load(initialState(program(), 1));
  const found = await losses(executable, 30);
  expect(found[29]!).toBeLessThan(found[0]! / 2);
  expect((await executable.run("train", batch(5))).loss!.shape).toEqual([]);
});

test("an entry reads only old values, and its outputs stay what they were", async () => {
  const executable = await compile(program());
  await executable.load({ a: f32([2], () => 1), b: f32([2], () => 2) });
  const first = await executable.run("swap", {});
  await executable.run("swap", {});
  const third = await executable.run("swap", {});
  expect([...first.nextA!.data]).toEqual([2, 2]);
  expect([...third.nextA!.data]).toEqual([2, 2]);
  expect([...(await executable.read("b")).data]).toEqual([1, 1]);
});

test("state read is a copy, and loaded again it goes on with the same bits", async () => {
  const executable = await compile(program());
  await executable.load(initialState(program(), 1));
  await losses(executable, 5);
  const kept = await executable.state();
  const before = await losses(executable, 5);
  const other = await compile(program(), 2);
  await other.load(kept);
  expect(await losses(other, 5)).toEqual(before);
  expect((await executable.state()).w1).not.toEqual(kept.w1);
});

test("rows added at the same index are never lost between threads", async () => {
  const b = new GraphBuilder();
  const graph = b.build({ y: scatterAdd(b.input("at", "i32", ["B"]), b.input("rows", "f32", ["B", 16]), 5) });
  const executable = await compile(caseProgram(graph), 4);
  const count = 40_000;
  const at: TensorData = {
    dtype: "i32",
    shape: [count],
    data: Int32Array.from({ length: count }, (_, i) => (i * 7) % 5),
  };
  for (let i = 0; i < 10; i++) {
    const { y } = await executable.run("run", { at, rows: f32([count, 16], () => 1) });
    expect(new Set(y!.data as Float32Array)).toEqual(new Set([count / 5]));
  }
});

test("state begins as zeros", async () => {
  expect([...(await (await compile(program())).read("a")).data]).toEqual([0, 0]);
});

test.each<[string, (e: Executable) => Promise<unknown>, RegExp]>([
  ["an unknown state", (e) => e.read("w3"), /no state "w3"; state: w1, w2, a, b/],
  ["an unknown state to load", (e) => e.load({ w3: f32([1], () => 0) }), /no state "w3"/],
  [
    "a state of another shape",
    (e) => e.load({ w1: f32([5, 3], () => 0) }),
    /"w1" must be f32 \[3, 5\], got f32 \[5, 3\]/,
  ],
  [
    "a missing feed",
    (e) => e.run("train", { x: batch(3).x }),
    /entry train: feed "y" must be f32 \[B, 1\].*it was not given/,
  ],
  [
    "feeds whose batches differ",
    (e) => e.run("train", { ...batch(3), y: batch(1).y }),
    /where B = 3, got f32 \[1, 1\]/,
  ],
  [
    "a feed with too few values",
    (e) => e.run("train", { ...batch(2), x: { ...batch(3).x, shape: [2, 3] } }),
    /with 9 values/,
  ],
])("%s is refused", async (_, act, message) => {
  await expect(act(await compile(program()))).rejects.toThrow(message);
});

test("a device that is none is refused", async () => {
  const compiling = onnxEngine.compile(program(), { device: "cuda:0", threads: 1 });
  await expect(compiling).rejects.toThrow(/engine onnx: device must be cpu or webgpu, got "cuda:0"/);
});

test("the engine says that it can run here and has the cpu", async () => {
  expect(await onnxEngine.unavailable()).toBeNull();
  expect((await onnxEngine.devices()).map((device) => device.name)).toContain("cpu");
});

test("an index outside a table is told with the layer and the table's rows", async () => {
  const b = new GraphBuilder();
  const table = b.input("t", "f32", [10, 2]);
  const rows = b.label("words", () => embedding(table, b.input("i", "i32", ["B"])));
  const executable = await compile(caseProgram(b.build({ rows })));
  const feeds = (index: number): Record<string, TensorData> => ({
    t: { dtype: "f32", shape: [10, 2], data: new Float32Array(20) },
    i: { dtype: "i32", shape: [1], data: Int32Array.of(index) },
  });
  await executable.run("run", feeds(9));
  await expect(executable.run("run", feeds(12))).rejects.toThrow(
    "entry run: words: index 12 is outside its 10 rows, 0 to 9; give it more rows or look at the data.",
  );
});
