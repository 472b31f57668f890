/**
 * A run under the lens: every point that is known, zoomed, hovered and exported with plotly.js. Enter: lines; leave: a figure of the loss over a metric
 * or a gauge, and files of it. Loaded when it is opened or when a picture is asked for.
 */

import { Figure, type PlotlyFields, plainName, plotlyLine } from "../plotly.ts";
import { trans } from "../translation.ts";
import { button, download, element } from "./dom.ts";
import { axisLabel, type PlotSettings } from "./plot.ts";
import { lineName, type PointSeries, smooth } from "./points.ts";

const HEIGHT_PX = 620;
const PICTURE_WIDTH_PX = 1000;

export interface AnalyseData {
  readonly name: string;
  /** Drawn above. */
  readonly loss: readonly PointSeries[];
  /** Drawn below; none where there is no metric. */
  readonly below: readonly PointSeries[];
  readonly belowTitle: string;
  readonly settings: PlotSettings;
  /** Whether these are all points, those until the kernel has told the others, the first that it told, or those of a saved output. */
  readonly points: "all" | "asked" | "first" | "saved";
}

export class Analyse {
  readonly node = element("div", "lepton-Analyse");
  private readonly about = element("p", "lepton-Facts");
  private readonly again = button(trans.__("Ask again"), trans.__("Ask the kernel once more"), () => this.ask?.());
  private readonly figure = new Figure("run", HEIGHT_PX);

  /** @param ask  ask for every point again; null where there is nobody to ask */
  constructor(private readonly ask: (() => void) | null) {
    this.node.append(this.about, this.figure.node);
  }

  show(data: AnalyseData): void {
    this.tell(data);
    // Arrays grow in place, and plotly.js draws only new ones: copies.
    this.figure.show(
      data.name,
      () => tracesOf(data),
      () => layoutOf(data),
    );
  }

  /** The words stay the same elements while they say the same: a button must not vanish under a press. */
  private tell(data: AnalyseData): void {
    const text = aboutPoints(data);
    const mayAsk = this.ask !== null && (data.points === "first" || data.points === "saved");
    if (this.about.firstChild?.textContent !== text) this.about.replaceChildren(text, " ");
    if (mayAsk === (this.again.parentNode === this.about)) return;
    if (mayAsk) this.about.append(this.again);
    else this.again.remove();
  }

  repaint(): void {
    this.figure.repaint();
  }

  dispose(): void {
    this.figure.dispose();
  }
}

function aboutPoints({ loss, below, points }: AnalyseData): string {
  const count = [...loss, ...below].reduce((sum, line) => sum + line.y.length, 0).toLocaleString("en");
  const how = trans.__("%1 points; drag to zoom, double click for all", count);
  if (points === "all") return how;
  const more = {
    asked: trans.__("the kernel is asked for every point"),
    first: trans.__("the first ones; no kernel told the others"),
    saved: trans.__("a saved output holds at most 500 a line, and no kernel told the others"),
  };
  return `${how} (${more[points]})`;
}

/** Save the charts with their axes and legends: drawn out of sight, at a size of its own. @throws where plotly.js cannot draw them */
export async function savePicture(
  near: HTMLElement,
  data: AnalyseData,
  file: string,
  format: "png" | "svg",
): Promise<void> {
  const figure = new Figure(file, HEIGHT_PX);
  const stage = element("div", "lepton-Stage", figure.node);
  stage.style.width = `${PICTURE_WIDTH_PX}px`;
  near.append(stage);
  try {
    figure.show(
      data.name,
      () => tracesOf(data),
      () => layoutOf(data),
    );
    download(`${file}.${format}`, await figure.picture(format));
  } finally {
    figure.dispose();
    stage.remove();
  }
}

function tracesOf({ loss, below, settings }: AnalyseData): PlotlyFields[] {
  const traces = (lines: readonly PointSeries[], axis: string, from: number) =>
    lines.flatMap((line, index) => {
      const style = plotlyLine(from + index);
      const name = plainName(lineName(line));
      const one = {
        type: "scatter",
        mode: line.y.length < 60 ? "lines+markers" : "lines",
        xaxis: "x",
        yaxis: axis,
        name,
      };
      const x = [...line[settings.axis]];
      const smoothed = { ...one, x, y: [...smooth(line.y, settings.smoothing)], line: style };
      if (settings.smoothing <= 0) return [smoothed];
      const pale = {
        ...one,
        x,
        y: [...line.y],
        mode: "lines",
        opacity: 0.3,
        line: { ...style, dash: "solid", width: 1 },
      };
      return [{ ...pale, name: `${name}, ${trans.__("not smoothed")}`, showlegend: false }, smoothed];
    });
  return [...traces(loss, "y", 0), ...traces(below, "y2", loss.length)];
}

function layoutOf({ name, below, belowTitle, settings }: AnalyseData): PlotlyFields {
  const kind = (log: boolean | undefined) => (log ? "log" : "linear");
  const two = below.length > 0;
  const lower = { title: { text: plainName(belowTitle) }, domain: [0, 0.46], type: kind(settings.logY) };
  return {
    title: { text: plainName(name) },
    hovermode: "x unified",
    xaxis: { title: { text: axisLabel(settings.axis) }, type: kind(settings.logX), anchor: two ? "y2" : "y" },
    yaxis: { title: { text: trans.__("loss") }, domain: two ? [0.54, 1] : [0, 1], type: kind(settings.logY) },
    ...(two ? { yaxis2: lower } : {}),
    legend: { orientation: "h", y: -0.12 },
  };
}
