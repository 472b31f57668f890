/** The curves of compared runs as CSV, one point a row. A comparison enters, a file's text leaves. */
import type { ComparedCurve, ComparisonView } from "../../../kernel/contract/comparison.ts";
import { csvCell } from "../run/csv.ts";
import { atEpoch } from "./axes.ts";

export function curvesCsv(view: ComparisonView): string {
  const rows = ["run,name,seed,metric,split,epoch,step,seconds,value"];
  for (const { split, of } of [
    { split: "validation", of: view.curves },
    { split: "train", of: view.train?.curves ?? [] },
  ])
    for (const curve of of) rows.push(...rowsOfCurve(view, curve, curve.split ?? split));
  return `${rows.join("\n")}\n`;
}

function rowsOfCurve(view: ComparisonView, { run, metric, x, y }: ComparedCurve, split: string): string[] {
  const { id, name, seed, clock } = view.runs[run]!;
  const head = [csvCell(id), csvCell(name), seed, csvCell(metric), split];
  return x.map((epoch, index) => {
    const places = [epoch, atEpoch(clock, epoch, "step"), atEpoch(clock, epoch, "seconds")];
    return [...head, ...places.map((place) => place ?? ""), y[index] ?? ""].join(",");
  });
}
