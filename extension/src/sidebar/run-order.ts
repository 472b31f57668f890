/** In which order the sidebar lists runs. Runs as they are listed enter, newest first; in the order that the reader chose they leave. */
import type { ListedRun } from "../../../kernel/contract/listing.ts";
import { lessIsBetter, metricsByWorth } from "../../../kernel/contract/metric-names.ts";

/** "newest", or the name of a metric. */
export type RunOrder = string;

export const NEWEST: RunOrder = "newest";

/** What runs can be ordered by: the metrics that any of them has, in the order in which a reader asks for them. */
export function ordersOf(runs: readonly ListedRun[]): readonly RunOrder[] {
  return [NEWEST, ...metricsByWorth(new Set(runs.flatMap((run) => Object.keys(run.metrics))))];
}

/** The best first; runs without the metric come last, as they came. */
export function inOrder(runs: readonly ListedRun[], order: RunOrder): readonly ListedRun[] {
  if (order === NEWEST) return runs;
  const sign = lessIsBetter(order) ? 1 : -1;
  return runs.toSorted((one, other) => {
    const [a, b] = [one.metrics[order] ?? null, other.metrics[order] ?? null];
    return a === null || b === null ? Number(a === null) - Number(b === null) : sign * (a - b);
  });
}
