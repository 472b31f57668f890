/**
 * 95 % intervals of test metrics from what a run keeps: the confusion matrix and the ROC-AUC. Enter: counts; leave: [low, high] by metric name.
 * Errors of a regression need the single predictions, which `card --by` computes; without them they are left out rather than guessed.
 */
import { uniform } from "@lepton/graph";
import { measure, type Predictions } from "../../train/metrics.ts";

export type Interval = readonly [low: number, high: number];
type Counts = readonly (readonly number[])[];

const z = 1.959963984540054;

/** @source Wilson 1927, "Probable inference, the law of succession, and statistical inference" */
export function wilson(hits: number, count: number): Interval {
  if (count === 0) return [0, 1];
  const p = hits / count;
  const middle = p + (z * z) / (2 * count);
  const half = z * Math.sqrt((p * (1 - p)) / count + (z * z) / (4 * count * count));
  const scale = 1 + (z * z) / count;
  return [Math.max(0, (middle - half) / scale), Math.min(1, (middle + half) / scale)];
}

/** @source Hanley and McNeil 1982, "The meaning and use of the area under a ROC curve" */
export function aucInterval(auc: number, positives: number, negatives: number): Interval {
  const q1 = auc / (2 - auc);
  const q2 = (2 * auc * auc) / (1 + auc);
  const spread = auc * (1 - auc) + (positives - 1) * (q1 - auc * auc) + (negatives - 1) * (q2 - auc * auc);
  const error = Math.sqrt(Math.max(0, spread) / (positives * negatives));
  return [Math.max(0, auc - z * error), Math.min(1, auc + z * error)];
}

/** precision, recall and F1 of one class; 0 where a denominator is 0. */
export function classScores(counts: Counts, k: number): { precision: number; recall: number; f1: number } {
  const hits = counts[k]![k]!;
  const guessed = counts.reduce((sum, row) => sum + row[k]!, 0);
  const there = counts[k]!.reduce((sum, one) => sum + one, 0);
  return {
    precision: guessed > 0 ? hits / guessed : 0,
    recall: there > 0 ? hits / there : 0,
    f1: guessed + there > 0 ? (2 * hits) / (guessed + there) : 0,
  };
}

/** Means over the classes. */
function macroScores(counts: Counts): Record<"precision" | "recall" | "f1", number> {
  const scores = counts.map((_, k) => classScores(counts, k));
  const mean = (name: "precision" | "recall" | "f1") => scores.reduce((sum, one) => sum + one[name], 0) / scores.length;
  return { precision: mean("precision"), recall: mean("recall"), f1: mean("f1") };
}

const draws = 1000;

/**
 * Percentiles of a statistic over 1,000 test sets drawn from the confusion matrix's own shares.
 * @source Efron 1979; the draw is multinomial, which for a statistic of the matrix alone is the ordinary bootstrap over rows
 */
export function bootstrap(counts: Counts, statistic: (counts: Counts) => number): Interval {
  const width = counts.length;
  const rows = counts.flat();
  const total = rows.reduce((sum, one) => sum + one, 0);
  const cumulative: number[] = [];
  for (const one of rows) cumulative.push((cumulative.at(-1) ?? 0) + one / total);
  const values = Array.from({ length: draws }, (_, draw) => {
    const drawn = multinomial(rows, total, draw);
    return statistic(Array.from({ length: width }, (_, row) => drawn.slice(row * width, (row + 1) * width)));
  });
  return percentiles(values);
}

/** Cells by binomials one after the other, each by the normal approximation where its variance is above 20 rows. */
function multinomial(cells: readonly number[], total: number, draw: number): number[] {
  let left = total;
  let share = total;
  return cells.map((cell, index) => {
    const p = share > 0 ? Math.min(1, cell / share) : 0;
    const count = binomial(left, p, draw, index);
    left -= count;
    share -= cell;
    return count;
  });
}

function binomial(count: number, p: number, draw: number, key: number): number {
  if (p <= 0 || count === 0) return 0;
  if (p >= 1) return count;
  if (count * p * (1 - p) > 20) {
    const [u, v] = uniform(1, draw, key, 2) as unknown as [number, number];
    const normal = Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v);
    return Math.min(count, Math.max(0, Math.round(count * p + Math.sqrt(count * p * (1 - p)) * normal)));
  }
  return uniform(1, draw, key, count).reduce((hits, u) => hits + (u < p ? 1 : 0), 0);
}

/**
 * Intervals of the metrics that there are.
 * @param counts rows by [true class][predicted class]; for two classes the second is the positive one
 */
export function metricIntervals(
  metrics: Readonly<Record<string, number | null>>,
  counts: Counts | null,
): Readonly<Record<string, Interval>> {
  if (!counts || counts.flat().every((one) => one === 0)) return {};
  const total = counts.flat().reduce((sum, one) => sum + one, 0);
  const right = counts.reduce((sum, row, k) => sum + row[k]!, 0);
  const found: Record<string, Interval> = { accuracy: wilson(right, total) };
  if (counts.length === 2) {
    const [negative, positive] = counts as readonly [readonly number[], readonly number[]];
    found["precision"] = wilson(positive[1]!, positive[1]! + negative[1]!);
    found["recall"] = wilson(positive[1]!, positive[0]! + positive[1]!);
    found["f1"] = bootstrap(counts, (drawn) => classScores(drawn, 1).f1);
    const auc = metrics["rocAuc"] ?? null;
    const [p, n] = [positive[0]! + positive[1]!, negative[0]! + negative[1]!];
    if (auc !== null && p > 0 && n > 0) found["rocAuc"] = aucInterval(auc, p, n);
  } else {
    for (const name of ["precision", "recall", "f1"] as const) {
      found[name] = bootstrap(counts, (drawn) => macroScores(drawn)[name]);
    }
  }
  return Object.fromEntries(Object.entries(found).filter(([name]) => (metrics[name] ?? null) !== null));
}

/** Draws of a regression's bootstrap, and the rows above which it draws only that many (the interval is then a little wide). */
const regressionDraws = 400;
const mostRows = 5000;

/**
 * Percentiles of mse, mae and r2 over rows drawn with replacement.
 * @source Efron 1979, percentile bootstrap over rows
 */
export function regressionIntervals(predictions: Predictions): Readonly<Record<string, Interval>> {
  const rows = predictions.outputs.length / predictions.width;
  if (rows < 2) return {};
  const count = Math.min(rows, mostRows);
  const values = new Map<string, number[]>();
  for (let draw = 0; draw < regressionDraws; draw++) {
    const drawn = uniform(2, draw, 0, count);
    const measured = measure(drawRows(predictions, rows, drawn));
    for (const [name, value] of Object.entries(measured)) {
      if (!Number.isFinite(value)) continue;
      const list = values.get(name);
      if (list) list.push(value);
      else values.set(name, [value]);
    }
  }
  return Object.fromEntries([...values].map(([name, found]) => [name, percentiles(found)]));
}

function drawRows({ task, outputs, targets, width }: Predictions, rows: number, drawn: ArrayLike<number>): Predictions {
  const [chosen, truth] = [new Float32Array(drawn.length * width), new Float32Array(drawn.length * width)];
  for (let at = 0; at < drawn.length; at++) {
    const row = Math.floor(drawn[at]! * rows);
    for (let k = 0; k < width; k++) {
      chosen[at * width + k] = outputs[row * width + k]!;
      truth[at * width + k] = targets[row * width + k]!;
    }
  }
  return { task, outputs: chosen, targets: truth, width };
}

function percentiles(values: number[]): Interval {
  values.sort((a, b) => a - b);
  return [values[Math.floor(values.length * 0.025)]!, values[Math.ceil(values.length * 0.975) - 1]!];
}
