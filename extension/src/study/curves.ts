/** Every trial's metric by epoch: the best in front, pruned ones dashed with a mark where they ended. A StudyView enters; a drawing leaves. */

import type { StudyView, TrialView } from "../../../kernel/contract/study.ts";
import { rangeOf } from "../chart/dimension.ts";
import { type Frame, frame } from "../chart/frame.ts";
import { mark, pathOf, svg, tip } from "../chart/svg.ts";
import { tick } from "../chart/tick.ts";
import { kernelWord } from "../kernel-words.ts";
import { trans } from "../translation.ts";

const HEIGHT = 340;

export function drawCurves(
  view: StudyView,
  width: number,
  isChosen: (trial: number) => boolean,
  log: boolean,
): SVGElement | null {
  const drawn = view.trials.filter((trial) => (trial.curve?.epoch.length ?? 0) > 0);
  if (drawn.length === 0) return null;
  const values = drawn.flatMap((trial) => trial.curve!.value);
  const epochs = drawn.flatMap((trial) => trial.curve!.epoch);
  const made = frame({
    box: { left: 0, top: 0, width, height: HEIGHT },
    x: rangeOf("epoch", epochs, { room: 0.02 }),
    y: rangeOf(view.metric, values, { log }),
    title: trans.__("Learning curves: %1 on validation rows", view.metric),
    xLabel: trans.__("epoch"),
    wholeX: true,
  });
  // The best one last, so that it lies in front.
  const ordered = drawn.toSorted((a, b) => Number(a.number === view.best) - Number(b.number === view.best));
  const lines = ordered.map((trial) => curve(view, trial, made, isChosen(trial.number)));
  const pruned = drawn.filter((trial) => trial.state === "pruned").length;
  const label = trans.__("learning curves of %1 trials, %2 of them pruned", drawn.length, pruned);
  return svg("svg", { width, height: HEIGHT, role: "img", "aria-label": label }, made.node, ...lines);
}

function curve(view: StudyView, trial: TrialView, made: Frame, chosen: boolean): SVGElement {
  const { epoch, value } = trial.curve!;
  const points = epoch.map((at, index) => made.at(at, value[index] ?? null));
  const text = trans.__("trial %1: %2, %3", trial.number, tick(trial.value), kernelWord(trial.state));
  const best = trial.number === view.best;
  const look = {
    class: `lepton-Curve${best ? " lepton-CurveBest" : ""}${chosen ? "" : " lepton-Faded"}`,
    "data-state": trial.state,
  };
  const line = svg("path", { d: pathOf(points), ...look }, tip(text));
  const last = points.findLast((point) => point !== null);
  const alone = points.filter((point) => point !== null).length === 1;
  const end =
    last && (alone || trial.state === "pruned" || trial.state === "failed")
      ? [mark(trial.state, last[0], last[1], trial.reason ? `${text}: ${trial.reason}` : text)]
      : [];
  return svg("g", { class: chosen ? "" : "lepton-Faded", "data-trial": String(trial.number) }, line, ...end);
}
