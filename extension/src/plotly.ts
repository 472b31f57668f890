/**
 * plotly.js for what is analysed: zoom, hover over every point, export. Traces enter, a drawn node leaves. The library (half a megabyte packed) is
 * a chunk of its own that no page loads before the first figure is asked for; what moves is drawn with uPlot (run/plot.ts).
 */

import { Redraw } from "./chart/redraw.ts";
import { isFields } from "./data-check.ts";
import { inkOf, seriesStroke } from "./run/theme.ts";
import { trans } from "./translation.ts";

/** A trace or a layout in plotly.js's own words; only what JSON can hold. */
export type PlotlyFields = Record<string, unknown>;

/** The part of plotly.js that is used. */
export interface Plotly {
  react(node: HTMLElement, data: PlotlyFields[], layout: PlotlyFields, config: PlotlyFields): Promise<HTMLElement>;
  purge(node: HTMLElement): void;
  /** Returns a data URI: base64 for png, percent-encoded for svg. */
  toImage(node: HTMLElement, options: { format: "png" | "svg"; width: number; height: number }): Promise<string>;
  readonly Plots: { resize(node: HTMLElement): unknown };
}

let library: Promise<Plotly> | null = null;

/** Load plotly.js once for all figures. A load that failed (a server that went away) is tried again by the next figure. */
export function loadPlotly(): Promise<Plotly> {
  library ??= import("plotly.js-cartesian-dist-min").then(
    (module) => module.default as Plotly,
    (error: unknown) => {
      library = null;
      throw error;
    },
  );
  return library;
}

/** The page's colours and letters for a layout; `over` wins, axes and legend are merged one level deep. */
export function themedLayout(node: HTMLElement, over: PlotlyFields = {}): PlotlyFields {
  const ink = inkOf(node);
  const axis = { gridcolor: ink.grid, linecolor: ink.faint, zerolinecolor: ink.grid, automargin: true };
  const base: PlotlyFields = {
    paper_bgcolor: ink.background,
    plot_bgcolor: ink.background,
    font: { color: ink.text, family: getComputedStyle(node).fontFamily || "sans-serif", size: 12 },
    margin: { l: 56, r: 16, t: 36, b: 44 },
    hoverlabel: { bgcolor: ink.background, bordercolor: ink.faint, font: { color: ink.text } },
    // Below the title of the x axis.
    legend: { orientation: "h", y: -0.3, yanchor: "top" },
    // Left, clear of the buttons that plotly.js lays over the right corner.
    title: { x: 0.01, xanchor: "left" },
    xaxis: axis,
    yaxis: axis,
  };
  for (const [name, value] of Object.entries(over)) {
    const themed = /^[xy]axis\d*$/.test(name) ? axis : base[name];
    base[name] = isFields(themed) && isFields(value) ? { ...themed, ...value } : value;
  }
  return base;
}

/** plotly.js's `line` of the n-th series: a colour that all kinds of colour vision tell apart, and a dash. */
export function plotlyLine(index: number): { readonly color: string; readonly dash: string; readonly width: number } {
  const { colour, dash } = seriesStroke(index);
  return { color: colour, dash: dash.length === 0 ? "solid" : dash.map((length) => `${length}px`).join(","), width: 2 };
}

/** What every figure offers: no logo, nothing sent to a service (plotly.js has a button for it unless told), an SVG by the camera. */
export function plotlyConfig(fileName: string): PlotlyFields {
  return {
    displaylogo: false,
    responsive: false,
    scrollZoom: false,
    showSendToCloud: false,
    plotlyServerURL: "",
    // Dragging zooms; with Shift it pans.
    modeBarButtonsToRemove: ["zoom2d", "pan2d", "lasso2d", "select2d", "zoomIn2d", "zoomOut2d", "autoScale2d"],
    toImageButtonOptions: { format: "svg", filename: fileName },
  };
}

/** What plotly.js draws as markup in names (<b>, <a href>) is shown as it is written: a run's name is never a link. */
export function plainName(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Narrower is no place for a figure: its tab is hidden. */
const LEAST_WIDTH_PX = 40;

/** A figure in the page: drawn when it has a width, again on another width or theme; while it has none the wish to draw waits. */
export class Figure {
  readonly node = document.createElement("div");
  private wanted: { traces: () => PlotlyFields[]; layout: () => PlotlyFields } | null = null;
  private plotly: Plotly | null = null;
  private width = 0;
  /** Why the last drawing failed. */
  private fault: string | null = null;
  private disposed = false;
  private readonly redraw = new Redraw(
    () => this.wanted !== null && !this.disposed && this.node.clientWidth >= LEAST_WIDTH_PX,
    () => this.draw(),
  );
  private readonly resized: ResizeObserver;

  constructor(
    private readonly fileName: string,
    private readonly heightPx = 340,
  ) {
    this.node.className = "lepton-Figure";
    this.node.style.minHeight = `${heightPx}px`;
    this.resized = new ResizeObserver(() => {
      if (this.redraw.isDue || Math.abs(this.node.clientWidth - this.width) > 1) this.repaint();
    });
    this.resized.observe(this.node);
  }

  /** Traces and layout are functions: colours are read anew when the theme changes. */
  show(label: string, traces: () => PlotlyFields[], layout: () => PlotlyFields): void {
    this.node.setAttribute("role", "img");
    this.node.setAttribute("aria-label", label);
    this.wanted = { traces, layout };
    this.repaint();
  }

  repaint(): void {
    this.redraw.ask();
  }

  /** The picture as it is now, as a file's content. @throws an error in the reader's words where it cannot be drawn */
  async picture(format: "png" | "svg"): Promise<Blob> {
    await this.redraw.now();
    if (!this.plotly || this.fault !== null) throw new Error(this.fault ?? trans.__("There is nothing to draw yet."));
    const uri = await this.plotly.toImage(this.node, { format, width: this.width, height: this.heightPx });
    return (await fetch(uri)).blob();
  }

  dispose(): void {
    this.disposed = true;
    this.resized.disconnect();
    this.plotly?.purge(this.node);
  }

  private async draw(): Promise<void> {
    const width = this.node.clientWidth;
    try {
      this.plotly ??= await loadPlotly();
      if (this.disposed || !this.wanted) return;
      if (this.fault !== null) this.node.replaceChildren();
      this.fault = null;
      this.width = width;
      const layout = { ...themedLayout(this.node, this.wanted.layout()), width, height: this.heightPx };
      await this.plotly.react(this.node, this.wanted.traces(), layout, plotlyConfig(this.fileName));
    } catch (error) {
      this.fault = trans.__("plotly.js could not draw this: %1", (error as Error).message);
      this.plotly?.purge(this.node);
      this.node.textContent = this.fault;
    }
  }
}
