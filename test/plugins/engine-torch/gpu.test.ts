import type { Executable, Precision, Program } from "@lepton/contract";
import { torchEngine } from "@lepton/engine-torch";
import { embedding, exp, GraphBuilder, initialState, matmul, mean } from "@lepton/graph";
import { afterEach, describe, expect, test } from "vitest";
import { caseProgram } from "../../suites/case-program.ts";
import { batchOf, type ModelName, models, trainingProgram } from "../engine-onnx/small-models.ts";
import { gpu } from "./torch-here.ts";

const open: Executable[] = [];
afterEach(async () => {
  for (const executable of open.splice(0)) await executable.dispose();
});

async function compile(program: Program, device: string, precision: Precision = "f32"): Promise<Executable> {
  const executable = await torchEngine.compile(program, { device, threads: 1, precision });
  open.push(executable);
  return executable;
}

async function losses(device: string, name: ModelName, precision: Precision = "f32"): Promise<number[]> {
  const program = trainingProgram(name, precision === "f16");
  const executable = await compile(program, device, precision);
  await executable.load(initialState(program, 7));
  const found: number[] = [];
  for (let step = 0; step < 20; step++)
    found.push(Number((await executable.run("train", batchOf(name, 16))).loss!.data[0]));
  return found;
}

describe.skipIf(gpu.device === null)("with a GPU", () => {
  const device = gpu.device ?? "cuda";

  test.each(Object.keys(models) as ModelName[])("%s has the CPU's losses over 20 steps", async (name) => {
    const [wanted, got] = [await losses("cpu", name), await losses(device, name)];
    for (const [i, loss] of wanted.entries()) expect(Math.abs(got[i]! - loss), `step ${i}`).toBeLessThan(1e-4);
  });

  test.each(Object.keys(models) as ModelName[])("%s in bf16 learns", async (name) => {
    const got = await losses(device, name, "bf16");
    expect(got.at(-1)!).toBeLessThan(got[0]!);
  });

  test("memory that runs out is told, and the next run works", async () => {
    const b = new GraphBuilder();
    const x = b.input("x", "f32", ["B", 1]);
    const executable = await compile(
      caseProgram(b.build({ y: mean(exp(matmul(x, x, { transposeB: true }))) })),
      device,
    );
    const rows = (count: number) =>
      executable.run("run", { x: { dtype: "f32", shape: [count, 1], data: new Float32Array(count) } });
    await expect(rows(2_000_000)).rejects.toMatchObject({ code: "LEPTON_MEMORY" });
    expect((await rows(2)).y!.data).toEqual(Float32Array.of(1));
  });

  test("feeds are copied before the caller changes them", async () => {
    const b = new GraphBuilder();
    const y = embedding(b.input("table", "f32", [3, 1]), b.input("i", "i32", ["B"]));
    const executable = await compile(caseProgram(b.build({ y })), device);
    const data = Float32Array.of(1, 2, 3);
    const running = executable.run("run", {
      table: { dtype: "f32", shape: [3, 1], data },
      i: { dtype: "i32", shape: [2], data: Int32Array.of(2, 0) },
    });
    data.fill(0);
    expect((await running).y!.data).toEqual(Float32Array.of(3, 1));
  });
});

test.runIf(gpu.device === null)("without a GPU nothing is trained on one", ({ skip }) => skip(gpu.reason));
