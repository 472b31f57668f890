/**
 * Our side of the training bench, in a process of its own like a run's, with the engine named on its command line. Enters: a line with the model's name
 * and a number of steps; leaves: a line with milliseconds a step, taken round the product's loop (gathering, feeds, the engine, sums) with a fresh position.
 */
import { createInterface } from "node:readline";
import type { ModelSpec, RunSpec, Task } from "@lepton/contract";
import onnx from "@lepton/engine-onnx";
import torch from "@lepton/engine-torch";
import { initialState, normal, words } from "@lepton/graph";
import { type ModelFunction, namedModel } from "../../../magics/nn/index.ts";
import type { SplitArrays } from "../../../magics/train/arrays.ts";
import { startPosition } from "../../../magics/train/checkpoint.ts";
import { type TrainJob, train } from "../../../magics/train/loop.ts";
import { namedLoss } from "../../../magics/train/losses.ts";
import { trainingProgram } from "../../../magics/train/program.ts";
import { threadsFor } from "../../../magics/train/thread-count.ts";
import { threadsFor as torchThreads } from "../../../plugins/engine-torch/threads.ts";

const batches = 40;
/** Where the product takes all cores. */
const threads = 2;
const engine = { onnx, torch }[process.argv[2] ?? "onnx"]!.engines[0]!;
const adam = { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

interface Case {
  readonly model: ModelFunction;
  readonly batchSize: number;
  readonly task: Task;
  readonly rowShape: readonly number[];
  readonly outputs: number;
}

const cases: Readonly<Record<string, Case>> = {
  mlp: {
    model: named({ kind: "mlp", hidden: [64, 64], activation: "relu", dropout: 0, batchNorm: false }, 1),
    batchSize: 128,
    task: "regression",
    rowShape: [32],
    outputs: 1,
  },
  cnn: {
    model: named({ kind: "cnn", filters: [32, 64], hidden: [64], dropout: 0, batchNorm: false }, 10),
    batchSize: 128,
    task: "multiclass",
    rowShape: [28, 28, 1],
    outputs: 10,
  },
  lstm: {
    model: (x, nn) => nn.dense(nn.lstm(x, 64).state.hidden, 1),
    batchSize: 64,
    task: "regression",
    rowShape: [32, 16],
    outputs: 1,
  },
  transformer: {
    // One pre-LN block, then the mean over time.
    model(x, nn) {
      const attended = x.add(nn.multiHeadAttention(nn.layerNorm(x), 4));
      const wide = nn.dense(nn.layerNorm(attended), 512, { activation: "gelu" });
      return nn.dense(attended.add(nn.dense(wide, 128)).mean({ axes: [1] }), 10);
    },
    batchSize: 16,
    task: "multiclass",
    rowShape: [64, 128],
    outputs: 10,
  },
};

function named(spec: Exclude<ModelSpec, { kind: "module" }>, outputs: number): ModelFunction {
  return namedModel(spec, outputs);
}

async function prepare(name: string): Promise<(steps: number) => Promise<number>> {
  const { model, task, rowShape, outputs, batchSize } = cases[name]!;
  const loss = namedLoss({ kind: task === "regression" ? "mse" : "ce" });
  const program = trainingProgram(model, {
    task,
    rowShape,
    outputs,
    loss,
    optimizer: adam,
    l2: 0,
    weighted: false,
  });
  // As a run whose user says nothing about threads: one for the small MLP, all for the others.
  const chosen = engine.name === "torch" ? torchThreads(program, 0) : threadsFor(program, { threads: 0, batchSize });
  const executable = await engine.compile(program, { device: "cpu", threads: chosen || threads });
  await executable.load(initialState(program, 1));
  const arrays = randomArrays(task, rowShape, outputs, batchSize * batches);
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
      hold: () => null,
      stopReason: () => null,
      seconds: () => (performance.now() - started) / 1000,
      progressWanted: () => false,
    };
    const outcome = await train(job);
    if (outcome.state !== "finished") throw new Error(outcome.reason ?? outcome.state);
    return (performance.now() - started) / steps;
  };
}

function randomArrays(task: Task, rowShape: readonly number[], outputs: number, rows: number): SplitArrays {
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
