/**
 * Run as a process with the environment of a software GPU: trains each small model 20 steps on the CPU and on WebGPU, counts the nodes that each
 * provider ran, and prints all as one line of JSON. Its arguments are a folder for profiles and names of operator cases ("all" for every one).
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Executable, Program } from "@lepton/contract";
import { onnxEngine } from "@lepton/engine-onnx";
import { evaluateGraph, initialState, toOnnx } from "@lepton/graph";
import ort from "onnxruntime-node";
import { caseFeeds, caseGraph, distance } from "../../suites/case-graph.ts";
import { caseProgram } from "../../suites/case-program.ts";
import { operatorCases } from "../../suites/operator-cases.ts";
import { batchOf, type ModelName, models, trainingProgram } from "./small-models.ts";

const steps = 20;

/** Kept to the end: onnxruntime keeps compiled shaders while one session lives, and a software GPU compiles slowly. */
const open: Executable[] = [];

async function train(program: Program, name: ModelName, device: string) {
  const executable = await onnxEngine.compile(program, { device, threads: 1 });
  await executable.load(initialState(program, 3));
  const losses: number[] = [];
  for (let i = 0; i < steps; i++)
    losses.push(Number((await executable.run("train", batchOf(name, i % 5 === 4 ? 7 : 12))).loss!.data[0]));
  const kept = await executable.state();
  const again = Number((await executable.run("train", batchOf(name, 12))).loss!.data[0]);
  await executable.load(kept);
  const repeated = Number((await executable.run("train", batchOf(name, 12))).loss!.data[0]);
  open.push(executable);
  return { losses, again, repeated };
}

/** Provider ─► nodes that it ran, by onnxruntime's own profile. */
async function countNodes(program: Program, name: ModelName, folder: string): Promise<Record<string, number>> {
  const session = await ort.InferenceSession.create(toOnnx(program.entries.train!.graph, { device: "webgpu" }), {
    executionProviders: [{ name: "webgpu" }],
    enableProfiling: true,
    profileFilePrefix: path.join(folder, name),
    logSeverityLevel: 3,
  });
  const feeds = { ...initialState(program, 3), ...batchOf(name, 12) };
  const inputs = Object.entries(feeds).map(([key, { dtype, shape, data }]) => [
    key,
    dtype === "i32"
      ? new ort.Tensor("int32", data as Int32Array, shape)
      : new ort.Tensor("float32", data as Float32Array, shape),
  ]);
  await session.run(Object.fromEntries(inputs));
  session.endProfiling();
  await session.release();
  const file = readdirSync(folder).find((each) => each.startsWith(name))!;
  const events = JSON.parse(readFileSync(path.join(folder, file), "utf8")) as {
    cat: string;
    name: string;
    args?: { provider?: string; op_name?: string };
  }[];
  const counts: Record<string, number> = {};
  for (const { cat, args, name: event } of events) {
    if (cat !== "Node" || !event.endsWith("_kernel_time") || !args?.provider) continue;
    const key = args.provider === "WebGpuExecutionProvider" ? "webgpu" : `${args.provider}:${args.op_name}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

async function runCase(name: string): Promise<number> {
  const operatorCase = operatorCases.find((each) => each.name === name)!;
  const graph = caseGraph(operatorCase);
  const executable = await onnxEngine.compile(caseProgram(graph), { device: "webgpu", threads: 1 });
  const feeds = caseFeeds(operatorCase, graph, 3);
  const got = await executable.run("run", feeds);
  open.push(executable);
  const wanted = Object.entries(evaluateGraph(graph, feeds));
  return Math.max(...wanted.map(([output, { data }]) => distance(got[output]!.data, data)));
}

const [folder, ...wanted] = process.argv.slice(2) as [string, ...string[]];
const trained: Record<string, unknown> = {};
for (const name of Object.keys(models) as ModelName[]) {
  const program = trainingProgram(name);
  const [cpu, webgpu] = [await train(program, name, "cpu"), await train(program, name, "webgpu")];
  trained[name] = { cpu, webgpu, nodes: await countNodes(program, name, folder) };
}
const cases: Record<string, number> = {};
const names = wanted.includes("all") ? operatorCases.map((each) => each.name) : wanted;
for (const name of names) cases[name] = await runCase(name);
for (const executable of open) await executable.dispose();
console.log(JSON.stringify({ trained, cases }));
