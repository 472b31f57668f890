/**
 * What a saved notebook keeps of a study. Enter: the view and where curves are read; leaves: the same with importance and learning curves, small enough
 * to be saved. Apart from study-view.ts, which code asks often and which keeps every trial.
 */
import type { StudyView, TrialCurve, TrialView } from "@lepton/contract";
import { bestFirst } from "../draw/trial-order.ts";
import { parameterImportance } from "./importance.ts";
import { newestAndBest } from "./study-view.ts";
import { type TrialCurves, thinner } from "./trial-curves.ts";

/** Bytes of JSON; a page takes 200 kB. */
const room = 190_000;
/** Bytes that a point of a curve takes, about. */
const pointBytes = 13;
const fewestPoints = 6;
const mostCurves = 200;

export function studySnapshot(view: StudyView, curves: Pick<TrialCurves, "of">): StudyView {
  const importance = parameterImportance(view.trials, view.space, view.direction);
  const fitting = fewerTrials({ ...view, importance });
  return withCurves(fitting, curves, room - sizeOf(fitting));
}

const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

function fewerTrials(view: StudyView): StudyView {
  let fitting = view;
  while (fitting.trials.length > 2 && sizeOf(fitting) > room) {
    const trials = newestAndBest(fitting.trials, view.direction, Math.floor(fitting.trials.length * 0.8) - 1);
    fitting = { ...view, trials };
  }
  return fitting;
}

/** Curves for the best and the newest trials, as fine as there is room for. */
function withCurves(view: StudyView, curves: Pick<TrialCurves, "of">, bytes: number): StudyView {
  const most = Math.min(mostCurves, Math.floor(bytes / (pointBytes * fewestPoints + 40)));
  if (most < 1) return view;
  const newest = view.trials.toReversed();
  const order = bestFirst(view).flatMap((trial, index) => [trial, newest[index]!]);
  const wanted = new Set<TrialView>();
  for (const trial of order) if (wanted.size < most) wanted.add(trial);
  const found = new Map<TrialView, TrialCurve>();
  for (const trial of wanted) {
    const curve = curves.of(trial);
    if (curve && curve.epoch.length > 0) found.set(trial, curve);
  }
  const points = Math.floor((bytes / Math.max(1, found.size) - 40) / pointBytes);
  const trials = view.trials.map((trial) => {
    const curve = found.get(trial);
    return curve ? { ...trial, curve: thinner(curve, Math.max(fewestPoints, points)) } : trial;
  });
  return { ...view, trials };
}
