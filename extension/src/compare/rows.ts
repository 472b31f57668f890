/**
 * Which rows compared curves were measured on, and how much they are smoothed. A comparison and a reader's choice enter; the lines that are drawn leave.
 * Pure, so that tests without a page read it too.
 */
import type { ComparedLines, ComparisonView } from "../../../kernel/contract/comparison.ts";
import { smooth } from "../run/points.ts";

export type ComparedRows = "validation" | "train" | "both";

/** Kernels of before say nothing of training rows, not every metric is measured there, and some runs have no validation rows. */
export function rowsOf(view: ComparisonView, metric: string): readonly ComparedRows[] {
  const one = (line: { readonly metric: string }) => line.metric === metric;
  const first = view.curves.filter(one);
  if (first.length > 0 && first.every(({ split }) => split === "train")) return ["train"];
  return view.train?.curves.some(one) ? ["validation", "train", "both"] : ["validation"];
}

/**
 * A run without validation rows has its training rows among the lines on validation rows; each line on training rows says that it is one.
 *
 * @param smoothing  0 (none) to below 1, as in a run's charts; a band is smoothed as its mean is
 */
export function linesOn(view: ComparisonView, rows: ComparedRows, metric: string, smoothing: number): ComparedLines {
  const { curves, bands } = chosenLines(view, rows);
  const one = (line: { readonly metric: string }) => line.metric === metric;
  const soft = (values: readonly (number | null)[]) => smooth(values, smoothing);
  return {
    curves: curves.filter(one).map((curve) => ({ ...curve, y: soft(curve.y) })),
    bands: bands
      .filter(one)
      .map((band) => ({ ...band, mean: soft(band.mean), low: soft(band.low), high: soft(band.high) })),
  };
}

function chosenLines(view: ComparisonView, rows: ComparedRows): ComparedLines {
  if (rows === "validation") return view;
  const onTrain = <T extends object>(lines: readonly T[]) =>
    lines.map((line) => ({ ...line, split: "train" as const }));
  const isShown = ({ split }: { readonly split?: "train" }) => rows === "both" || split === "train";
  return {
    curves: [...view.curves.filter(isShown), ...onTrain(view.train?.curves ?? [])],
    bands: [...view.bands.filter(isShown), ...onTrain(view.train?.bands ?? [])],
  };
}
