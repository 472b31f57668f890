/**
 * Which rows compared curves were measured on, and how much they are smoothed. A comparison and a reader's choice enter; the lines that are drawn leave.
 * Pure, so that tests without a page read it too.
 */
import type { ComparedLines, ComparisonView } from "../../../kernel/contract/comparison.ts";
import { smooth } from "../run/points.ts";

export type ComparedRows = "validation" | "train";

/** Kernels of before say nothing of training rows, and not every metric is measured there. */
export function rowsOf(view: ComparisonView, metric: string): readonly ComparedRows[] {
  const isMeasured = view.train?.curves.some((curve) => curve.metric === metric) ?? false;
  return isMeasured ? ["validation", "train"] : ["validation"];
}

/** @param smoothing  0 (none) to below 1, as in a run's charts; a band is smoothed as its mean is */
export function linesOn(view: ComparisonView, rows: ComparedRows, metric: string, smoothing: number): ComparedLines {
  const { curves, bands } = (rows === "train" ? view.train : undefined) ?? view;
  const one = (line: { readonly metric: string }) => line.metric === metric;
  const soft = (values: readonly (number | null)[]) => smooth(values, smoothing);
  return {
    curves: curves.filter(one).map((curve) => ({ ...curve, y: soft(curve.y) })),
    bands: bands
      .filter(one)
      .map((band) => ({ ...band, mean: soft(band.mean), low: soft(band.low), high: soft(band.high) })),
  };
}
