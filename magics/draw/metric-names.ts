/** Which metrics the picture of a run shows. */
import { isHeadline, metricsByWorth, type RunView } from "@lepton/contract";

/** Up to three metrics of one scale that the run has series of, most telling first; any one other metric where none of these is there. */
export function headlineMetrics(view: RunView): readonly string[] {
  const there = [...new Set(view.series.filter((one) => one.split !== "train").map((one) => one.name))].filter(
    (name) => name !== "loss" && name !== "learningRate",
  );
  const wanted = metricsByWorth(there.filter(isHeadline)).slice(0, 3);
  return wanted.length > 0 ? wanted : there.slice(0, 1);
}
