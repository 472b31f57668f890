/**
 * A training without training: what its layers give, how many numbers it learns, what memory it may take, and the loss of its first batch. Enters: a folder
 * with a spec; leaves: plain numbers. Nothing is written. Apart from the run itself, which starts with none of this.
 */
import type { Entry, Program, RunSpec } from "@lepton/contract";
import { GraphBuilder } from "@lepton/graph";
import { createNn, type LayerMade, ModelContext } from "../nn/index.ts";
import type { Plugins } from "../plugins.ts";
import { readManifest, readSplit, type SplitArrays } from "./arrays.ts";
import { createBatches } from "./batches.ts";
import { startState } from "./given-weights.ts";
import { modelFunctionOf, outputsOf, programOfSpec } from "./model-of-spec.ts";
import { type Opened, openExecutable } from "./open-executable.ts";
import { epochOrder, stepFeeds } from "./random-feeds.ts";
import { datasetFolder, readSpec } from "./run-folder.ts";
import { learningRateAt } from "./schedule.ts";
import { parameterCount, threadsFor } from "./thread-count.ts";

export interface Rehearsal {
  readonly name: string;
  readonly engine: string;
  readonly device: string;
  readonly layers: readonly LayerMade[];
  readonly parameters: number;
  /** The most that weights, optimiser, gradients and a batch's intermediate numbers take; engines reuse memory and take less. */
  readonly memoryBytes: number;
  readonly batchSize: number;
  /** Of the first batch, before any step. */
  readonly loss: number;
  readonly stepMs: number;
}

/** What trying a spec out needs: everything that a run has before its first step. */
export interface Prepared {
  readonly spec: RunSpec;
  readonly program: Program;
  readonly opened: Opened;
  readonly train: SplitArrays;
  readonly rowShape: readonly number[];
}

/** @throws what building the model, choosing a device and compiling throw. Dispose of `opened.executable` afterwards. */
export async function prepare(folder: string, plugins: Plugins): Promise<Prepared> {
  const spec = readSpec(folder);
  const data = datasetFolder(folder, spec);
  const manifest = readManifest(data);
  const program = await programOfSpec(spec, folder, manifest);
  const opened = await openExecutable(plugins, program, { ...spec, threads: threadsFor(program, spec) });
  await opened.executable.load(startState(program, spec, folder));
  return { spec, program, opened, train: readSplit(data, manifest, "train"), rowShape: manifest.rowShape };
}

export async function rehearse(folder: string, plugins: Plugins): Promise<Rehearsal> {
  const { spec, program, opened, train, rowShape } = await prepare(folder, plugins);
  try {
    const batchSize = Math.min(spec.batchSize, train.rows);
    const entry = program.entries["train"]!;
    const batch = createBatches(train, rowShape, batchSize, spec.classWeights).gather(
      epochOrder(spec.seed, 0, train.rows),
      0,
      batchSize,
    );
    const rate = learningRateAt(spec, 0, 1);
    const step = () => opened.executable.run("train", stepFeeds(entry, batch, spec.seed, 0, rate));
    const loss = Number((await step()).loss!.data[0]); // the first step also compiles
    const from = performance.now();
    await step();
    return {
      name: spec.name,
      engine: opened.engine,
      device: opened.device,
      layers: await layersOf(folder, spec),
      parameters: parameterCount(program),
      memoryBytes: memoryOf(program, entry, batchSize),
      batchSize,
      loss,
      stepMs: performance.now() - from,
    };
  } finally {
    await opened.executable.dispose();
  }
}

/** The model built once more, for its layers in the order in which they were made. */
async function layersOf(folder: string, spec: RunSpec): Promise<readonly LayerMade[]> {
  const manifest = readManifest(datasetFolder(folder, spec));
  const model = await modelFunctionOf(spec, folder, manifest);
  const builder = new GraphBuilder();
  const context = new ModelContext(builder, "train");
  const args = spec.model.kind === "module" ? spec.model.args : {};
  model(builder.input("x", "f32", ["B", ...manifest.rowShape]), createNn(context), {
    ...args,
    outputs: outputsOf(manifest),
  });
  return context.layersMade();
}

const bytesOf = { f32: 4, i32: 4, f64: 8, i64: 8, bool: 1 } as const;

/** State twice (old and new values) and every value of a step once. */
function memoryOf(program: Program, { graph }: Entry, rows: number): number {
  const sizeOf = (shape: readonly (number | string)[]) =>
    shape.reduce<number>(
      (size, dim) => size * (typeof dim === "number" ? dim : rows * Number(/^\d+/.exec(dim)?.[0] ?? 1)),
      1,
    );
  const state = program.state.reduce((sum, { dtype, shape }) => sum + 2 * bytesOf[dtype] * sizeOf(shape), 0);
  const values = Object.values(graph.values).reduce((sum, { dtype, shape }) => sum + bytesOf[dtype] * sizeOf(shape), 0);
  return state + values;
}
