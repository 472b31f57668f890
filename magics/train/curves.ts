/**
 * How predictions turned out, as pictures need it: ROC, precision against recall, calibration, predicted against actual, residuals. Enter: raw outputs
 * and targets of one split; leave: curves of bounded size. Numbers (areas, scores) are of all rows; only the points drawn are thinned.
 * Definitions are scikit-learn's; test/golden/curves.json was made with it.
 */
import type { ClassCurves, Histogram, RunCurves, SplitName, TargetCurves } from "@lepton/contract";
import { confusionMatrix, type Predictions } from "./metrics.ts";
import { thin } from "./thin.ts";

const mostPoints = 100;
const mostClasses = 10;
const mostTargets = 4;
const mostRows = 300;
const calibrationBins = 10;
const residualBins = 40;

/** @param names  classes in the order of their codes, or the target's name for a regression */
export function curvesOf(predictions: Predictions, split: SplitName, names: readonly string[]): RunCurves {
  const rows = predictions.outputs.length / predictions.width;
  if (predictions.task === "regression") {
    const targets = Array.from({ length: Math.min(mostTargets, predictions.width) }, (_, k) =>
      targetCurves(
        predictions,
        k,
        rows,
        predictions.width === 1 ? (names[0] ?? "target") : `${names[0] ?? "target"} ${k}`,
      ),
    );
    return { split, rows, classes: [], targets, confusion: null };
  }
  const counts = confusionMatrix(predictions);
  const nameOf = (k: number) => names[k] ?? String(k);
  const classes = shownClasses(predictions).map((k) => {
    const truth = Uint8Array.from({ length: rows }, (_, row) => (predictions.targets[row] === k ? 1 : 0));
    return classCurves(nameOf(k), probabilities(predictions, k), truth);
  });
  return { split, rows, classes, targets: [], confusion: { classes: counts.map((_, k) => nameOf(k)), counts } };
}

/** The positive class of two, or the most frequent ones, in the order of their codes. */
function shownClasses({ width, targets }: Predictions): readonly number[] {
  if (width === 1) return [1];
  const rows = new Array<number>(width).fill(0);
  for (const target of targets) rows[target]! += 1;
  const all = rows.map((_, k) => k).sort((a, b) => rows[b]! - rows[a]!);
  return all.slice(0, mostClasses).sort((a, b) => a - b);
}

/** P(class k) of each row: the sigmoid of a logit, or the softmax of a row of logits. */
function probabilities({ outputs, width }: Predictions, k: number): Float64Array {
  const rows = outputs.length / width;
  const found = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    if (width === 1) {
      found[row] = 1 / (1 + Math.exp(-outputs[row]!));
      continue;
    }
    let sum = 0;
    for (let other = 0; other < width; other++)
      sum += Math.exp(outputs[row * width + other]! - outputs[row * width + k]!);
    found[row] = 1 / sum;
  }
  return found;
}

/** @param scores [N] probabilities  @param truth [N], 0 or 1 */
export function classCurves(name: string, scores: Float64Array, truth: Uint8Array): ClassCurves {
  const { truePositives, falsePositives } = countsByThreshold(scores, truth);
  const positives = truePositives.at(-1) ?? 0;
  const negatives = falsePositives.at(-1) ?? 0;
  const falsePositiveRate = [0, ...falsePositives.map((count) => count / Math.max(1, negatives))];
  const truePositiveRate = [0, ...truePositives.map((count) => count / Math.max(1, positives))];
  const recall = [0, ...truePositives.map((count) => count / Math.max(1, positives))];
  const precision = [1, ...truePositives.map((count, at) => count / (count + falsePositives[at]!))];
  const roc = thinned(falsePositiveRate, truePositiveRate);
  const pr = thinned(recall, precision);
  return {
    name,
    positives,
    rocAuc: positives > 0 && negatives > 0 ? areaUnder(falsePositiveRate, truePositiveRate) : null,
    averagePrecision: positives > 0 ? averagePrecision(recall, precision) : null,
    roc: { falsePositiveRate: roc.x, truePositiveRate: roc.y },
    pr: { recall: pr.x, precision: pr.y },
    calibration: calibration(scores, truth),
    brier: brier(scores, truth),
  };
}

/**
 * For each different score, from the largest down: positives and negatives with at least that score.
 *
 * @source scikit-learn's det_curve and roc_curve count so; ties are one threshold
 */
function countsByThreshold(scores: Float64Array, truth: Uint8Array) {
  const order = Uint32Array.from(scores, (_, index) => index).sort((a, b) => scores[b]! - scores[a]!);
  const truePositives: number[] = [];
  const falsePositives: number[] = [];
  let [hits, misses] = [0, 0];
  for (let at = 0; at < order.length; at++) {
    if (truth[order[at]!] === 1) hits++;
    else misses++;
    if (at + 1 < order.length && scores[order[at + 1]!] === scores[order[at]!]) continue;
    truePositives.push(hits);
    falsePositives.push(misses);
  }
  return { truePositives, falsePositives };
}

/** By the trapezoidal rule, as scikit-learn's auc. */
function areaUnder(x: readonly number[], y: readonly number[]): number {
  let area = 0;
  for (let at = 1; at < x.length; at++) area += ((x[at]! - x[at - 1]!) * (y[at]! + y[at - 1]!)) / 2;
  return area;
}

/** Sum of (R_n - R_{n-1}) P_n over thresholds, as scikit-learn's average_precision_score: no interpolation between points. */
function averagePrecision(recall: readonly number[], precision: readonly number[]): number {
  let sum = 0;
  for (let at = 1; at < recall.length; at++) sum += (recall[at]! - recall[at - 1]!) * precision[at]!;
  return sum;
}

/**
 * Mean predicted probability against the share of positives, in ten bins of equal width.
 *
 * @source DeGroot and Fienberg 1983 (reliability diagrams); bins as scikit-learn's calibration_curve(strategy="uniform"): a value at an edge belongs
 * to the bin at its left
 */
export function calibration(scores: Float64Array, truth: Uint8Array): ClassCurves["calibration"] {
  const sums = Array.from({ length: calibrationBins }, () => ({ rows: 0, score: 0, positives: 0 }));
  for (let row = 0; row < scores.length; row++) {
    const bin = sums[Math.max(0, Math.ceil(scores[row]! * calibrationBins) - 1)]!;
    bin.rows++;
    bin.score += scores[row]!;
    bin.positives += truth[row]!;
  }
  const filled = sums.filter(({ rows }) => rows > 0);
  return {
    predicted: filled.map(({ score, rows }) => short(score / rows)),
    observed: filled.map(({ positives, rows }) => short(positives / rows)),
    rows: filled.map(({ rows }) => rows),
  };
}

/** Mean squared distance of probability and truth. @source Brier 1950; scikit-learn's brier_score_loss */
function brier(scores: Float64Array, truth: Uint8Array): number {
  let sum = 0;
  for (let row = 0; row < scores.length; row++) sum += (scores[row]! - truth[row]!) ** 2;
  return sum / Math.max(1, scores.length);
}

/** The points to draw: both ends, and between them those of the largest triangles. */
function thinned(x: readonly number[], y: readonly number[]): { x: number[]; y: number[] } {
  const kept = thin(x, y, mostPoints);
  return { x: kept.map((at) => share(x[at]!)), y: kept.map((at) => share(y[at]!)) };
}

function share(value: number): number {
  return Number(value.toFixed(4));
}

function targetCurves({ outputs, targets, width }: Predictions, k: number, rows: number, name: string): TargetCurves {
  const every = Math.max(1, Math.ceil(rows / mostRows));
  const actual: number[] = [];
  const predicted: number[] = [];
  const residuals = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const [truth, guess] = [targets[row * width + k]!, outputs[row * width + k]!];
    residuals[row] = guess - truth;
    if (row % every > 0 || !Number.isFinite(guess) || !Number.isFinite(truth)) continue;
    actual.push(short(truth));
    predicted.push(short(guess));
  }
  return { name, actual, predicted, residuals: histogramOf(residuals, residualBins) };
}

/**
 * Finite values counted in bins of equal width between the lowest and the highest, the last bin closed at both ends; one bin of width 1 round a
 * single value.
 *
 * @source numpy.histogram
 */
export function histogramOf(values: ArrayLike<number>, bins: number): Histogram {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return { edges: [], counts: [] };
  if (low === high) return { edges: [low - 0.5, low + 0.5], counts: [finiteCount(values)] };
  const counts = new Array<number>(bins).fill(0);
  const width = (high - low) / bins;
  for (let at = 0; at < values.length; at++) {
    if (Number.isFinite(values[at]!)) counts[Math.min(bins - 1, Math.floor((values[at]! - low) / width))]! += 1;
  }
  return { edges: Array.from({ length: bins + 1 }, (_, at) => short(low + at * width)), counts };
}

function finiteCount(values: ArrayLike<number>): number {
  let count = 0;
  for (let at = 0; at < values.length; at++) if (Number.isFinite(values[at]!)) count++;
  return count;
}

/** Five digits. */
function short(value: number): number {
  return Number(value.toPrecision(5));
}
