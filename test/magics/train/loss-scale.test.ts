import type { Executable, TensorData } from "@lepton/contract";
import onnx from "@lepton/engine-onnx";
import { initialState } from "@lepton/graph";
import { expect, test } from "vitest";
import { namedModel } from "../../../magics/nn/index.ts";
import { namedLoss } from "../../../magics/train/losses.ts";
import { type ProgramOptions, trainingProgram } from "../../../magics/train/program.ts";

const options: ProgramOptions = {
  task: "regression",
  rowShape: [3],
  outputs: 1,
  loss: namedLoss({ kind: "mse" }),
  optimizer: { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  l2: 0,
  weighted: false,
  clipNorm: 10,
};
const model = namedModel({ kind: "mlp", hidden: [4], activation: "tanh", dropout: 0, batchNorm: false }, 1);

async function compile(given: Partial<ProgramOptions>): Promise<Executable> {
  const program = trainingProgram(model, { ...options, ...given });
  const executable = await onnx.engines[0]!.compile(program, { device: "cpu", threads: 1 });
  await executable.load(initialState(program, 1));
  return executable;
}

/** @param y  the targets: 1e38 squared is no f32 */
const batch = (y: number): Record<string, TensorData> => ({
  x: { dtype: "f32", shape: [2, 3], data: Float32Array.of(1, 2, 3, -1, 0, 1) },
  y: { dtype: "f32", shape: [2, 1], data: Float32Array.of(y, -y) },
  learningRate: { dtype: "f32", shape: [], data: Float32Array.of(0.01) },
});

const scaleOf = async (executable: Executable) => [
  (await executable.read("lossScale")).data[0],
  (await executable.read("lossScale.steps")).data[0],
];

test("a scaled loss has the same gradients: ten steps give the same weights", async () => {
  const [plain, scaled] = [await compile({}), await compile({ scalesLoss: true })];
  for (let step = 0; step < 10; step++) {
    const [one, other] = [await plain.run("train", batch(step)), await scaled.run("train", batch(step))];
    expect(other.loss!.data[0]).toBeCloseTo(Number(one.loss!.data[0]), 5);
  }
  expect(await scaleOf(scaled)).toEqual([65536, 10]);
  for (const executable of [plain, scaled]) await executable.dispose();
});

test("a step whose gradients are not finite moves nothing and halves the scale; the next one counts from 1", async () => {
  const executable = await compile({ scalesLoss: true });
  await executable.run("train", batch(1));
  const before = await executable.state();
  await executable.run("train", batch(1e38));
  const after = await executable.state();
  expect(await scaleOf(executable)).toEqual([32768, 0]);
  for (const [name, { data }] of Object.entries(before))
    if (!name.startsWith("lossScale")) expect(after[name]!.data, name).toEqual(data);
  await executable.run("train", batch(1));
  expect(await scaleOf(executable)).toEqual([32768, 1]);
  await executable.dispose();
});

test("after 2000 good steps the scale doubles", async () => {
  const executable = await compile({ scalesLoss: true });
  const two = (value: number): TensorData => ({ dtype: "f32", shape: [], data: Float32Array.of(value) });
  await executable.load({ "lossScale.steps": two(1999) });
  await executable.run("train", batch(1));
  expect(await scaleOf(executable)).toEqual([131072, 0]);
  await executable.dispose();
});

test("collected gradients are scaled and guarded too", async () => {
  const executable = await compile({ scalesLoss: true, accumulates: true });
  const plain = await compile({ accumulates: true });
  for (const one of [executable, plain]) {
    for (const y of [1, 2]) await one.run("accumulate", batch(y));
    await one.run("update", batch(0));
  }
  const wanted = await plain.read("dense1.weight");
  const got = await executable.read("dense1.weight");
  for (const [i, value] of wanted.data.entries()) expect(Number(got.data[i])).toBeCloseTo(Number(value), 5);
  for (const one of [executable, plain]) await one.dispose();
});

test("an engine without a precision refuses it with the engine that has it", async () => {
  const compiled = onnx.engines[0]!.compile(trainingProgram(model, options), {
    device: "cpu",
    threads: 1,
    precision: "bf16",
  });
  await expect(compiled).rejects.toThrow(/engine onnx: precision must be f32, got "bf16"; --engine torch has bf16/);
});
