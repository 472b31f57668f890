/**
 * A second row under a run's charts: ROC, precision against recall and calibration; predicted against actual and residuals for a regression. Curves and
 * a place enter; panels leave.
 */
import type { ClassCurves, RunCurves, TargetCurves } from "@lepton/contract";
import { formatNumber } from "./format.ts";
import { ink, ordered } from "./palette.ts";
import { type Box, type Line, type PanelRequest, panel } from "./panel.ts";
import type { Markup } from "./svg.ts";

/** More lines than the palette has are a tangle: the first classes are drawn, and the title says so. */
const mostClasses = ordered.length;

type Request = Omit<PanelRequest, "box" | "empty" | "mayBeLog">;

export function curvePanels(curves: RunCurves, place: Box): Markup[] {
  const requests =
    curves.classes.length > 0 ? classRequests(curves) : curves.targets.slice(0, 1).flatMap(targetRequests);
  const width = place.width / Math.max(1, requests.length);
  return requests.map((request, index) =>
    panel({
      ...request,
      box: { ...place, x: place.x + index * width, width },
      empty: "nothing to draw",
      mayBeLog: false,
    }),
  );
}

function classRequests({ classes, split }: RunCurves): Request[] {
  const shown = classes.slice(0, mostClasses);
  const left = classes.length > shown.length ? `, ${shown.length} of ${classes.length} classes` : "";
  const lines = (xy: (one: ClassCurves) => Pick<Line, "x" | "y">, score: (one: ClassCurves) => number | null) =>
    shown.map((one, index): Line => {
      const value = score(one);
      const name = `${one.name}${value === null ? "" : ` ${formatNumber(value)}`}`;
      return { name, stroke: ordered[index]!, ...xy(one), width: 2 };
    });
  const unit = { marks: [], xRange: [0, 1], xIsWhole: false } as const;
  return [
    {
      ...unit,
      title: `ROC (${split}${left}), name and AUC`,
      xLabel: "false positive rate",
      lines: [
        diagonal,
        ...lines(
          ({ roc }) => ({ x: roc.falsePositiveRate, y: roc.truePositiveRate }),
          ({ rocAuc }) => rocAuc,
        ),
      ],
    },
    {
      ...unit,
      title: "Precision by recall, name and AP",
      xLabel: "recall",
      lines: lines(
        ({ pr }) => ({ x: pr.recall, y: pr.precision }),
        ({ averagePrecision }) => averagePrecision,
      ),
    },
    {
      ...unit,
      title: "Calibration, name and Brier score",
      xLabel: "mean predicted probability",
      lines: [
        diagonal,
        ...lines(
          ({ calibration }) => ({ x: calibration.predicted, y: calibration.observed }),
          ({ brier }) => brier,
        ),
      ],
    },
  ];
}

function targetRequests({ name, actual, predicted, residuals }: TargetCurves): Request[] {
  const ends = rangeOf([...actual, ...predicted]);
  const dots = (x: readonly number[], y: readonly number[], color: string) =>
    x.map((value, at) => ({ x: value, y: y[at]!, shape: "circle" as const, color }));
  const zero = rangeOf(predicted);
  return [
    {
      title: `${name}: predicted by actual`,
      xLabel: "actual",
      xRange: ends,
      xIsWhole: false,
      lines: [{ name: "perfect", stroke: { color: ink.axis, dash: "3 3" }, x: ends, y: ends, width: 1 }],
      marks: dots(actual, predicted, ink.accent),
    },
    {
      title: `${name}: residuals by prediction`,
      xLabel: "predicted",
      xRange: zero,
      xIsWhole: false,
      lines: [{ name: "none", stroke: { color: ink.axis, dash: "3 3" }, x: zero, y: [0, 0], width: 1 }],
      marks: dots(
        predicted,
        predicted.map((value, at) => value - actual[at]!),
        ordered[0]!.color,
      ),
    },
    {
      title: `${name}: residuals of all rows`,
      xLabel: "predicted minus actual",
      xRange: rangeOf(residuals.edges),
      xIsWhole: false,
      lines: [
        {
          name: "rows",
          stroke: { color: ink.accent },
          x: residuals.edges,
          y: [...residuals.counts, 0],
          stepped: true,
          width: 2,
        },
      ],
      marks: [],
    },
  ];
}

const diagonal: Line = { name: "chance", stroke: { color: ink.axis, dash: "3 3" }, x: [0, 1], y: [0, 1], width: 1 };

/** Lowest and highest; a little room round a single value. */
function rangeOf(values: readonly number[]): readonly [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (values.length === 0) return [0, 1];
  return low < high ? [low, high] : [low - 0.5, high + 0.5];
}
