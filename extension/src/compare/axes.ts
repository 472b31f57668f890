/**
 * What compared curves are drawn over: epochs, steps or time. A comparison enters; for each run and each group leaves where an epoch lies on the axis.
 * Apart from the drawing because none of it needs a page.
 */
import type { ComparedClock, ComparisonView } from "../../../kernel/contract/comparison.ts";

export const comparedAxes = ["epoch", "step", "seconds"] as const;
export type ComparedAxis = (typeof comparedAxes)[number];

/** The axes that every drawn run has values on; comparisons of older kernels have epochs only. */
export function axesOf(view: ComparisonView): readonly ComparedAxis[] {
  return view.curves.length > 0 && view.curves.every((curve) => view.runs[curve.run]?.clock) ? comparedAxes : ["epoch"];
}

/** Steps or seconds of training that a run had done after an epoch; null beyond what its clock tells. */
export function atEpoch(clock: ComparedClock | undefined, epoch: number, axis: ComparedAxis): number | null {
  if (axis === "epoch") return epoch;
  if (!clock) return null;
  const after = clock.epoch.findIndex((one) => one >= epoch);
  if (after < 0) return null;
  const [right, left] = [clock.epoch[after]!, after > 0 ? clock.epoch[after - 1]! : 0];
  const [to, from] = [clock[axis][after]!, after > 0 ? clock[axis][after - 1]! : 0];
  return from + (to - from) * ((epoch - left) / (right - left));
}

/**
 * Where a group's epochs lie: from each to the next, the mean of what its runs took. Rises also where some runs end before the others, as the mean of
 * their clocks alone would not.
 *
 * @param epochs  rising
 */
export function placesOfGroup(
  view: ComparisonView,
  group: number,
  epochs: readonly number[],
  axis: ComparedAxis,
): readonly (number | null)[] {
  if (axis === "epoch") return epochs;
  const clocks = view.groups[group]!.runs.flatMap((run) => view.runs[run]?.clock ?? []);
  let sum = 0;
  let before = 0;
  return epochs.map((epoch) => {
    const taken = clocks.flatMap((clock) => {
      const [to, from] = [atEpoch(clock, epoch, axis), before === 0 ? 0 : atEpoch(clock, before, axis)];
      return to === null || from === null ? [] : [to - from];
    });
    if (taken.length === 0) return null;
    before = epoch;
    sum += taken.reduce((all, one) => all + one, 0) / taken.length;
    return sum;
  });
}
