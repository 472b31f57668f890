/** A comparison as a picture that stands alone: curves with their bands, and the table of what differs. A ComparisonView enters; svg, png and text leave. */
import type { ComparisonView } from "@lepton/contract";
import { formatNumber, shorten, textWidth } from "./format.ts";
import { ink, ordered, type Stroke, strokes } from "./palette.ts";
import { type Box, type Line, panel } from "./panel.ts";
import { pngOfSvg } from "./png.ts";
import type { Drawing } from "./run-chart.ts";
import { coordinate, element, type Markup, picture, textElement } from "./svg.ts";
import { alignColumns } from "./text-table.ts";

const width = 960;
const height = 440;
/** Columns of the drawn table. */
const mostColumns = 6;
const mostRows = 14;

export async function drawComparison(view: ComparisonView): Promise<Drawing> {
  const svg = comparisonSvg(view);
  return { svg, png: await pngOfSvg(svg), text: comparisonText(view) };
}

export function comparisonSvg(view: ComparisonView): string {
  const metric = view.metrics[0] ?? "";
  const title = `${view.title}: ${view.runs.length} runs, ${view.groups.length} apart from their seeds`;
  return picture(width, height, title, [
    textElement(shorten(title, 110), { x: 20, y: 26, "font-weight": 600, "font-size": 15 }),
    chart(view, metric, { x: 12, y: 40, width: 500, height: 330 }),
    legend(view, { x: 30, y: 384 }),
    table(view, { x: 530, y: 44, width: 410, height: 380 }),
    textElement("Bands: 95 % confidence interval of the mean over seeds.", {
      x: 30,
      y: height - 10,
      "font-size": 11,
      fill: ink.soft,
    }),
  ]);
}

const base: readonly Stroke[] = [strokes.train, ...ordered];
const dashes = [undefined, "7 3", "2 3", "10 3 2 3", "4 2", "12 4", "6 2 2 2 2 2"];

/** Six colours and seven dashes: 42 groups differ. */
function strokeOf(group: number): Stroke {
  const first = base[group];
  if (first) return first;
  const { color } = base[group % base.length]!;
  const turn = Math.floor(group / base.length);
  const dash = dashes[(dashes.indexOf(base[group % base.length]!.dash) + turn) % dashes.length];
  return dash === undefined ? { color } : { color, dash };
}

/** One line a group: its mean with a band, or its only run. */
function chart(view: ComparisonView, metric: string, box: Box): Markup {
  const lines = view.groups.flatMap((_group, index) => groupLine(view, metric, index));
  const ends = lines.flatMap((line) => [line.x[0] ?? 0, line.x.at(-1) ?? 0]);
  return panel({
    box,
    title: `${metric} by epoch (${rowsOf(view, metric)})`,
    lines,
    marks: [],
    xLabel: "epoch",
    xRange: [Math.min(0, ...ends), Math.max(1, ...ends)],
    empty: "no run has ended an epoch",
    mayBeLog: true,
    unnamed: true,
  });
}

/** Which rows the lines of a metric are on; runs without validation rows are drawn on training rows. */
function rowsOf({ curves }: ComparisonView, metric: string): string {
  const onTrain = curves.filter((one) => one.metric === metric).map(({ split }) => split === "train");
  if (!onTrain.includes(true)) return "validation";
  return onTrain.includes(false) ? "validation, or training where there is none" : "training";
}

function groupLine(view: ComparisonView, metric: string, group: number): Line[] {
  const stroke = strokeOf(group);
  const { name, runs } = view.groups[group]!;
  const band = view.bands.find((one) => one.metric === metric && one.group === group);
  if (band) return [{ name, stroke, x: band.x, y: band.mean, band: { low: band.low, high: band.high } }];
  const curves = view.curves.filter((one) => one.metric === metric && runs.includes(one.run));
  return curves.map((curve) => ({ name, stroke, x: curve.x, y: curve.y }));
}

function legend(view: ComparisonView, at: { x: number; y: number }): Markup {
  const parts: Markup[] = [];
  for (const [index, group] of view.groups.slice(0, 6).entries()) {
    const stroke = strokeOf(index);
    const x = at.x + (index % 2) * 240;
    const y = at.y + Math.floor(index / 2) * 16;
    const look = { stroke: stroke.color, "stroke-dasharray": stroke.dash, "stroke-width": 2, fill: "none" };
    parts.push(element("path", { d: `M${coordinate(x)} ${coordinate(y - 4)}h22`, ...look }));
    parts.push(textElement(shorten(group.name, 32), { x: x + 28, y, "font-size": 11, fill: ink.soft }));
  }
  return element("g", {}, parts);
}

function table(view: ComparisonView, box: Box): Markup {
  const [head, ...rows] = tableCells(view, mostColumns, 14).slice(0, mostRows + 1);
  const widths = head!.map((_, column) => Math.max(...[head!, ...rows].map((row) => textWidth(row[column]!, 11))) + 14);
  const places = widths.map((_, column) => widths.slice(0, column).reduce((sum, one) => sum + one, 0));
  const fitting = places.filter((place, column) => place + widths[column]! <= box.width).length;
  const line = (cells: readonly string[], y: number, weight: number) =>
    cells
      .slice(0, fitting)
      .map((cell, column) =>
        textElement(cell, { x: box.x + places[column]!, y, "font-size": 11, "font-weight": weight }),
      );
  return element("g", {}, [
    textElement("What differs", { x: box.x, y: box.y + 12, "font-size": 13, "font-weight": 600 }),
    ...line(head!, box.y + 34, 600),
    element("path", {
      d: `M${coordinate(box.x)} ${coordinate(box.y + 40)}h${coordinate(box.width)}`,
      stroke: ink.axis,
    }),
    ...rows.flatMap((row, index) => line(row, box.y + 58 + index * 22, 400)),
  ]);
}

/** Rows by what differs, columns by run. */
function tableCells(view: ComparisonView, columns: number, letters: number): string[][] {
  const runs = view.runs.slice(0, columns);
  const text = (value: unknown) =>
    typeof value === "number" ? formatNumber(value) : value === null ? "–" : shorten(String(value), letters);
  return [
    ["", ...runs.map((run) => shorten(run.name, letters))],
    ...view.differences.map(({ name, values }) => [shorten(name, letters + 4), ...values.slice(0, columns).map(text)]),
  ];
}

export function comparisonText(view: ComparisonView): string {
  const hidden = view.runs.length - 12;
  return [
    `${shorten(view.title, 100)}: ${view.runs.length} runs`,
    ...view.groups.slice(0, 12).map((group) => `  ${shorten(group.name, 100)}`),
    "",
    ...alignColumns(tableCells(view, 12, 16)),
    ...(hidden > 0 ? [`… ${hidden} more runs`] : []),
  ].join("\n");
}
