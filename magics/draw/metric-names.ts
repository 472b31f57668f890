/** Which metrics a reader looks at first, by task. */
import type { RunView, Task } from "@lepton/contract";

const first: Readonly<Record<Task, readonly string[]>> = {
  binary: ["roc_auc", "accuracy", "f1"],
  multiclass: ["accuracy", "f1"],
  regression: ["r2"],
};

/** Names without case and separators: rocAuc, roc_auc and ROC-AUC are one. */
export function plainMetric(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** True for metrics of which less is better: losses and errors. */
export function lessIsBetter(name: string): boolean {
  return /loss|error|^mse$|^mae$|^rmse$|brier|perplexity/.test(plainMetric(name));
}

/** Up to three metrics of one scale that the run has series of, most telling first; any one other metric where none of these is there. */
export function headlineMetrics(view: RunView): readonly string[] {
  const there = [...new Set(view.series.filter((one) => one.split !== "train").map((one) => one.name))].filter(
    (name) => name !== "loss" && name !== "learningRate",
  );
  const wanted = first[view.task].flatMap((name) => there.find((one) => plainMetric(one) === plainMetric(name)) ?? []);
  return wanted.length > 0 ? wanted : there.slice(0, 1);
}
