import type { Executable, OptimizerSpec, Program, TensorData } from "@lepton/contract";
import { onnxEngine } from "@lepton/engine-onnx";
import { initialState } from "@lepton/graph";
import { afterEach, expect, test } from "vitest";
import type { ModelFunction } from "../../../magics/nn/index.ts";
import { withHostTables } from "../../../magics/train/host-tables.ts";
import { namedLoss } from "../../../magics/train/losses.ts";
import { trainingProgram } from "../../../magics/train/program.ts";

const open: Executable[] = [];
afterEach(async () => {
  for (const executable of open.splice(0)) await executable.dispose();
});

const model =
  (sparse: boolean): ModelFunction =>
  (x, nn) =>
    nn.dense(nn.embedding(x, 9, 4, { sparse }).mean({ axes: [1] }), 3);

const adam = { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

function programOf(sparse: boolean, optimizer: OptimizerSpec, clipNorm?: number, accumulates = false): Program {
  const loss = namedLoss({ kind: "ce" });
  const options = { task: "multiclass", rowShape: [5], outputs: 3, loss, optimizer, l2: 0, weighted: false } as const;
  return trainingProgram(model(sparse), { ...options, clipNorm, accumulates });
}

/** The same weights, whatever the order of state is. */
async function opened(program: Program): Promise<Executable> {
  const executable = await withHostTables(program, (inner) => onnxEngine.compile(inner, { device: "cpu", threads: 1 }));
  open.push(executable);
  const first = initialState(programOf(false, adam), 5);
  const weights = Object.entries(first).filter(([name]) => /^(embedding|dense)1\.(weight|bias)$/.test(name));
  await executable.load(Object.fromEntries(weights));
  return executable;
}

/** Rows of five words; `words` are those of the whole batch. */
function batch(...words: number[]): Record<string, TensorData> {
  const rows = words.length / 5;
  return {
    x: { dtype: "f32", shape: [rows, 5], data: Float32Array.from(words) },
    y: { dtype: "i32", shape: [rows], data: Int32Array.from({ length: rows }, (_, i) => i % 3) },
    learningRate: { dtype: "f32", shape: [], data: Float32Array.of(0.1) },
  };
}

const all = batch(0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 0, 0, 0, 1, 2); // every word, some more than once
const few = batch(3, 3, 5, 5, 5, 3, 5, 3, 5, 3);
const table = async (executable: Executable) => (await executable.read("embedding1.weight")).data as Float32Array;

test.each<[string, OptimizerSpec, number | undefined]>([
  ["adam", adam, undefined],
  ["adamw", { ...adam, kind: "adamw", weightDecay: 0.1 }, undefined],
  ["sgd", { kind: "sgd", momentum: 0, nesterov: false }, undefined],
  ["sgd with Nesterov's momentum", { kind: "sgd", momentum: 0.9, nesterov: true }, undefined],
  ["a clipped length that nothing reaches", adam, 100],
])("where batches use every row, a sparse table is trained like a dense one: %s", async (_, optimizer, clipNorm) => {
  const [dense, sparse] = [
    await opened(programOf(false, optimizer, clipNorm)),
    await opened(programOf(true, optimizer, clipNorm)),
  ];
  for (let step = 0; step < 8; step++) {
    const [wanted, got] = [await dense.run("train", all), await sparse.run("train", all)];
    expect(Object.keys(got).sort()).toEqual(Object.keys(wanted).sort());
    expect(Number(got["loss"]!.data[0])).toBeCloseTo(Number(wanted["loss"]!.data[0]), 5);
  }
  const [wanted, got] = [await table(dense), await table(sparse)];
  for (const [i, value] of wanted.entries()) expect(got[i]!).toBeCloseTo(value, 4);
});

test("a step moves the rows that its batch uses and no others, and prediction uses the moved ones", async () => {
  const sparse = await opened(programOf(true, adam));
  await sparse.run("train", all);
  const before = (await table(sparse)).slice();
  const first = (await sparse.run("predict", few))["prediction"]!.data.slice();
  for (let step = 0; step < 3; step++) await sparse.run("train", few);
  const after = await table(sparse);
  const moved = Array.from({ length: 9 }, (_, row) =>
    [0, 1, 2, 3].some((k) => before[row * 4 + k] !== after[row * 4 + k]),
  );
  expect(moved.flatMap((is, row) => (is ? [row] : []))).toEqual([3, 5]);
  expect((await sparse.run("predict", few))["prediction"]!.data).not.toEqual(first);
});

test("a long gradient of a table is shortened with the rest", async () => {
  const sgd = { kind: "sgd", momentum: 0, nesterov: false } as const;
  const change = async (clipNorm?: number) => {
    const executable = await opened(programOf(true, sgd, clipNorm));
    const before = (await table(executable)).slice();
    await executable.run("train", few);
    return Math.hypot(...(await table(executable)).map((value, i) => value - before[i]!));
  };
  const [free, clipped] = [await change(), await change(0.01)];
  expect(clipped).toBeLessThan(free / 3);
  expect(clipped).toBeLessThanOrEqual(0.1 * 0.01 * 1.0001 * Math.sqrt(5)); // a row used by five places counts once here
});

test("state taken and loaded again goes on with the same bits, moments included", async () => {
  const [one, other] = [await opened(programOf(true, adam)), await opened(programOf(true, adam))];
  await one.run("train", all);
  await other.load(await one.state());
  for (const executable of [one, other]) await executable.run("train", few);
  expect(await other.state()).toEqual(await one.state());
  expect(Object.keys(await one.state())).toEqual(
    expect.arrayContaining([
      "embedding1.weight",
      "embedding1.weight.m",
      "embedding1.weight.v",
      "embedding1.weight.step",
    ]),
  );
  await expect(
    one.load({ "embedding1.weight": { dtype: "f32", shape: [8, 4], data: new Float32Array(32) } }),
  ).rejects.toThrow(/state "embedding1\.weight" must be f32 \[9, 4\], got f32 \[8, 4\]/);
});

test("an index outside the table is told with the layer, also a negative one", async () => {
  const sparse = await opened(programOf(true, adam));
  for (const index of [9, -1])
    await expect(sparse.run("train", batch(0, 1, 2, 3, index))).rejects.toThrow(
      `embedding1: index ${index} is outside its 9 rows, 0 to 8; give it more rows or look at the data.`,
    );
});

test("what a sparse table cannot do is refused when the model is built", () => {
  expect(() => programOf(true, adam, undefined, true)).toThrow(
    /sparse embedding does not go with gradients of several batches/,
  );
});
