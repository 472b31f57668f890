/** The metric by each hyperparameter, one small chart each. A StudyView enters; a drawing leaves. */
import type { StudyView, TrialView } from "../../../kernel/contract/study.ts";
import { dimensionOf, textOf } from "../chart/dimension.ts";
import { type Frame, frame } from "../chart/frame.ts";
import { mark, svg } from "../chart/svg.ts";
import { tick } from "../chart/tick.ts";
import { trans } from "../translation.ts";
import { valueAxis } from "./value-axis.ts";

const HEIGHT = 210;
const LEAST_WIDTH = 250;
const MOST = 24;

export function drawSlices(
  view: StudyView,
  width: number,
  isChosen: (trial: number) => boolean,
  log: boolean,
): SVGElement | null {
  if (view.trials.every((trial) => trial.value === null)) return null;
  const names = Object.keys(view.space).slice(0, MOST);
  const columns = Math.max(1, Math.min(names.length, Math.floor(width / LEAST_WIDTH)));
  const cell = width / columns;
  const y = valueAxis(view, log);
  const panels = names.map((name, index) => {
    const box = {
      left: (index % columns) * cell,
      top: Math.floor(index / columns) * HEIGHT,
      width: cell,
      height: HEIGHT,
    };
    const values = view.trials.map((trial) => trial.parameters[name]);
    const x = dimensionOf(name, values, view.space[name]);
    const made = frame({
      box,
      x,
      y,
      xLabel: x.log ? trans.__("%1 (log)", name) : name,
      ...(index === 0 ? { title: view.metric } : {}),
    });
    return svg("g", {}, made.node, ...marksOf(view, name, made, isChosen));
  });
  const height = Math.ceil(names.length / columns) * HEIGHT;
  const label = trans.__("%1 by each hyperparameter", view.metric);
  return svg("svg", { width, height, role: "img", "aria-label": label }, ...panels);
}

function marksOf(view: StudyView, name: string, made: Frame, isChosen: (trial: number) => boolean): SVGElement[] {
  return view.trials.flatMap((trial) => {
    const at = made.at(trial.parameters[name], trial.value);
    if (!at) return [];
    const [x, y] = [at[0] + spread(view, name, trial), at[1]];
    const text = `${trans.__("trial")} ${trial.number}: ${name} ${textOf(trial.parameters[name])}, ${view.metric} ${tick(trial.value)}`;
    const one = mark(trial.state, x, y, text, trial.number === view.best);
    one.dataset["trial"] = String(trial.number);
    if (!isChosen(trial.number)) one.classList.add("lepton-Faded");
    return [one];
  });
}

/** Trials with the same choice stand a little apart, always in the same way. */
function spread(view: StudyView, name: string, trial: TrialView): number {
  return view.space[name]?.kind === "choice" ? (((trial.number * 0.618) % 1) - 0.5) * 18 : 0;
}
