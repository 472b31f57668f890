/**
 * Our side of the training bench, in a process of its own like a run's. Enters: a line with the model's name and a number of steps; leaves: a line with
 * milliseconds a step, taken round the product's loop (gathering, feeds, onnxruntime, sums) with a fresh position each time.
 */
import { createInterface } from "node:readline";
import type { ModelSpec, RunSpec, Task } from "@lepton/contract";
import onnx from "@lepton/engine-onnx";
import { initialState, normal, words } from "@lepton/graph";
import { namedModel } from "../../../magics/nn/index.ts";
import type { SplitArrays } from "../../../magics/train/arrays.ts";
import { startPosition } from "../../../magics/train/checkpoint.ts";
import { type TrainJob, train } from "../../../magics/train/loop.ts";
import { namedLoss } from "../../../magics/train/losses.ts";
import { trainingProgram } from "../../../magics/train/program.ts";

const batchSize = 128;
const batches = 40;
const threads = 2;
const adam = { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

interface Case {
  readonly model: Exclude<ModelSpec, { kind: "module" }>;
  readonly task: Task;
  readonly rowShape: readonly number[];
  readonly outputs: number;
}

const cases: Readonly<Record<string, Case>> = {
  mlp: {
    model: { kind: "mlp", hidden: [64, 64], activation: "relu", dropout: 0, batchNorm: false },
    task: "regression",
    rowShape: [32],
    outputs: 1,
  },
  cnn: {
    model: { kind: "cnn", filters: [32, 64], hidden: [64], dropout: 0, batchNorm: false },
    task: "multiclass",
    rowShape: [28, 28, 1],
    outputs: 10,
  },
};

async function prepare(name: string): Promise<(steps: number) => Promise<number>> {
  const { model, task, rowShape, outputs } = cases[name]!;
  const loss = namedLoss({ kind: task === "regression" ? "mse" : "ce" });
  const program = trainingProgram(namedModel(model, outputs), {
    task,
    rowShape,
    outputs,
    loss,
    optimizer: adam,
    l2: 0,
    weighted: false,
  });
  const executable = await onnx.engines[0]!.compile(program, { device: "cpu", threads });
  await executable.load(initialState(program, 1));
  const arrays = randomArrays(task, rowShape, outputs);
  const none: SplitArrays = { ...arrays, rows: 0, x: new Float32Array(0), y: arrays.y.slice(0, 0) };
  return async (steps) => {
    const epochs = steps / batches;
    const spec = {
      task,
      seed: 1,
      batchSize,
      epochs,
      learningRate: 1e-3,
      schedule: { kind: "constant" },
      classWeights: null,
      earlyStopping: null,
    } as unknown as RunSpec;
    const started = performance.now();
    const job: TrainJob = {
      spec,
      entries: { train: program.entries["train"]!, evaluate: program.entries["evaluate"]! },
      executable,
      rowShape,
      train: arrays,
      validation: none,
      position: startPosition(),
      emit: () => undefined,
      checkpointIfDue: async () => undefined,
      keepBest: async () => undefined,
      stopReason: () => null,
      seconds: () => (performance.now() - started) / 1000,
      progressWanted: () => false,
    };
    const outcome = await train(job);
    if (outcome.state !== "finished") throw new Error(outcome.reason ?? outcome.state);
    return (performance.now() - started) / steps;
  };
}

function randomArrays(task: Task, rowShape: readonly number[], outputs: number): SplitArrays {
  const rows = batchSize * batches;
  const rowSize = rowShape.reduce((product, dim) => product * dim, 1);
  const y =
    task === "multiclass"
      ? Int32Array.from(words(3, "feed", 0, 2, rows), (word) => word % outputs)
      : normal(3, 0, 2, rows);
  return { rows, rowSize, targetSize: 1, x: normal(3, 0, 1, rows * rowSize), y };
}

const ready = new Map<string, (steps: number) => Promise<number>>();
for await (const line of createInterface({ input: process.stdin })) {
  const [name = "", steps] = line.split(" ");
  if (!ready.has(name)) ready.set(name, await prepare(name));
  process.stdout.write(`${await ready.get(name)!(Number(steps))}\n`);
}
