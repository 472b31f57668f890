/** Trials of a study from best to worst. */
import type { StudyView, TrialView } from "@lepton/contract";

/** Finished trials first, best first; then pruned, running and failed ones by number. */
export function bestFirst(view: Pick<StudyView, "trials" | "direction">): TrialView[] {
  const sign = view.direction === "minimize" ? 1 : -1;
  const rank = { finished: 0, pruned: 1, running: 2, stopped: 3, failed: 4 } as const;
  return [...view.trials].sort((a, b) => {
    if (a.state !== b.state) return rank[a.state] - rank[b.state];
    if (a.value !== null && b.value !== null && a.value !== b.value) return sign * (a.value - b.value);
    return a.number - b.number;
  });
}
