import type { Executable, Precision } from "@lepton/contract";
import { torchEngine } from "@lepton/engine-torch";
import { initialState } from "@lepton/graph";
import { afterEach, describe, expect, test } from "vitest";
import { lowTypeOf } from "../../../plugins/engine-torch/precision.ts";
import { batchOf, type ModelName, models, trainingProgram } from "../engine-onnx/small-models.ts";
import { noTorch } from "./torch-here.ts";

const open: Executable[] = [];
afterEach(async () => {
  for (const executable of open.splice(0)) await executable.dispose();
});

async function compile(name: ModelName, precision: Precision): Promise<Executable> {
  const program = trainingProgram(name, precision === "f16");
  const executable = await torchEngine.compile(program, { device: "cpu", threads: 1, precision });
  await executable.load(initialState(program, 7));
  // From 65536 it would halve a few times first, each time without a step.
  const scale = { dtype: "f32", shape: [], data: Float32Array.of(256) } as const;
  if (precision === "f16") await executable.load({ lossScale: scale });
  open.push(executable);
  return executable;
}

async function losses(executable: Executable, name: ModelName): Promise<number[]> {
  const found: number[] = [];
  for (let step = 0; step < 12; step++)
    found.push(Number((await executable.run("train", batchOf(name, 16))).loss!.data[0]));
  return found;
}

test("tf32 is of NVIDIA GPUs alone", () => {
  expect(() => lowTypeOf("tf32", "cpu")).toThrow(/precision tf32 is of NVIDIA GPUs, the device is cpu/);
  expect(lowTypeOf("bf16", "cpu")).toBe("bf16");
  expect(lowTypeOf("f32", "cpu")).toBeNull();
});

describe.skipIf(noTorch !== null)("with torch", () => {
  describe.each(Object.keys(models) as ModelName[])("%s", (name) => {
    // Of a number, bf16 keeps 8 bits and f16 keeps 11.
    test.each([
      ["bf16", 2e-2],
      ["f16", 4e-3],
    ] as const)("in %s learns as in f32, but not with the same numbers", async (precision, tolerance) => {
      const [wide, low] = [await compile(name, "f32"), await compile(name, precision)];
      const [wanted, got] = [await losses(wide, name), await losses(low, name)];
      expect(got).not.toEqual(wanted);
      for (const [i, loss] of wanted.entries()) expect(Math.abs(got[i]! - loss), `step ${i}`).toBeLessThan(tolerance);
      expect(got.at(-1)!).toBeLessThan(got[0]!);
    });
  });

  test("validation computes in f32: what is measured is what is served", async () => {
    const { x, y } = batchOf("mlp", 16);
    const [wide, low] = [await compile("mlp", "f32"), await compile("mlp", "bf16")];
    const [wanted, got] = [await wide.run("evaluate", { x: x!, y: y! }), await low.run("evaluate", { x: x!, y: y! })];
    expect(got.prediction!.data).toEqual(wanted.prediction!.data);
  });

  test("in f16 the scale of the loss is part of the state", async () => {
    const executable = await compile("mlp", "f16");
    await losses(executable, "mlp");
    const state = await executable.state();
    expect(state["lossScale"]!.data).toEqual(Float32Array.of(256));
    expect(state["lossScale.steps"]!.data).toEqual(Float32Array.of(12));
    expect(state["dense1.weight"]!.dtype).toBe("f32");
  });
});

if (noTorch !== null) test("without torch no precision is trained in", ({ skip }) => skip(noTorch ?? ""));
