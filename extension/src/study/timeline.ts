/** When which worker ran which trial: free time shows as a gap. A StudyView enters; a drawing leaves. */

import type { StudyView, TrialView } from "../../../kernel/contract/study.ts";
import { ticksOf } from "../chart/dimension.ts";
import { cut } from "../chart/letters.ts";
import { svg, tip } from "../chart/svg.ts";
import { tick } from "../chart/tick.ts";
import { kernelWord } from "../kernel-words.ts";
import { time } from "../run/summary.ts";
import { trans } from "../translation.ts";

const LEFT = 76;
const TOP = 26;
const ROW = 34;

export function drawTimeline(view: StudyView, width: number, isChosen: (trial: number) => boolean): SVGElement | null {
  const placed = view.trials.filter((trial) => typeof trial.from === "number");
  if (placed.length === 0) return null;
  const now = Math.max(view.seconds, ...placed.map((trial) => trial.to ?? trial.from!));
  const workers = Math.max(view.workers, ...placed.map((trial) => trial.worker + 1));
  const room = width - LEFT - 14;
  const at = (seconds: number) => LEFT + (seconds / Math.max(now, 1e-9)) * room;
  const bottom = TOP + workers * ROW;
  const bars = placed.map((trial) => bar(view, trial, at, now, isChosen(trial.number)));
  const rows = Array.from({ length: workers }, (_, worker) =>
    svg("text", { x: LEFT - 8, y: TOP + worker * ROW + 21, "text-anchor": "end" }, trans.__("worker %1", worker + 1)),
  );
  const title = svg("text", { x: 4, y: 14, class: "lepton-ChartTitle" }, trans.__("Trials on workers over time"));
  const label = trans.__("%1 trials on %2 workers in %3", placed.length, workers, time(now));
  return svg(
    "svg",
    { width, height: bottom + 40, role: "img", "aria-label": label },
    title,
    ...axis(now, bottom, width, at),
    ...rows,
    ...bars,
  );
}

function bar(
  view: StudyView,
  trial: TrialView,
  at: (seconds: number) => number,
  now: number,
  chosen: boolean,
): SVGElement {
  const [from, to] = [at(trial.from!), at(trial.to ?? now)];
  const y = TOP + trial.worker * ROW + 5;
  const text = trans.__(
    "trial %1: %2, %3, from %4 to %5",
    trial.number,
    kernelWord(trial.state),
    `${view.metric} ${tick(trial.value)}`,
    time(trial.from!),
    trial.to === null || trial.to === undefined ? trans.__("now") : time(trial.to),
  );
  const look = { class: `lepton-Span${chosen ? "" : " lepton-Faded"}`, "data-state": trial.state };
  const shape = svg("rect", { x: from, y, width: Math.max(1.5, to - from - 1), height: ROW - 12, ...look });
  const label =
    to - from > 22
      ? [
          svg(
            "text",
            { x: (from + to) / 2, y: y + 15, class: "lepton-SpanText", "text-anchor": "middle" },
            cut(String(trial.number), 5),
          ),
        ]
      : [];
  return svg("g", { "data-trial": String(trial.number) }, tip(text), shape, ...label);
}

function axis(now: number, bottom: number, width: number, at: (seconds: number) => number): SVGElement[] {
  const dimension = { name: "seconds", log: false, choices: null, low: 0, high: Math.max(now, 1e-9) };
  const parts: SVGElement[] = [svg("line", { x1: LEFT, x2: width - 14, y1: bottom, y2: bottom, class: "lepton-Axis" })];
  for (const { share, label } of ticksOf(dimension, Math.max(2, Math.floor((width - LEFT) / 80)))) {
    const x = at(share * now);
    parts.push(svg("line", { x1: x, x2: x, y1: TOP, y2: bottom, class: "lepton-Grid" }));
    parts.push(svg("text", { x, y: bottom + 15, "text-anchor": "middle" }, label));
  }
  parts.push(svg("text", { x: (LEFT + width) / 2, y: bottom + 32, "text-anchor": "middle" }, trans.__("seconds")));
  return parts;
}
