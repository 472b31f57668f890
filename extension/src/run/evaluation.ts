/**
 * How predictions turned out: ROC, precision against recall, calibration; predicted against actual and residuals for a regression. Checked RunCurves
 * enter; drawn with plotly.js when the tab is opened, never before.
 */

import type { ClassCurves, RunCurves, TargetCurves } from "../../../kernel/contract/analysis.ts";
import { tick } from "../chart/tick.ts";
import { kernelWord } from "../kernel-words.ts";
import { Figure, type PlotlyFields, plainName, plotlyLine } from "../plotly.ts";
import { trans } from "../translation.ts";
import { element } from "./dom.ts";

export class Evaluation {
  readonly node = element("div", "lepton-Evaluation");
  private shown: RunCurves | null | undefined;
  private figures: Figure[] = [];

  show(curves: RunCurves | null): void {
    if (curves === this.shown) return;
    this.shown = curves;
    this.dispose();
    if (!curves) {
      const later = trans.__("Shown when the run has finished: curves of the test rows, or of the validation rows.");
      this.node.replaceChildren(element("p", "lepton-Empty", later));
      return;
    }
    const about = trans.__("%1 %2 rows, by the weights that are served", tick(curves.rows), kernelWord(curves.split));
    const grid = element("div", "lepton-Figures");
    this.node.replaceChildren(element("p", "lepton-Facts", about), grid);
    for (const { title, traces, layout } of drawingsOf(curves)) {
      const figure = new Figure(title, 360);
      this.figures.push(figure);
      grid.append(figure.node);
      figure.show(title, traces, () => ({ title: { text: plainName(title) }, ...layout }));
    }
  }

  repaint(): void {
    for (const figure of this.figures) figure.repaint();
  }

  dispose(): void {
    for (const figure of this.figures) figure.dispose();
    this.figures = [];
  }
}

interface Drawing {
  readonly title: string;
  readonly traces: () => PlotlyFields[];
  readonly layout: PlotlyFields;
}

function drawingsOf({ classes, targets }: RunCurves): Drawing[] {
  return classes.length > 0 ? classDrawings(classes) : targets.flatMap(targetDrawings);
}

function classDrawings(classes: readonly ClassCurves[]): Drawing[] {
  const lines = (one: (curves: ClassCurves) => PlotlyFields, dots = false) =>
    classes.map((curves, index) => ({
      type: "scatter",
      mode: dots ? "lines+markers" : "lines",
      line: plotlyLine(index),
      ...one(curves),
    }));
  const area = (label: string, value: number | null) => (value === null ? "" : ` (${label} ${value.toFixed(3)})`);
  return [
    {
      title: trans.__("ROC"),
      layout: unitAxes(trans.__("false positive rate"), trans.__("true positive rate")),
      traces: () => [
        diagonal(trans.__("chance")),
        ...lines(({ name, roc, rocAuc }) => ({
          x: roc.falsePositiveRate,
          y: roc.truePositiveRate,
          name: plainName(name + area("AUC", rocAuc)),
        })),
      ],
    },
    {
      title: trans.__("Precision and recall"),
      layout: unitAxes(trans.__("recall"), trans.__("precision")),
      traces: () =>
        lines(({ name, pr, averagePrecision }) => ({
          x: pr.recall,
          y: pr.precision,
          name: plainName(name + area("AP", averagePrecision)),
        })),
    },
    {
      title: trans.__("Calibration"),
      layout: unitAxes(trans.__("mean predicted probability"), trans.__("share of positives")),
      traces: () => [
        diagonal(trans.__("perfect")),
        ...lines(
          ({ name, calibration, brier }) => ({
            x: calibration.predicted,
            y: calibration.observed,
            text: calibration.rows.map((rows) => trans.__("%1 rows", String(rows))),
            name: plainName(name + area("Brier", brier)),
          }),
          true,
        ),
      ],
    },
  ];
}

function targetDrawings({ name, actual, predicted, residuals }: TargetCurves): Drawing[] {
  const all = [...actual, ...predicted];
  const ends = [Math.min(...all), Math.max(...all)];
  const middles = residuals.counts.map((_, at) => (residuals.edges[at]! + (residuals.edges[at + 1] ?? 0)) / 2);
  const width = (residuals.edges[1] ?? 1) - (residuals.edges[0] ?? 0);
  const points = { type: "scatter", mode: "markers", marker: { size: 6, opacity: 0.6 } };
  return [
    {
      title: trans.__("%1: predicted and actual", name),
      layout: { xaxis: { title: { text: trans.__("actual") } }, yaxis: { title: { text: trans.__("predicted") } } },
      traces: () => [
        { type: "scatter", mode: "lines", x: ends, y: ends, name: trans.__("perfect"), line: chanceLine() },
        {
          ...points,
          marker: { ...points.marker, color: plotlyLine(0).color },
          x: actual,
          y: predicted,
          name: trans.__("rows"),
        },
      ],
    },
    {
      title: trans.__("%1: residuals by prediction", name),
      layout: {
        xaxis: { title: { text: trans.__("predicted") } },
        yaxis: { title: { text: trans.__("predicted minus actual") } },
      },
      traces: () => [
        {
          ...points,
          marker: { ...points.marker, color: plotlyLine(1).color },
          x: predicted,
          y: predicted.map((value, at) => value - actual[at]!),
          name: trans.__("rows"),
        },
      ],
    },
    {
      title: trans.__("%1: residuals of all rows", name),
      layout: {
        xaxis: { title: { text: trans.__("predicted minus actual") } },
        yaxis: { title: { text: trans.__("rows") } },
        bargap: 0.05,
      },
      traces: () => [
        {
          type: "bar",
          x: middles,
          y: residuals.counts,
          width: middles.map(() => width),
          marker: { color: plotlyLine(0).color },
          name: trans.__("rows"),
        },
      ],
    },
  ];
}

function unitAxes(x: string, y: string): PlotlyFields {
  return {
    xaxis: { title: { text: x }, range: [-0.02, 1.02] },
    yaxis: { title: { text: y }, range: [-0.02, 1.04] },
    showlegend: true,
  };
}

function diagonal(name: string): PlotlyFields {
  return { type: "scatter", mode: "lines", x: [0, 1], y: [0, 1], name, line: chanceLine(), hoverinfo: "skip" };
}

function chanceLine(): PlotlyFields {
  return { color: "#888888", dash: "dot", width: 1 };
}
