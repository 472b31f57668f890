/**
 * Metrics of predictions. Enter: raw model outputs (logits or values) and targets of one split; leave: numbers by name and the confusion matrix.
 * Apart because training, evaluation, sweeps and cards share it. Definitions are scikit-learn's; test/golden/make_metrics.py makes what the tests expect.
 */
import type { Metrics, Task } from "@lepton/contract";

/** Outputs and targets of N rows. */
export interface Predictions {
  readonly task: Task;
  /** regression [N, K] values; binary [N] logits; multiclass [N, K] logits. */
  readonly outputs: Float32Array;
  /** regression [N, K]; binary [N] 0 or 1; multiclass [N] class indices. */
  readonly targets: Float32Array | Int32Array;
  /** K; 1 for binary. */
  readonly width: number;
}

/** Names of the metrics of a task besides "loss", in the order they are shown. */
export const metricNames: Readonly<Record<Task, readonly string[]>> = {
  regression: ["mse", "mae", "r2"],
  binary: ["accuracy", "precision", "recall", "f1", "rocAuc"],
  multiclass: ["accuracy", "precision", "recall", "f1"],
};

/** True where a larger value is better. */
export function largerIsBetter(metric: string): boolean {
  return !["loss", "mse", "mae"].includes(metric);
}

/** All metrics of a task. precision, recall and f1 are of the positive class for binary, the mean over classes ("macro") for multiclass. */
export function measure(predictions: Predictions): Metrics {
  if (predictions.task === "regression") return measureRegression(predictions);
  const counts = confusionMatrix(predictions);
  const scores = classScores(counts);
  if (predictions.task === "binary") {
    return { accuracy: accuracy(counts), ...scores[1]!, rocAuc: rocAuc(predictions.outputs, predictions.targets) };
  }
  const macro = (name: "precision" | "recall" | "f1") =>
    scores.reduce((sum, score) => sum + score[name], 0) / scores.length;
  return { accuracy: accuracy(counts), precision: macro("precision"), recall: macro("recall"), f1: macro("f1") };
}

/** The largest logit whose probability is 0.5 as f32: sigmoid(z) = 0.5 + z/4, and the next f32 above 0.5 is 0.5 + 2^-24. */
const evenLogit = 2 ** -23;

/**
 * The class of each row. Two classes: class 1 where its probability, the f32 that a deployment answers with, is above 0.5 (at 0.5 both are as likely, and
 * the first class is taken). Many: the largest logit wins, the first of equal ones.
 *
 * @source scikit-learn's predict; a deployment's answer follows the same rule (plugins/server/answer.ts)
 */
export function predictedClasses(outputs: Float32Array, width: number): Int32Array {
  const classes = new Int32Array(outputs.length / width);
  for (let row = 0; row < classes.length; row++)
    classes[row] = width === 1 ? Number(outputs[row]! > evenLogit) : indexOfLargest(outputs, row * width, width);
  return classes;
}

/** Which of `count` values from `start` on is the largest: the first of equal ones. */
export function indexOfLargest(values: ArrayLike<number>, start = 0, count = values.length): number {
  let best = 0;
  for (let k = 1; k < count; k++) if (values[start + k]! > values[start + best]!) best = k;
  return best;
}

/** Rows counted by [true class][predicted class]. */
export function confusionMatrix(predictions: Predictions): number[][] {
  const classes = Math.max(2, predictions.width);
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const predicted = predictedClasses(predictions.outputs, predictions.width);
  for (let row = 0; row < predicted.length; row++) {
    const cells = counts[predictions.targets[row]!];
    if (cells) cells[predicted[row]!]!++;
  }
  return counts;
}

function accuracy(counts: readonly (readonly number[])[]): number {
  let right = 0;
  let all = 0;
  counts.forEach((cells, truth) => {
    cells.forEach((count, guess) => {
      all += count;
      if (truth === guess) right += count;
    });
  });
  return right / all;
}

/** precision = TP / (TP + FP), recall = TP / (TP + FN), f1 their harmonic mean; 0 where a denominator is 0 (scikit-learn's zero_division=0). */
function classScores(counts: readonly (readonly number[])[]): { precision: number; recall: number; f1: number }[] {
  return counts.map((cells, k) => {
    const hits = cells[k]!;
    const guessed = counts.reduce((sum, other) => sum + other[k]!, 0);
    const there = cells.reduce((sum, count) => sum + count, 0);
    return {
      precision: guessed > 0 ? hits / guessed : 0,
      recall: there > 0 ? hits / there : 0,
      f1: guessed + there > 0 ? (2 * hits) / (guessed + there) : 0,
    };
  });
}

/**
 * Area under the ROC curve by ranks: (sum of the positives' ranks - P(P + 1)/2) / (P N), ties share their mean rank.
 *
 * @param scores  [N], larger means more likely positive
 * @param targets [N], 0 or 1
 * @returns       in [0, 1]; NaN when only one class is there
 * @source        Mann and Whitney 1947; equal to scikit-learn's roc_auc_score
 */
export function rocAuc(scores: Float32Array, targets: ArrayLike<number>): number {
  const order = Uint32Array.from(scores, (_, index) => index).sort((a, b) => scores[a]! - scores[b]!);
  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) end++;
    const rank = (start + 1 + end) / 2;
    for (let at = start; at < end; at++) {
      if (targets[order[at]!] === 1) {
        positives++;
        rankSum += rank;
      }
    }
    start = end;
  }
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) return Number.NaN;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** mse and mae over all N x K values; r2 = 1 - SS_res / SS_tot, the mean over K columns ("uniform_average"); NaN when a column is constant. */
function measureRegression({ outputs, targets, width }: Predictions): Metrics {
  const rows = outputs.length / width;
  let squared = 0;
  let absolute = 0;
  let r2 = 0;
  for (let k = 0; k < width; k++) {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += targets[row * width + k]!;
    const mean = sum / rows;
    let residual = 0;
    let total = 0;
    for (let row = 0; row < rows; row++) {
      const target = targets[row * width + k]!;
      const error = outputs[row * width + k]! - target;
      residual += error * error;
      absolute += Math.abs(error);
      total += (target - mean) ** 2;
    }
    squared += residual;
    r2 += total > 0 ? 1 - residual / total : Number.NaN;
  }
  return { mse: squared / outputs.length, mae: absolute / outputs.length, r2: r2 / width };
}
