/**
 * A run as a picture that stands alone: header with state and progress, loss, metrics, and at the end the confusion matrix.
 * A RunView enters; svg, png and text leave. Live drawing in the page is the extension's.
 */
import type { RunView } from "@lepton/contract";
import { confusionPanel } from "./confusion.ts";
import { curvePanels } from "./curve-panels.ts";
import { formatCount, formatNumber, formatSeconds, shorten, stateAt, textWidth } from "./format.ts";
import { type Chip, header } from "./header.ts";
import { headlineMetrics } from "./metric-names.ts";
import { ink, ordered, strokes } from "./palette.ts";
import { type Box, type Line, type Mark, panel } from "./panel.ts";
import { pngOfMoving } from "./png.ts";
import { runText } from "./run-text.ts";
import { type Markup, picture, textElement } from "./svg.ts";

export interface Drawing {
  readonly svg: string;
  /** Base64. */
  readonly png: string;
  readonly text: string;
}

const width = 960;
const height = 380;
/** A second row, for curves of predictions. */
const curvesHeight = 300;

/** Draw a run in all static forms. While it goes on, the pixels may be some seconds older than the rest. */
export async function drawRun(view: RunView): Promise<Drawing> {
  const svg = runSvg(view);
  const isMoving = view.state === "running" || view.state === "starting";
  return { svg, png: await pngOfMoving(view.id, svg, isMoving), text: runText(view) };
}

/** The picture alone; cheap (no pixels are made), for updates in quick succession. */
export function runSvg(view: RunView): string {
  const confusion = view.confusion ?? view.curves?.confusion ?? null;
  const small = confusion !== null && confusion.classes.length <= 12;
  const top = 74;
  const boxHeight = height - top - 34;
  const column = small ? 345 : 468;
  const boxes: Box[] = [0, 1].map((index) => ({ x: 12 + index * column, y: top, width: column, height: boxHeight }));
  const parts: Markup[] = [runHeader(view), lossPanel(view, boxes[0]!), metricPanel(view, boxes[1]!)];
  if (small)
    parts.push(
      confusionPanel(
        confusion,
        { x: 12 + 2 * column, y: top, width: width - 24 - 2 * column, height: boxHeight },
        view.confusion ? "test" : view.curves?.split,
      ),
    );
  parts.push(footer(view));
  const { curves } = view;
  if (curves) parts.push(...curvePanels(curves, { x: 12, y: height, width: width - 24, height: curvesHeight - 8 }));
  return picture(
    width,
    curves ? height + curvesHeight : height,
    `${view.name}: ${stateAt(view.state, view.updatedAt)}, epoch ${formatNumber(view.epoch)} of ${view.epochs}`,
    parts,
  );
}

function runHeader(view: RunView): Markup {
  const facts = [
    `${view.model} on ${view.dataset}`,
    `epoch ${formatNumber(Math.floor(view.epoch * 100) / 100)}/${view.epochs}`,
    formatSeconds(view.seconds),
    view.etaSeconds !== null && view.state === "running" ? `${formatSeconds(view.etaSeconds)} left` : null,
    view.rowsPerSecond !== null ? `${formatCount(view.rowsPerSecond)} rows/s` : null,
    `${formatCount(view.parameters)} parameters`,
    `${view.engine} ${view.device}`,
    `seed ${view.seed}`,
  ];
  return header({
    width,
    title: view.name,
    chip: stateChip(view),
    facts: facts.filter((fact) => fact !== null),
    progress: view.epochs > 0 ? Math.min(1, view.epoch / view.epochs) : 0,
  });
}

function stateChip({ state, updatedAt }: RunView): Chip {
  switch (state) {
    case "finished":
      return { text: state, color: ink.good };
    case "failed":
      return { text: state, color: ink.bad };
    case "stopped":
      return { text: state, color: "#8a6d00" };
    case "starting":
    case "running":
      return { text: stateAt(state, updatedAt), color: ink.accent };
    default:
      return state satisfies never;
  }
}

/** Steps ─► epochs, where a run says how many steps make one. */
function epochs(view: RunView, steps: readonly number[]): number[] {
  return steps.map((step) => (view.stepsPerEpoch > 0 ? step / view.stepsPerEpoch : step));
}

function xAxis(view: RunView): { xLabel: string; xRange: readonly [number, number] } {
  const last = Math.max(view.step, ...view.series.map((series) => series.x.at(-1) ?? 0));
  const done = Math.max(1, Math.ceil(epochs(view, [last])[0]! - 1e-9));
  return { xLabel: view.stepsPerEpoch > 0 ? "epoch" : "step", xRange: [0, done] };
}

function linesOf(view: RunView, name: string): Line[] {
  return view.series
    .filter((series) => series.name === name)
    .map((series) => ({
      name: series.split,
      stroke: strokes[series.split],
      x: epochs(view, series.x),
      y: series.y,
      width: series.split === "train" ? 1.5 : 2,
    }));
}

function bestMark(view: RunView, metric: string, color: string): Mark[] {
  const value = view.best?.validation[metric];
  if (!view.best || value === null || value === undefined) return [];
  return [{ x: view.stepsPerEpoch > 0 ? view.best.epoch : view.step, y: value, shape: "star", color }];
}

function lossPanel(view: RunView, box: Box): Markup {
  const marks = bestMark(view, "loss", ink.text);
  return panel({
    box,
    title: "Loss",
    lines: linesOf(view, "loss"),
    marks,
    ...xAxis(view),
    empty: waiting(view),
    mayBeLog: true,
    legend: marks.length > 0 ? [{ name: `best, epoch ${view.best?.epoch}`, mark: "star", color: ink.text }] : [],
  });
}

/** One metric with its splits, or up to three metrics on validation data. */
function metricPanel(view: RunView, box: Box): Markup {
  const names = headlineMetrics(view);
  const first = names[0];
  const alone = names.length === 1 && first !== undefined;
  const lines: Line[] = alone
    ? linesOf(view, first)
    : names.flatMap((name, index) => {
        const series = view.series.find((one) => one.name === name && one.split === "validation");
        const stroke = ordered[index % ordered.length]!;
        return series ? [{ name, stroke, x: epochs(view, series.x), y: series.y, width: 2 }] : [];
      });
  return panel({
    box,
    title: alone ? first : names.length === 0 ? "Metrics" : "Metrics on validation rows",
    lines,
    marks: names.flatMap((name) => bestMark(view, name, ink.text)),
    ...xAxis(view),
    empty: view.series.length > 0 ? "no metric measured yet" : waiting(view),
    mayBeLog: false,
  });
}

function waiting(view: RunView): string {
  if (view.state === "failed") return "the run failed before its first step";
  return view.state === "starting" || view.state === "running" ? "waiting for the first step" : "no step was made";
}

/** The line under the panels: why it ended, or best and test values. */
function footer(view: RunView): Markup {
  const failed = view.state === "failed";
  const text =
    failed || (view.state === "stopped" && view.reason !== null) ? (view.reason ?? "failed") : resultLine(view);
  let size = 12;
  while (size > 10 && textWidth(text, size) > width - 40) size--;
  return textElement(shorten(text, Math.floor((width - 40) / (size * 0.6))), {
    x: 20,
    y: height - 14,
    "font-size": size,
    fill: failed ? ink.bad : ink.text,
  });
}

function resultLine(view: RunView): string {
  const all = Object.keys(view.test ?? view.best?.validation ?? {});
  const names = all.length <= 4 ? all : ["loss", ...headlineMetrics(view)];
  const list = (values: Readonly<Record<string, number | null>>) =>
    names
      .filter((name) => name in values)
      .map((name) => `${name} ${formatNumber(values[name])}`)
      .join(", ");
  const parts = [];
  if (view.best) parts.push(`Best (epoch ${view.best.epoch}, validation): ${list(view.best.validation)}`);
  if (view.test) parts.push(`Test: ${list(view.test)}`);
  const note = view.messages.at(-1);
  if (parts.length === 0 && note !== undefined) parts.push(note);
  return parts.join("  ·  ");
}
