/** The optimisation history: every trial's value by its number, and the best seen until then. A StudyView enters; a drawing leaves. */

import type { StudyView } from "../../../kernel/contract/study.ts";
import { frame } from "../chart/frame.ts";
import { coordinate, mark, svg } from "../chart/svg.ts";
import { tick } from "../chart/tick.ts";
import { kernelWord } from "../kernel-words.ts";
import { trans } from "../translation.ts";
import { bestSoFar } from "./best-so-far.ts";
import { valueAxis } from "./value-axis.ts";

const HEIGHT = 260;

export function drawHistory(
  view: StudyView,
  width: number,
  isChosen: (trial: number) => boolean,
  log: boolean,
): SVGElement | null {
  if (view.trials.length === 0) return null;
  const y = valueAxis(view, log);
  const made = frame({
    box: { left: 0, top: 0, width, height: HEIGHT },
    x: { name: "trial", log: false, choices: null, low: -0.5, high: Math.max(1, lastTrial(view)) + 0.5 },
    y,
    title: trans.__("Optimisation history: %1 (%2)", view.metric, view.direction),
    xLabel: trans.__("trial"),
    wholeX: true,
  });
  const marks = view.trials.flatMap((trial) => {
    // A trial without a value stands on the axis, so that failures show where they were.
    const at = made.at(trial.number, trial.value ?? y.low);
    if (!at) return [];
    const why = trial.reason ? `: ${trial.reason}` : "";
    const value = trial.value === null ? trans.__("no value") : tick(trial.value);
    const text = trans.__("trial %1: %2, %3", trial.number, value, kernelWord(trial.state)) + why;
    const one = mark(trial.state, at[0], at[1], text, trial.number === view.best);
    one.dataset["trial"] = String(trial.number);
    if (!isChosen(trial.number)) one.classList.add("lepton-Faded");
    return [one];
  });
  const best = view.trials.find((trial) => trial.number === view.best);
  const none = view.trials.every((trial) => trial.value === null)
    ? [svg("text", { x: width / 2, y: HEIGHT / 2, "text-anchor": "middle" }, trans.__("No trial has a value."))]
    : [];
  const label = trans.__("optimisation history, best %1", best ? tick(best.value) : "–");
  return svg(
    "svg",
    { width, height: HEIGHT, role: "img", "aria-label": label },
    made.node,
    bestLine(view, made.at),
    ...marks,
    ...none,
  );
}

/** Level until the next better trial, and on to the last one. */
function bestLine(view: StudyView, at: (x: unknown, y: unknown) => readonly [number, number] | null): SVGElement {
  const steps = bestSoFar(view);
  let path = "";
  for (const { number, value } of steps) {
    const [x, y] = at(number, value)!;
    path += path === "" ? `M${coordinate(x)} ${coordinate(y)}` : `H${coordinate(x)}V${coordinate(y)}`;
  }
  const end = steps.length > 0 ? at(lastTrial(view), steps.at(-1)!.value) : null;
  return svg("path", { d: end ? `${path}H${coordinate(end[0])}` : path, class: "lepton-BestLine" });
}

function lastTrial(view: StudyView): number {
  return view.trials.reduce((last, trial) => Math.max(last, trial.number), 0);
}
