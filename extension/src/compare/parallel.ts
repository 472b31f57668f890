/** Compared runs as lines of parallel coordinates: the settings that differ, then the metrics. */

import type { ComparisonView, Difference } from "../../../kernel/contract/comparison.ts";
import { lessIsBetter } from "../../../kernel/contract/metric-names.ts";
import { dimensionOf, extent } from "../chart/dimension.ts";
import type { ParallelData } from "../chart/parallel-data.ts";
import { tick } from "../chart/tick.ts";
import { trans } from "../translation.ts";

const MOST_SETTINGS = 12;
const MOST_METRICS = 3;

export function parallelOfRuns(view: ComparisonView, metric: string): ParallelData {
  const settings = view.differences.filter((one) => one.kind === "setting").slice(0, MOST_SETTINGS);
  const others = view.differences.filter((one) => one.kind === "metric" && one.name !== metric);
  const first = view.differences.filter((one) => one.kind === "metric" && one.name === metric);
  const shown = [...settings, ...others.slice(0, MOST_METRICS - 1), ...first].map((one) => ({
    ...one,
    axis: nameOf(one, view.differences),
  }));
  const values = view.runs.map((run) => run.metrics[metric] ?? null);
  const range = extent(values);
  const best = range === null ? -1 : values.indexOf(lessIsBetter(metric) ? range[0] : range[1]);
  return {
    dimensions: shown.map(({ axis, values: all }) => dimensionOf(axis, all)),
    lines: view.runs.map((run, index) => ({
      key: run.id,
      label: trans.__("%1, seed %2: %3 %4", run.name, run.seed, metric, tick(values[index] ?? null)),
      values: Object.fromEntries(shown.map((one) => [one.axis, one.values[index]])),
      colour: colourOf(values[index] ?? null, range, metric),
      best: index === best,
    })),
  };
}

/** The loss function is a setting, the loss a metric: two axes, and two rows of a table. */
export function nameOf({ name, kind }: Difference, all: readonly Difference[]): string {
  const isTwice = kind === "metric" && all.some((one) => one.kind === "setting" && one.name === name);
  return isTwice ? trans.__("%1 (metric)", name) : name;
}

/** The better, the brighter. */
function colourOf(value: number | null, range: readonly [number, number] | null, metric: string): number | null {
  if (value === null || range === null) return null;
  if (range[0] === range[1]) return 0.5;
  const share = (value - range[0]) / (range[1] - range[0]);
  return lessIsBetter(metric) ? 1 - share : share;
}
