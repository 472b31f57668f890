/**
 * One panel of lines drawn with uPlot, which is loaded when the first panel is. Lines enter with every point; they are smoothed on all points,
 * then thinned to the width, then drawn at most once a frame and only while the panel is on the screen.
 */
import type uPlot from "uplot";
import { tick } from "../chart/tick.ts";
import { trans } from "../translation.ts";
import { type Axis, type PointSeries, smooth } from "./points.ts";
import { inkOf, strokeOf } from "./theme.ts";
import { type LineTable, thinLines } from "./thin.ts";

export interface PlotSettings {
  readonly axis: Axis;
  readonly logX?: boolean;
  readonly logY: boolean;
  /** 0 to below 1. */
  readonly smoothing: number;
}

const PANEL_HEIGHT_PX = 240;
/** Longer lines go up and down in every pixel: drawn one pixel wide they look the same and take a third of the time. */
const DENSE_POINTS = 2000;
/** The axes' names in the reader's language. */
export function axisLabel(axis: Axis): string {
  return { step: trans.__("step"), epoch: trans.__("epoch"), seconds: trans.__("seconds") }[axis];
}

let library: Promise<typeof uPlot> | null = null;

function loadLibrary(): Promise<typeof uPlot> {
  library ??= import("uplot").then((module) => module.default);
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
    this.node.setAttribute("role", "img");
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
    const data = this.table(UPlot, width);
    const shape = JSON.stringify([
      this.settings.axis,
      this.settings.logX ?? false,
      this.settings.logY,
      this.settings.smoothing > 0,
      this.lines.map((line) => [line.split, line.name, isDense(line)]),
    ]);
    if (this.plot && shape === this.shape) {
      if (this.plot.width !== width) this.plot.setSize({ width, height: PANEL_HEIGHT_PX });
      this.plot.setData(data);
      return;
    }
    this.plot?.destroy();
    this.shape = shape;
    this.plot = new UPlot(this.options(UPlot, width), data, this.node);
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

  private options(UPlot: typeof uPlot, width: number): uPlot.Options {
    const ink = inkOf(this.node);
    const axis = { stroke: ink.faint, grid: { stroke: ink.grid, width: 1 }, ticks: { stroke: ink.grid, width: 1 } };
    return {
      width,
      height: PANEL_HEIGHT_PX,
      title: this.title,
      scales: { x: { time: false, distr: this.settings.logX ? 3 : 1 }, y: { distr: this.settings.logY ? 3 : 1 } },
      axes: [
        { ...axis, label: axisLabel(this.settings.axis), labelSize: 20, size: 34 },
        {
          ...axis,
          size: 72,
          values: (_plot, ticks, _axis, _space, step) => ticks.map((value) => axisTick(value, step)),
        },
      ],
      legend: { live: true },
      cursor: { drag: { x: true, y: false } },
      series: [
        { label: axisLabel(this.settings.axis), value: (_plot, value) => (value === null ? "" : tick(value)) },
        ...this.lines.map((line, index) => seriesOf(UPlot, line, index)),
        ...(this.settings.smoothing > 0 ? this.lines.map((line, index) => paleOf(UPlot, line, index)) : []),
      ],
    };
  }
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

function seriesOf(UPlot: typeof uPlot, line: PointSeries, index: number): uPlot.Series {
  const { colour, dash } = strokeOf(line.split, index);
  return {
    label: line.label ?? `${line.split} ${line.name}`,
    stroke: colour,
    dash,
    width: isDense(line) ? 1 : 2,
    spanGaps: true,
    points: { show: line.y.length <= 30, size: 5, fill: colour },
    value: (_plot: InstanceType<typeof UPlot>, value: number | null) =>
      value === null || value === undefined ? "" : tick(value),
  };
}

function paleOf(UPlot: typeof uPlot, line: PointSeries, index: number): uPlot.Series {
  const one = seriesOf(UPlot, line, index);
  return {
    ...one,
    label: `${String(one.label)}, ${trans.__("not smoothed")}`,
    class: "lepton-Pale",
    alpha: 0.3,
    width: 1,
    points: { show: false },
  };
}

/** A number on an axis: as many digits as tell it from its neighbours, `step` apart. */
export function axisTick(value: number, step: number): string {
  const size = Math.abs(value);
  const apart = step > 0 ? Math.floor(Math.log10(step)) : 0;
  if ((size !== 0 && size < 1e-4) || size >= 1e7) {
    return value.toExponential(Math.max(0, Math.floor(Math.log10(size)) - apart));
  }
  return value.toLocaleString("en", { maximumFractionDigits: Math.max(0, -apart) });
}

function describe(title: string, lines: readonly PointSeries[]): string {
  const parts = lines.map(
    (line) =>
      `${line.label ?? `${line.split} ${line.name}`} ${tick(line.y.findLast((value) => value !== null) ?? null)}`,
  );
  return `${title}: ${parts.join(", ")}`;
}
