/**
 * A run looked into: weights and gradients at its last checkpoint, and single rows with what the model makes of them. Enter: a run's folder and
 * engines; leave: numbers of bounded size. Worked out beside the run, from its files: a run that goes is not disturbed by who looks.
 */
import {
  type DatasetManifest,
  type Executable,
  isLeptonError,
  LeptonError,
  type Program,
  type RunSpec,
  type Sample,
  type SamplesView,
  type SplitName,
  type TensorStatistics,
  type WeightsView,
} from "@lepton/contract";
import { rowsOfFile, type SourceRequest } from "../features/source-rows.ts";
import type { Plugins } from "../plugins.ts";
import { readManifest, readSplit, type SplitArrays } from "./arrays.ts";
import { createBatches } from "./batches.ts";
import { readCheckpoint, readWeights } from "./checkpoint.ts";
import { histogramOf } from "./curves.ts";
import { evaluateSplit } from "./evaluate-split.ts";
import { indexOfLargest } from "./metrics.ts";
import { programOfSpec } from "./model-of-spec.ts";
import { openExecutable } from "./open-executable.ts";
import { epochOrder, stepFeeds } from "./random-feeds.ts";
import { datasetFolder, readSpec } from "./run-folder.ts";
import { imageOf, pixelsOf } from "./sample-pixels.ts";

const mostParameters = 60;
const weightBins = 40;
const judgedRows = 1000;
const mostSamples = 24;
const mostFeatures = 12;
const mostColumns = 24;

interface Opened {
  readonly spec: RunSpec;
  readonly manifest: DatasetManifest;
  readonly data: string;
  readonly program: Program;
  readonly executable: Executable;
}

async function withProgram<T>(folder: string, plugins: Plugins, use: (opened: Opened) => Promise<T>): Promise<T> {
  const spec = readSpec(folder);
  const data = datasetFolder(folder, spec);
  const manifest = readManifest(data);
  const program = await programOfSpec(spec, folder, manifest);
  const { executable } = await openExecutable(plugins, program, { ...spec, threads: 1 }); // the run needs the other cores
  try {
    return await use({ spec, manifest, data, program, executable });
  } finally {
    await executable.dispose();
  }
}

/** @throws LEPTON_CHECKPOINT when there is no checkpoint yet */
export function weightsOf(folder: string, plugins: Plugins): Promise<WeightsView> {
  const checkpoint = readCheckpoint(folder);
  if (!checkpoint) {
    throw new LeptonError(
      "LEPTON_CHECKPOINT",
      "this run has no checkpoint yet, so there are no weights to show; ask again in a moment.",
    );
  }
  const { step, epoch } = checkpoint.position;
  return withProgram(folder, plugins, async (opened) => {
    const { spec, program, executable, manifest, data } = opened;
    await executable.load(checkpoint.state);
    const train = readSplit(data, manifest, "train");
    const rows = Math.min(spec.batchSize, train.rows);
    const batch = createBatches(train, manifest.rowShape, rows, spec.classWeights);
    const feeds = batch.gather(epochOrder(spec.seed, epoch, train.rows), 0, rows);
    const entry = program.entries["gradients"]!;
    const outputs = await executable.run("gradients", stepFeeds(entry, feeds, spec.seed, step, 0));
    const all = program.state.filter(({ role }) => role === "parameter");
    const parameters = all.slice(0, mostParameters).map(({ name, shape }) => {
      const gradient = outputs[`gradient.${name}`];
      return {
        name,
        shape,
        weight: statisticsOf(checkpoint.state[name]!.data as Float32Array),
        gradient: gradient ? statisticsOf(gradient.data as Float32Array) : null,
      };
    });
    return { step, epoch, rows, parameters, more: all.length - parameters.length };
  });
}

/** Mean and population deviation of the finite values. */
export function statisticsOf(values: Float32Array): TensorStatistics {
  let [count, sum, square] = [0, 0, 0];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    count++;
    sum += value;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const mean = sum / count;
  for (const value of values) if (Number.isFinite(value)) square += (value - mean) ** 2;
  const known = count > 0;
  return {
    mean: known ? mean : null,
    deviation: known ? Math.sqrt(square / count) : null,
    low: known ? low : null,
    high: known ? high : null,
    notFinite: values.length - count,
    histogram: histogramOf(values, weightBins),
  };
}

/**
 * Of test rows, else of validation rows, the first thousand.
 *
 * @param notebook  the notebook's folder, where the path of the data set's file starts
 * @throws          LEPTON_CHECKPOINT, LEPTON_DATA_EMPTY
 */
export function samplesOf(folder: string, plugins: Plugins, notebook: string): Promise<SamplesView> {
  return withProgram(folder, plugins, async ({ spec, manifest, data, program, executable }) => {
    const split: SplitName = manifest.rows.test > 0 ? "test" : "validation";
    if (manifest.rows[split] === 0) {
      throw new LeptonError(
        "LEPTON_DATA_EMPTY",
        `data set ${manifest.name} has no test and no validation rows to show.`,
      );
    }
    await executable.load(readWeights(folder));
    const arrays = firstRows(readSplit(data, manifest, split), judgedRows);
    const { outputs } = await evaluateSplit(executable, program.entries["evaluate"]!, arrays, manifest.rowShape, spec);
    const judged = judge(spec.task, outputs, arrays);
    const image = imageOf(manifest.rowShape);
    const features = image ? [] : featureNames(manifest, arrays.rowSize);
    const chosen = choose(judged);
    const source = { verb: "samples", manifest, folder: data, split, notebook, plugins };
    const known = image ? null : await ownValues(source, chosen);
    const samples = chosen.map((one, at): Sample => {
      const x = arrays.x.subarray(one.row * arrays.rowSize, (one.row + 1) * arrays.rowSize);
      const shown = image ? { pixels: pixelsOf(x, manifest.rowShape) } : { values: [...x.slice(0, features.length)] };
      const word = (value: number) =>
        spec.task === "regression" ? short(value) : (manifest.target.classes?.[value] ?? String(value));
      const { row, probability, isRight } = one;
      const answer = { row, actual: word(one.actual), predicted: word(one.predicted), probability, isRight };
      return { ...answer, ...shown, ...(known ? { raw: known.rows[at]! } : {}) };
    });
    return { split, task: spec.task, image, features, ...(known ? { columns: known.columns } : {}), samples };
  });
}

/** The rows' values as the user's file has them; null where there is no file, it is another one by now, or cannot be read. */
async function ownValues(source: SourceRequest, chosen: readonly Judged[]) {
  const columns = source.manifest.columns.slice(0, mostColumns).map(({ name }) => name);
  if (source.manifest.source.kind !== "file" || columns.length === 0) return null;
  try {
    const rows = await rowsOfFile(
      source,
      chosen.map(({ row }) => row),
      columns,
    );
    return { columns, rows };
  } catch (error) {
    if (isLeptonError(error)) return null; // training's own numbers are shown instead
    throw error;
  }
}

interface Judged {
  readonly row: number;
  readonly actual: number;
  readonly predicted: number;
  readonly probability: number | null;
  readonly isRight: boolean | null;
  /** How wrong: larger is worse. */
  readonly wrong: number;
}

/** Each row's answer; of several targets the first. */
function judge(task: RunSpec["task"], outputs: Float32Array, arrays: SplitArrays): Judged[] {
  const width = outputs.length / arrays.rows;
  return Array.from({ length: arrays.rows }, (_, row) => {
    const actual = arrays.y[row * arrays.targetSize]!;
    const given = outputs.subarray(row * width, (row + 1) * width);
    if (task === "regression") {
      return {
        row,
        actual,
        predicted: given[0]!,
        probability: null,
        isRight: null,
        wrong: Math.abs(given[0]! - actual),
      };
    }
    const [predicted, probability] = answerOf(given);
    const isRight = predicted === actual;
    return { row, actual, predicted, probability, isRight, wrong: isRight ? 0 : probability };
  });
}

/** The class of the largest probability, and that probability. */
function answerOf(logits: Float32Array): readonly [number, number] {
  if (logits.length === 1) {
    const positive = 1 / (1 + Math.exp(-logits[0]!));
    return logits[0]! > 0 ? [1, positive] : [0, 1 - positive];
  }
  const best = indexOfLargest(logits);
  const sum = logits.reduce((total, value) => total + Math.exp(value - logits[best]!), 0);
  return [best, 1 / sum];
}

/** Half of them the worst mistakes, the others evenly from the rest. */
function choose(judged: readonly Judged[]): readonly Judged[] {
  const worst = judged
    .filter(({ wrong }) => wrong > 0)
    .sort((a, b) => b.wrong - a.wrong)
    .slice(0, mostSamples / 2);
  const others = judged.filter((one) => !worst.includes(one));
  const wanted = Math.min(others.length, mostSamples - worst.length);
  const even = Array.from({ length: wanted }, (_, at) => others[Math.floor((at * others.length) / wanted)]!);
  return [...worst, ...even];
}

function firstRows(arrays: SplitArrays, most: number): SplitArrays {
  const rows = Math.min(arrays.rows, most);
  return {
    ...arrays,
    rows,
    x: arrays.x.subarray(0, rows * arrays.rowSize),
    y: arrays.y.subarray(0, rows * arrays.targetSize),
  };
}

function featureNames(manifest: DatasetManifest, count: number): readonly string[] {
  return Array.from({ length: Math.min(mostFeatures, count) }, (_, at) => manifest.features[at] ?? `x${at}`);
}

function short(value: number): string {
  return String(Number(value.toPrecision(5)));
}
