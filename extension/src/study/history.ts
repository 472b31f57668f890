/** A study's trials as lines: each finished trial's value, and the best seen until then. Trial numbers stand on the x axis. */
import type { StudyView } from "../../../kernel/contract/study.ts";
import type { PointSeries } from "../run/points.ts";

export function bestSoFar(view: StudyView): PointSeries[] {
  const done = view.trials
    .filter((trial) => trial.state === "finished" && trial.value !== null)
    .toSorted((a, b) => a.number - b.number);
  const step = done.map((trial) => trial.number);
  const values = done.map((trial) => trial.value!);
  const better = view.direction === "minimize" ? Math.min : Math.max;
  let best = Number.NaN;
  const bests = values.map((value) => {
    best = Number.isNaN(best) ? value : better(best, value);
    return best;
  });
  const unknown = step.map(() => Number.NaN);
  return [
    { name: "best so far", split: "train", step, epoch: unknown, seconds: unknown, y: bests },
    { name: view.metric, split: "validation", step, epoch: unknown, seconds: unknown, y: values },
  ];
}
