/** The best value of a study after each of its trials. Pure, so that tests without a page read it too. */
import type { StudyView } from "../../../kernel/contract/study.ts";

export interface BestStep {
  readonly number: number;
  readonly value: number;
}

/** The best finished value after each finished trial. */
export function bestSoFar(view: Pick<StudyView, "trials" | "direction">): readonly BestStep[] {
  const better = view.direction === "minimize" ? Math.min : Math.max;
  const done = view.trials
    .filter((trial) => trial.state === "finished" && trial.value !== null)
    .toSorted((a, b) => a.number - b.number);
  let best: number | null = null;
  return done.map(({ number, value }) => {
    best = best === null ? value! : better(best, value!);
    return { number, value: best };
  });
}
