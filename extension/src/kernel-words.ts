/**
 * Words that the kernel sends and that are the same for every run (states, splits, tasks, gauges), in the reader's language. What a run or its user
 * named passes as it is.
 */
import { trans } from "./translation.ts";

export const kernelWords: readonly string[] = [
  "starting",
  "running",
  "finished",
  "stopped",
  "failed",
  "pruned",
  "train",
  "validation",
  "test",
  "binary",
  "multiclass",
  "regression",
  "learning rate",
  "rows per second",
  "cores busy",
  "memory",
  "GPU busy",
  "GPU memory",
];

const known = new Set(kernelWords);

export function kernelWord(text: string): string {
  return known.has(text) ? trans.__(text) : text;
}
