/**
 * A study as a picture that stands alone: every trial's value with the best so far, and the best trials as a table.
 * A StudyView enters; svg, png and text leave.
 */
import type { StudyView, TrialState, TrialView } from "@lepton/contract";
import { formatNumber, formatParameter, formatSeconds, shorten, stateAt, textWidth } from "./format.ts";
import { type Chip, header } from "./header.ts";
import { ink } from "./palette.ts";
import { type Box, type Line, type Mark, panel } from "./panel.ts";
import { pngOfMoving } from "./png.ts";
import type { Drawing } from "./run-chart.ts";
import { studyText } from "./study-text.ts";
import { coordinate, element, type Markup, picture, textElement } from "./svg.ts";
import { bestFirst } from "./trial-order.ts";

const width = 960;
const height = 380;

/** Draw a study in all static forms. While it goes on, the pixels may be some seconds older than the rest. */
export async function drawStudy(view: StudyView): Promise<Drawing> {
  const svg = studySvg(view);
  const isMoving = view.state === "running";
  return { svg, png: await pngOfMoving(view.id, svg, isMoving), text: studyText(view) };
}

/** The picture alone; cheap (no pixels are made), for updates in quick succession. */
export function studySvg(view: StudyView): string {
  const box = { y: 74, height: height - 74 - 34 };
  const done = finishedCount(view);
  return picture(
    width,
    height,
    `${view.name}: ${stateAt(view.state, view.updatedAt)}, ${done} of ${view.planned} trials`,
    [
      studyHeader(view),
      historyPanel(view, { ...box, x: 12, width: 480 }),
      trialTable(view, { ...box, x: 500, width: 440 }),
      footer(view),
    ],
  );
}

function finishedCount(view: StudyView): number {
  return view.counts.finished + view.counts.pruned + view.counts.failed;
}

function studyHeader(view: StudyView): Markup {
  const failed = view.counts.failed > 0 ? [`${view.counts.failed} failed`] : [];
  const left = view.etaSeconds !== null && view.state === "running" ? [`${formatSeconds(view.etaSeconds)} left`] : [];
  return header({
    width,
    title: view.name,
    chip: stateChip(view),
    facts: [
      `${view.model} on ${view.dataset}`,
      `${finishedCount(view)}/${view.planned} trials`,
      ...failed,
      formatSeconds(view.seconds),
      ...left,
      `${view.direction} ${view.metric}`,
      view.sampler,
      `${view.workers} workers`,
      `seed ${view.seed}`,
    ],
    progress: view.planned > 0 ? Math.min(1, finishedCount(view) / view.planned) : 0,
  });
}

function stateChip({ state, updatedAt }: StudyView): Chip {
  const colors = { running: ink.accent, finished: ink.good, stopped: "#8a6d00", failed: ink.bad };
  return { text: stateAt(state, updatedAt), color: colors[state] };
}

const shapes: Readonly<Record<TrialState, { shape: Mark["shape"]; color: string }>> = {
  finished: { shape: "circle", color: ink.accent },
  running: { shape: "ring", color: ink.accent },
  pruned: { shape: "ring", color: ink.axis },
  stopped: { shape: "ring", color: "#8a6d00" },
  failed: { shape: "cross", color: ink.bad },
};

/** Trials by number; failed ones as crosses on the worst value, since they have none. */
function historyPanel(view: StudyView, box: Box): Markup {
  const values = view.trials.flatMap((trial) => (trial.value === null ? [] : [trial.value]));
  const worst = view.direction === "minimize" ? Math.max(...values) : Math.min(...values);
  const marks = view.trials.flatMap((trial): Mark[] => {
    const y = trial.value ?? (trial.state === "failed" ? worst : null);
    if (y === null || !Number.isFinite(y)) return [];
    const star = trial.number === view.best;
    const look = star ? { shape: "star" as const, color: ink.text } : shapes[trial.state];
    return [{ x: trial.number, y, ...look }];
  });
  const seen = new Set(view.trials.map((trial) => trial.state));
  const present = (["running", "pruned", "failed"] as const).filter((state) => seen.has(state));
  return panel({
    box,
    title: `${view.metric} of each trial (validation)`,
    lines: values.length > 0 ? [bestSoFar(view)] : [],
    marks,
    xLabel: "trial",
    xRange: [0, Math.max(1, view.planned - 1, ...view.trials.map((trial) => trial.number))],
    empty: view.state === "running" ? "waiting for the first trial" : "no trial has a value",
    mayBeLog: true,
    legend: present.map((state) => ({ name: state, mark: shapes[state].shape, color: shapes[state].color })),
  });
}

function bestSoFar(view: StudyView): Line {
  const better = view.direction === "minimize" ? Math.min : Math.max;
  const x: number[] = [];
  const y: number[] = [];
  for (const trial of [...view.trials].sort((a, b) => a.number - b.number)) {
    if (trial.value === null || trial.state !== "finished") continue;
    x.push(trial.number);
    y.push(y.length === 0 ? trial.value : better(y.at(-1)!, trial.value));
  }
  return { name: "best so far", stroke: { color: "#d55e00" }, x, y, stepped: true };
}

/** The best ten trials, as many of their parameters as there is room for. */
function trialTable(view: StudyView, box: Box): Markup {
  const trials = bestFirst(view).slice(0, 10);
  const rows = trials.map((trial) => trialCells(view, trial));
  const names = ["trial", view.metric, ...Object.keys(view.space)];
  const columns = columnsThatFit([names, ...rows], box.width - 20);
  const row = (cells: readonly string[], y: number, look: Record<string, string | number>) =>
    columns.map((column, index) =>
      textElement(shorten(cells[index]!, column.letters), { x: box.x + 8 + column.x, y, "font-size": 11, ...look }),
    );
  const top = box.y + 34;
  return element("g", {}, [
    textElement("Best trials", { x: box.x + 8, y: box.y + 16, "font-weight": 600, "font-size": 13 }),
    ...row(names, top, { fill: ink.soft, "font-weight": 600 }),
    element("path", { d: `M${coordinate(box.x + 8)} ${top + 6}h${box.width - 20}`, stroke: ink.axis }),
    ...rows.flatMap((cells, index) =>
      row(cells, top + 23 + index * 21, trials[index]!.number === view.best ? { "font-weight": 600 } : {}),
    ),
  ]);
}

function trialCells(view: StudyView, trial: TrialView): string[] {
  return [
    String(trial.number),
    formatNumber(trial.value),
    ...Object.keys(view.space).map((name) => formatParameter(trial.parameters[name])),
  ];
}

interface TableColumnPlace {
  readonly x: number;
  /** Terminal columns that a cell may take. */
  readonly letters: number;
}

/** Places of the first columns that fit into `room` px, each as wide as its widest cell (at most 24 letters). */
function columnsThatFit(rows: readonly (readonly string[])[], room: number): TableColumnPlace[] {
  const places: TableColumnPlace[] = [];
  let x = 0;
  for (const [index] of rows[0]!.entries()) {
    const widest = Math.max(...rows.map((row) => textWidth(shorten(row[index]!, 24), 11)));
    if (x + widest > room) break;
    places.push({ x, letters: 24 });
    x += widest + 18;
  }
  return places;
}

function footer(view: StudyView): Markup {
  const best = view.trials.find((trial) => trial.number === view.best);
  const parameters = best
    ? Object.keys(view.space).map((name) => `${name} ${formatParameter(best.parameters[name])}`)
    : [];
  const text =
    view.reason ??
    (best ? `Best: trial ${best.number}, ${view.metric} ${formatNumber(best.value)}  ·  ${parameters.join(", ")}` : "");
  return textElement(shorten(text, 140), { x: 20, y: height - 14, fill: view.state === "failed" ? ink.bad : ink.text });
}
