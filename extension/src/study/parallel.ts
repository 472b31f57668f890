/** A study's trials as lines of parallel coordinates: its hyperparameters, then the metric. */

import type { StudyView } from "../../../kernel/contract/study.ts";
import { dimensionOf, shareOf } from "../chart/dimension.ts";
import type { ParallelData } from "../chart/parallel-data.ts";
import { tick } from "../chart/tick.ts";
import { kernelWord } from "../kernel-words.ts";
import { trans } from "../translation.ts";
import { valueAxis } from "./value-axis.ts";

/** @param log  the metric by ratio, in places and in colours */
export function parallelOf(view: StudyView, log = false): ParallelData {
  const shown = view.trials.filter((trial) => trial.value !== null);
  const names = Object.keys(view.space);
  const metric = names.includes(view.metric) ? trans.__("%1 (metric)", view.metric) : view.metric;
  const axis = valueAxis({ metric, trials: shown }, log, 0);
  const colour = (value: number) => {
    const share = shareOf(axis, value) ?? 0.5;
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
      axis,
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
