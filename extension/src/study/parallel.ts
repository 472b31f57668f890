/** A study's trials as lines of parallel coordinates: its hyperparameters, then the metric. */

import type { StudyView } from "../../../kernel/contract/study.ts";
import { dimensionOf, extent, rangeOf } from "../chart/dimension.ts";
import type { ParallelData } from "../chart/parallel-data.ts";
import { tick } from "../chart/tick.ts";
import { kernelWord } from "../kernel-words.ts";
import { trans } from "../translation.ts";

export function parallelOf(view: StudyView): ParallelData {
  const shown = view.trials.filter((trial) => trial.value !== null);
  const names = Object.keys(view.space);
  const values = shown.map((trial) => trial.value);
  const range = extent(values);
  const metric = names.includes(view.metric) ? `${view.metric} (validation)` : view.metric;
  const colour = (value: number) => {
    if (!range || range[0] === range[1]) return 0.5;
    const share = (value - range[0]) / (range[1] - range[0]);
    // The better, the brighter.
    return view.direction === "minimize" ? 1 - share : share;
  };
  return {
    dimensions: [
      ...names.map((name) =>
        dimensionOf(
          name,
          shown.map((trial) => trial.parameters[name]),
          view.space[name],
        ),
      ),
      rangeOf(metric, values, { room: 0 }),
    ],
    lines: shown.map((trial) => ({
      key: String(trial.number),
      label: trans.__("trial %1: %2, %3", trial.number, tick(trial.value), kernelWord(trial.state)),
      values: { ...trial.parameters, [metric]: trial.value },
      colour: trial.state === "finished" ? colour(trial.value!) : null,
      best: trial.number === view.best,
    })),
  };
}
