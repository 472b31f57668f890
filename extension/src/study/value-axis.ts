/** The axis of a study's metric. Values enter, a Dimension leaves. Apart because all views of a study draw it alike. */
import type { StudyView } from "../../../kernel/contract/study.ts";
import { type Dimension, extent, rangeOf } from "../chart/dimension.ts";

/** One trial that diverged would press all others into a line: from here on a ratio is drawn until the reader says otherwise. */
const FAR_APART = 100;

type Valued = Pick<StudyView, "metric" | "trials">;

/** Whether the values can lie on a logarithmic axis at all. */
export function mayBeLog({ trials }: Valued): boolean {
  const range = extent(trials.map((trial) => trial.value));
  return range !== null && range[0] > 0;
}

export function isFarApart(view: Valued): boolean {
  const range = extent(view.trials.map((trial) => trial.value));
  return range !== null && range[0] > 0 && range[1] / range[0] >= FAR_APART;
}

/** @param log  as the reader wants it; values at or below 0 are drawn on a plain axis all the same */
export function valueAxis({ metric, trials }: Valued, log: boolean, room = 0.08): Dimension {
  return rangeOf(
    metric,
    trials.map((trial) => trial.value),
    { log, room },
  );
}
