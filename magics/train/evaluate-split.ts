/**
 * A model's outputs, loss and metrics over a whole split. Enter: an executable and arrays; leave: numbers by name. Apart because the loop, the end
 * of a run and the verb `evaluate` measure in the same way.
 */
import type { Entry, Executable, Metrics, RunSpec } from "@lepton/contract";
import type { SplitArrays } from "./arrays.ts";
import { createBatches } from "./batches.ts";
import { confusionMatrix, measure } from "./metrics.ts";
import { stepFeeds } from "./random-feeds.ts";
import { turnIfDue } from "./turn.ts";

export interface Evaluation {
  readonly metrics: Metrics;
  /** [N, K] row-major. */
  readonly outputs: Float32Array;
  /** [true class][predicted class]; null for regression. */
  readonly confusion: readonly (readonly number[])[] | null;
}

/** Numbers of x in a batch of evaluation, so that a convolution's intermediate tensors stay small. */
const batchNumbers = 262_144;

/** Every row weighs 1 in the loss, also where training has class weights. */
export async function evaluateSplit(
  executable: Executable,
  entry: Entry,
  arrays: SplitArrays,
  rowShape: readonly number[],
  spec: Pick<RunSpec, "task" | "seed">,
): Promise<Evaluation> {
  const largest = Math.max(1, Math.min(arrays.rows, 4096, Math.floor(batchNumbers / arrays.rowSize)));
  const batches = createBatches(arrays, rowShape, largest, null);
  let lossSum = 0;
  let outputs = new Float32Array(0);
  for (let from = 0; from < arrays.rows; from += largest) {
    const turn = turnIfDue();
    if (turn) await turn;
    const rows = Math.min(largest, arrays.rows - from);
    const results = await executable.run(
      "evaluate",
      stepFeeds(entry, batches.gather(null, from, rows), spec.seed, 0, 0),
    );
    const part = results.prediction!.data as Float32Array;
    const width = part.length / rows;
    if (from === 0) outputs = new Float32Array(arrays.rows * width);
    outputs.set(part, from * width);
    lossSum += Number(results.loss!.data[0]) * rows;
  }
  const predictions = { task: spec.task, outputs, targets: arrays.y, width: outputs.length / arrays.rows };
  return {
    metrics: { loss: lossSum / arrays.rows, ...measure(predictions) },
    outputs,
    confusion: spec.task === "regression" ? null : confusionMatrix(predictions),
  };
}
