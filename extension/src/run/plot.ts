/**
 * One panel of lines drawn with uPlot, which is loaded when the first panel is. Lines enter with every point; they are smoothed on all points,
 * then thinned to the width, then drawn at most once a frame and only while the panel is on the screen.
 */

import type uPlot from "uplot";
import { logLines, logRange } from "../chart/log-axis.ts";
import { axisTick, tick } from "../chart/tick.ts";
import { trans } from "../translation.ts";
import { dressLegend, lastOf, legendMarkers } from "./plot-legend.ts";
import { type Axis, lineName, type PointSeries, smooth } from "./points.ts";
import { type Ink, inkOf, strokeOf } from "./theme.ts";
import { type LineTable, thinLines } from "./thin.ts";

export interface PlotSettings {
  readonly axis: Axis;
  readonly logX?: boolean;
  readonly logY: boolean;
  /** 0 to below 1. */
  readonly smoothing: number;
}

const PANEL_HEIGHT_PX = 240;
/** Alone on the screen, two charts and what is round them fill it. */
const FULL_SHARE = 0.3;
/** Longer lines go up and down in every pixel: drawn one pixel wide they look the same and take a third of the time. */
const DENSE_POINTS = 2000;
/** From a number to the chart: a gap and a tick. */
const MARK_PX = 18;

/** The axes' names in the reader's language. */
export function axisLabel(axis: Axis): string {
  return { step: trans.__("step"), epoch: trans.__("epoch"), seconds: trans.__("seconds") }[axis];
}

let library: Promise<typeof uPlot> | null = null;

function loadLibrary(): Promise<typeof uPlot> {
  library ??= import("uplot").then(
    (module) => module.default,
    (error) => {
      library = null; // the next drawing asks again
      throw error;
    },
  );
  return library;
}

export class Plot {
  readonly node = document.createElement("div");
  private plot: uPlot | null = null;
  private shape = "";
  private lines: readonly PointSeries[] = [];
  private settings: PlotSettings = { axis: "epoch", logY: false, smoothing: 0 };
  private asked = false;
  private visible = false;
  private stale = false;
  private disposed = false;
  private readonly seen: IntersectionObserver;
  private readonly resized: ResizeObserver;

  private title: string;

  constructor(title: string) {
    this.title = title;
    this.node.className = "lepton-Plot";
    this.node.setAttribute("role", "figure");
    this.node.setAttribute("aria-label", title);
    this.seen = new IntersectionObserver((entries) => {
      this.visible = entries.at(-1)?.isIntersecting ?? false;
      if (this.visible && this.stale) this.ask();
    });
    this.resized = new ResizeObserver(() => this.ask());
    this.seen.observe(this.node);
    this.resized.observe(this.node);
  }

  show(lines: readonly PointSeries[], settings: PlotSettings, title = this.title): void {
    this.title = title;
    this.lines = lines;
    this.settings = settings;
    this.node.setAttribute("aria-label", describe(this.title, lines));
    this.ask();
  }

  /** Draw anew with the theme's present colours. */
  repaint(): void {
    this.shape = "";
    this.ask();
  }

  /** The canvas, for a picture file; null before the first drawing. */
  canvas(): HTMLCanvasElement | null {
    return this.plot?.ctx.canvas ?? null;
  }

  dispose(): void {
    this.disposed = true;
    this.seen.disconnect();
    this.resized.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }

  private ask(): void {
    this.stale = true;
    if (this.asked || !this.visible || this.disposed) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      void this.draw();
    });
  }

  private async draw(): Promise<void> {
    const UPlot = await loadLibrary();
    const width = Math.floor(this.node.clientWidth);
    if (this.disposed || width < 40) return;
    this.stale = false;
    const height = this.node.closest(":fullscreen")
      ? Math.max(PANEL_HEIGHT_PX, innerHeight * FULL_SHARE)
      : PANEL_HEIGHT_PX;
    const data = this.table(UPlot, width);
    const shape = JSON.stringify([
      this.settings.axis,
      this.settings.logX ?? false,
      this.settings.logY,
      this.settings.smoothing > 0,
      this.lines.map((line) => [line.split, line.name, isDense(line), hasDots(line)]),
    ]);
    if (this.plot && shape === this.shape) {
      if (this.plot.width !== width || this.plot.height !== height) this.plot.setSize({ width, height });
      this.plot.setData(data);
      return;
    }
    this.plot?.destroy();
    this.shape = shape;
    this.plot = new UPlot(this.options(width, height), data, this.node);
    dressLegend(this.plot);
  }

  /** Lines of their own x joined on one x, as uPlot wants them. */
  private table(UPlot: typeof uPlot, width: number): uPlot.AlignedData {
    if (this.lines.length === 0) return [[], []];
    const buckets = Math.max(50, Math.floor(width / 2));
    const { axis, smoothing, logX, logY } = this.settings;
    const measured = this.lines.map((line) => ({ x: line[axis], y: line.y }));
    const smoothed = measured.map(({ x, y }) => ({ x, y: smooth(y, smoothing) }));
    // What was measured stays behind the smoothed line, pale.
    const { tables, order } = thinLines(smoothing > 0 ? [...smoothed, ...measured] : smoothed, buckets);
    const [x, ...joined] = UPlot.join(tables.map((table) => positive(table, logX ?? false, logY)));
    const inOrder: uPlot.AlignedData[1][] = [];
    for (const [place, line] of order.entries()) inOrder[line] = joined[place]!;
    return [x, ...inOrder];
  }

  private options(width: number, height: number): uPlot.Options {
    const ink = inkOf(this.node);
    const axis = { stroke: ink.faint, grid: { stroke: ink.grid, width: 1 }, ticks: { stroke: ink.grid, width: 1 } };
    return {
      width,
      height,
      title: this.title,
      scales: { x: { time: false, ...scaleOf(this.settings.logX ?? false) }, y: scaleOf(this.settings.logY) },
      axes: [
        {
          ...axis,
          ...axisOf(ink, this.settings.logX ?? false),
          label: axisLabel(this.settings.axis),
          labelSize: 20,
          size: 34,
        },
        { ...axis, ...axisOf(ink, this.settings.logY), size: widthOfTicks },
      ],
      legend: { live: true, markers: legendMarkers(this.lines) },
      cursor: { drag: { x: true, y: false } },
      series: [
        { label: axisLabel(this.settings.axis), value: (plot, value) => tick(value ?? lastOf(plot, 0)) },
        ...this.lines.map((line, index) => seriesOf(line, index)),
        ...(this.settings.smoothing > 0 ? this.lines.map((line, index) => paleOf(line, index)) : []),
      ],
    };
  }
}

function scaleOf(isLog: boolean): uPlot.Scale {
  return isLog ? { distr: 3, range: (_plot, low, high) => logRange(low, high) as [number, number] } : { distr: 1 };
}

function axisOf(ink: Ink, isLog: boolean): uPlot.Axis {
  if (!isLog) return { values: (_plot, ticks, _axis, _space, step) => ticks.map((value) => axisTick(value, step)) };
  const values = (_plot: uPlot, ticks: (number | null)[]) => ticks.map((value) => tick(value));
  return { values, grid: { stroke: ink.grid, width: 1, filter: (_plot, places) => logLines(places) as number[] } };
}

/** As wide as the longest number needs, so that narrow charts are not mostly margin. */
function widthOfTicks(plot: uPlot, ticks: string[], axis: number, cycle: number): number {
  // What uPlot keeps of an axis that it has set up; its types tell only what was given.
  const made = plot.axes[axis] as unknown as { font?: string[]; _size?: number };
  // A third round would mean that two widths each ask for the other.
  if (cycle > 2 && made._size !== undefined) return made._size;
  if (made.font?.[0]) plot.ctx.font = made.font[0];
  const longest = (ticks ?? []).reduce((most, text) => Math.max(most, plot.ctx.measureText(text).width), 0);
  return Math.ceil(Math.max(36, MARK_PX + longest / devicePixelRatio));
}

/** Few points are shown one by one. */
function hasDots(line: PointSeries): boolean {
  return line.y.length <= 30;
}

function isDense(line: PointSeries): boolean {
  return line.y.length > DENSE_POINTS;
}

/** Without what a log scale cannot show. */
function positive([x, ...ys]: LineTable, logX: boolean, logY: boolean): uPlot.AlignedData {
  const first = logX
    ? Math.max(
        0,
        x.findIndex((value) => value > 0),
      )
    : 0;
  const kept = logY ? ys.map((y) => y.map((value) => (value !== null && value > 0 ? value : null))) : ys;
  return [x, ...kept].map((values) => (first > 0 ? values.slice(first) : values)) as uPlot.AlignedData;
}

function seriesOf(line: PointSeries, index: number): uPlot.Series {
  const { colour, dash } = strokeOf(line.split, index);
  return {
    label: lineName(line),
    stroke: colour,
    dash,
    width: isDense(line) ? 1 : 2,
    spanGaps: true,
    points: { show: hasDots(line), size: 5, fill: colour },
    value: (plot, value: number | null, at, row) => tick(row === null ? lastOf(plot, at) : (value ?? null)),
  };
}

function paleOf(line: PointSeries, index: number): uPlot.Series {
  const one = seriesOf(line, index);
  return {
    ...one,
    label: `${String(one.label)}, ${trans.__("not smoothed")}`,
    class: "lepton-Pale",
    alpha: 0.3,
    width: 1,
    points: { show: false },
  };
}

function describe(title: string, lines: readonly PointSeries[]): string {
  const parts = lines.map((line) => `${lineName(line)} ${tick(line.y.findLast((value) => value !== null) ?? null)}`);
  return `${title}: ${parts.join(", ")}`;
}
