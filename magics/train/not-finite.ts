/**
 * Which layer made the first number that is not finite. Enter: a run that has just failed, and its last checkpoint or its seed; leaves: a sentence. The steps
 * since then are taken once more, which gives the same numbers, and the last one shows every layer's output. Apart because it runs only after a failure.
 */
import type { Entry, Executable, GraphNode, Program, TensorData } from "@lepton/contract";
import { createBatches, type Feeds } from "./batches.ts";
import { readCheckpoint, startPosition } from "./checkpoint.ts";
import { startState } from "./given-weights.ts";
import { stepsPerEpoch, type TrainJob, takeStep } from "./loop.ts";
import { epochOrder, stepFeeds } from "./random-feeds.ts";
import { learningRateAt } from "./schedule.ts";
import { turnIfDue } from "./turn.ts";

/** Milliseconds that may go into taking steps once more. */
const patienceMs = 20_000;

/**
 * @param job      its position is that of the step that failed
 * @param compile  a program on the run's engine and device
 * @returns        null where the cause is not found: too many steps to take again, or a GPU that gave other numbers this time
 */
export async function whereNotFinite(
  job: TrainJob,
  program: Program,
  folder: string,
  compile: (program: Program) => Promise<Executable>,
): Promise<string | null> {
  const failed = { ...job.position };
  const from = readCheckpoint(folder);
  const at = from?.position ?? startPosition();
  await job.executable.load(from?.state ?? startState(program, job.spec, folder));
  const feeds = await replay({ ...job, position: at }, failed.step);
  if (!feeds) return null;
  const state = await job.executable.state();
  const weight = firstBad(Object.entries(state));
  if (weight) return `${weight.name} became ${weight.value} in the update of step ${failed.step}`;
  const input = firstBad(Object.entries(feeds));
  if (input) return `the batch itself has ${input.value} in ${input.name}`;
  return await layerOf(program, feeds, state, compile);
}

/** Steps from the position to `end`; resolves to the feeds of the step after. */
async function replay(job: TrainJob, end: number): Promise<Feeds | null> {
  const { spec, position: at } = job;
  const perEpoch = stepsPerEpoch(job.train.rows, spec.batchSize);
  const batches = createBatches(job.train, job.rowShape, spec.batchSize, spec.classWeights);
  const started = performance.now();
  for (;;) {
    if (at.stepInEpoch === perEpoch) [at.epoch, at.stepInEpoch] = [at.epoch + 1, 0];
    const first = at.stepInEpoch * spec.batchSize;
    const order = epochOrder(spec.seed, at.epoch, job.train.rows);
    const batch = batches.gather(order, first, Math.min(spec.batchSize, job.train.rows - first));
    const rate = learningRateAt(spec, at.step, perEpoch * spec.epochs);
    if (at.step === end) return stepFeeds(job.entries.train, batch, spec.seed, at.step, rate);
    if (performance.now() - started > patienceMs) return null;
    await takeStep(job, batch, rate, perEpoch);
    const turn = turnIfDue();
    if (turn) await turn;
    at.step++;
    at.stepInEpoch++;
  }
}

/** The first layer, in the order of computation, with an output that is not finite. */
async function layerOf(
  program: Program,
  feeds: Feeds,
  state: Readonly<Record<string, TensorData>>,
  compile: (program: Program) => Promise<Executable>,
): Promise<string | null> {
  const { entry, labels } = watched(program.entries["train"]!);
  const executable = await compile({ ...program, entries: { ...program.entries, watch: entry } });
  try {
    await executable.load(state);
    const outputs = await executable.run("watch", feeds);
    const bad = firstBad([...labels.keys()].map((name) => [name, outputs[name]!]));
    return bad && `${labels.get(bad.name)} gave ${bad.value}`;
  } finally {
    await executable.dispose();
  }
}

/** The step with every float value as an output, in the order of the nodes, and no state written. */
function watched({ graph, feeds, reads }: Entry): { entry: Entry; labels: Map<string, string> } {
  const labels = new Map<string, string>();
  const made = graph.nodes.flatMap((node) => node.outputs.map((id) => [id, node] as const));
  const seen = made.filter(([id]) => graph.values[id]!.dtype === "f32");
  const outputs = seen.map(([value], index) => ({ name: `watch${index}`, value }));
  for (const [index, [, node]] of seen.entries()) labels.set(`watch${index}`, placeOf(node));
  return {
    entry: { graph: { ...graph, outputs }, feeds, reads, writes: {}, outputs: outputs.map(({ name }) => name) },
    labels,
  };
}

function placeOf({ label, op }: GraphNode): string {
  if (label === undefined) return `the model's ${op}`;
  return label.startsWith("gradient of ") ? `the ${label} (${op})` : `layer ${label} (${op})`;
}

function firstBad(tensors: readonly (readonly [string, TensorData])[]): { name: string; value: number } | null {
  for (const [name, { data }] of tensors) {
    if (!(data instanceof Float32Array)) continue;
    const value = data.find((one) => !Number.isFinite(one));
    if (value !== undefined) return { name, value };
  }
  return null;
}
