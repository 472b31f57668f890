import type { Executable, Program, TensorData } from "@lepton/contract";
import { onnxEngine } from "@lepton/engine-onnx";
import { torchEngine } from "@lepton/engine-torch";
import { add, embedding, exp, expand, GraphBuilder, initialState, matmul, mean, mul, reshape } from "@lepton/graph";
import { afterEach, describe, expect, test } from "vitest";
import { findTorch } from "../../../plugins/engine-torch/find.ts";
import { loadTorch } from "../../../plugins/engine-torch/raw/library.ts";
import { caseProgram } from "../../suites/case-program.ts";
import { batchOf, type ModelName, models, trainingProgram } from "../engine-onnx/small-models.ts";
import { noTorch } from "./torch-here.ts";

const open: Executable[] = [];
afterEach(async () => {
  for (const executable of open.splice(0)) await executable.dispose();
});

async function compile(program: Program, engine = torchEngine): Promise<Executable> {
  const executable = await engine.compile(program, { device: "cpu", threads: 1 });
  open.push(executable);
  return executable;
}

async function losses(executable: Executable, name: ModelName, steps: number): Promise<number[]> {
  const found: number[] = [];
  for (let step = 0; step < steps; step++) {
    const { loss } = await executable.run("train", batchOf(name, step % 2 === 0 ? 16 : 12));
    found.push(Number(loss!.data[0]));
  }
  return found;
}

const row = (...values: number[]): TensorData => ({
  dtype: "f32",
  shape: [values.length],
  data: Float32Array.from(values),
});

/** One entry, "run", that writes the state "s" from the graph output "next". */
function writing(build: (b: GraphBuilder) => Record<string, ReturnType<typeof add>>): Program {
  const b = new GraphBuilder();
  const graph = b.build(build(b));
  const feeds = graph.inputs
    .filter(({ id }) => id !== "s")
    .map(({ id, dtype, shape }) => ({ name: id, dtype, shape, role: { kind: "batch", of: "x" } as const }));
  const initial = { kind: "constant", value: 0 } as const;
  return {
    contract: 1,
    state: [{ name: "s", dtype: "f32", shape: [2], role: "parameter", initial }],
    entries: { run: { graph, feeds, reads: ["s"], writes: { s: "next" }, outputs: ["y"] } },
  };
}

async function liveCount(): Promise<number> {
  const found = await findTorch();
  if ("reason" in found) throw new Error(found.reason);
  return (await loadTorch(found.folder, 1)).live;
}

describe.skipIf(noTorch !== null)("with torch", () => {
  test.each(Object.keys(models) as ModelName[])("%s has onnxruntime's losses over 20 steps", async (name) => {
    const program = trainingProgram(name);
    const start = initialState(program, 7);
    const [ours, theirs] = [await compile(program), await compile(program, onnxEngine)];
    for (const executable of [ours, theirs]) await executable.load(start);
    const [got, wanted] = [await losses(ours, name, 20), await losses(theirs, name, 20)];
    expect(got.at(-1)!).toBeLessThan(got[0]! * 0.9);
    for (const [i, loss] of wanted.entries()) expect(Math.abs(got[i]! - loss), `step ${i}`).toBeLessThan(1e-5);
  });

  test("state that is read, loaded elsewhere and trained on gives the same bits", async () => {
    const program = trainingProgram("mlp");
    const first = await compile(program);
    await first.load(initialState(program, 1));
    await losses(first, "mlp", 3);
    const second = await compile(program);
    await second.load(await first.state());
    expect(await losses(second, "mlp", 5)).toEqual(await losses(first, "mlp", 5));
  });

  test("10,000 steps leave no tensor and no memory behind", { timeout: 600_000 }, async () => {
    const executable = await compile(trainingProgram("mlp"));
    await executable.load(initialState(trainingProgram("mlp"), 1));
    const feeds = batchOf("mlp", 64);
    const steps = async (count: number) => {
      for (let i = 0; i < count; i++) await executable.run("train", feeds);
    };
    await steps(1000);
    const [live, memory] = [await liveCount(), process.memoryUsage().rss];
    await steps(9000);
    expect(await liveCount()).toBe(live);
    // One [64, 16] tensor lost a step would be 37 MB, one handle of 48 bytes 0.4 MB.
    expect(process.memoryUsage().rss - memory).toBeLessThan(30e6);
    const before = await liveCount();
    await open.pop()!.dispose();
    expect(await liveCount()).toBeLessThan(before);
  });

  test("a state written from a feed's memory has its own copy", async () => {
    const program = writing((b) => {
      const x = b.input("x", "f32", [1, 2]);
      return { next: reshape(x, [2]), y: add(b.input("s", "f32", [2]), 0) };
    });
    const executable = await compile(program);
    const data = Float32Array.of(1, 2);
    await executable.run("run", { x: { dtype: "f32", shape: [1, 2], data } });
    data.fill(9);
    expect((await executable.read("s")).data).toEqual(Float32Array.of(1, 2));
  });

  test("a state that becomes a constant has memory of its own at each step", async () => {
    const program = writing((b) => {
      const old = b.input("s", "f32", [2]);
      return { next: expand(b.scalar(3), [2]), y: add(old, b.input("x", "f32", [2])) };
    });
    const executable = await compile(program);
    const live = await liveCount();
    for (let step = 0; step < 5; step++) await executable.run("run", { x: row(1, 2) });
    expect((await executable.run("run", { x: row(1, 2) })).y!.data).toEqual(Float32Array.of(4, 5));
    expect((await liveCount()) - live).toBeLessThanOrEqual(2); // the plan's constants
  });

  test("feeds of a wrong shape, length or dtype are errors", async () => {
    const program = writing((b) => {
      const old = b.input("s", "f32", [2]);
      return { next: add(old, b.input("x", "f32", [2])), y: old };
    });
    const executable = await compile(program);
    for (const x of [row(1, 2, 3), { ...row(1, 2), shape: [3] }, { ...row(1, 2), data: new Float64Array(2) }])
      await expect(executable.run("run", { x })).rejects.toMatchObject({ code: "LEPTON_SHAPE" });
    await expect(executable.run("run", {})).rejects.toThrow('feed "x" must be f32 [2], it was not given');
    expect((await executable.run("run", { x: row(1, 2) })).y!.data).toEqual(Float32Array.of(0, 0));
    expect((await executable.read("s")).data).toEqual(Float32Array.of(1, 2));
  });

  test("state of another model is refused", async () => {
    const executable = await compile(trainingProgram("mlp"));
    await expect(executable.load({ p0: row(1) })).rejects.toMatchObject({ code: "LEPTON_CHECKPOINT" });
    await expect(executable.load({ q: row(1) })).rejects.toThrow('the program has no state "q"');
    await expect(executable.read("q")).rejects.toMatchObject({ code: "LEPTON_CHECKPOINT" });
  });

  test("an index outside the table is an error with torch's words, and the next run works", async () => {
    const b = new GraphBuilder();
    const y = embedding(b.input("table", "f32", [3, 2]), b.input("i", "i32", ["B"]));
    const executable = await compile(caseProgram(b.build({ y })));
    const table: TensorData = { dtype: "f32", shape: [3, 2], data: Float32Array.of(0, 1, 2, 3, 4, 5) };
    const pick = (...indices: number[]) =>
      executable.run("run", { table, i: { dtype: "i32", shape: [indices.length], data: Int32Array.from(indices) } });
    const live = await liveCount();
    await expect(pick(1, 7)).rejects.toThrow(/entry run: .*(index 7 is out of bounds|its words need torch 2\.13)/);
    expect((await pick(2, -3)).y!.data).toEqual(Float32Array.of(4, 5, 0, 1));
    expect(await liveCount()).toBe(live);
  });

  test("memory that runs out is told with how much was asked and what to lower, and the next run works", async () => {
    const b = new GraphBuilder();
    const wide = matmul(b.input("x", "f32", ["B", 1]), b.input("w", "f32", [1, 4]));
    const executable = await compile(caseProgram(b.build({ y: mean(exp(matmul(wide, wide, { transposeB: true }))) })));
    const w: TensorData = { dtype: "f32", shape: [1, 4], data: new Float32Array(4) };
    const rows = (count: number) =>
      executable.run("run", { w, x: { dtype: "f32", shape: [count, 1], data: new Float32Array(count) } });
    expect((await rows(2)).y!.data).toEqual(Float32Array.of(1));
    const live = await liveCount(); // the plan's constants among them
    const failed = rows(2_000_000); // 16 TB
    await expect(failed).rejects.toMatchObject({ code: "LEPTON_MEMORY" });
    await expect(failed).rejects.toThrow(/entry run: .*memory ran out: 16000 GB was asked for; lower --batch-size/);
    expect((await rows(2)).y!.data).toEqual(Float32Array.of(1));
    expect(await liveCount()).toBe(live);
  });

  test("an operator that it lacks is named with the engine that has it", async () => {
    const b = new GraphBuilder();
    const graph = b.build({ y: mul(b.input("x", "f32", [2]), 2) });
    const nodes = graph.nodes.map((node) => ({ ...node, op: "toString" }));
    const compiled = torchEngine.compile(caseProgram({ ...graph, nodes }), { device: "cpu", threads: 1 });
    await expect(compiled).rejects.toMatchObject({ code: "LEPTON_ENGINE_OP" });
  });

  test("a device that is none is refused by name", async () => {
    const compiled = (device: string) => torchEngine.compile(trainingProgram("mlp"), { device, threads: 1 });
    await expect(compiled("tpu")).rejects.toThrow(/device must be cpu, cuda, cuda:N.*, got "tpu"/);
    await expect(compiled("cuda:99")).rejects.toMatchObject({ code: "LEPTON_DEVICE" });
  });

  test("a batch of no rows runs", async () => {
    const b = new GraphBuilder();
    const executable = await compile(caseProgram(b.build({ y: mul(b.input("x", "f32", ["B", 3]), 2) })));
    const { y } = await executable.run("run", { x: { dtype: "f32", shape: [0, 3], data: new Float32Array(0) } });
    expect(y).toEqual({ dtype: "f32", shape: [0, 3], data: new Float32Array(0) });
  });
});

if (noTorch !== null) test("without torch these tests are skipped", ({ skip }) => skip(noTorch ?? ""));
