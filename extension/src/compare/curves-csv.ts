/** The curves of compared runs as CSV, one point a row. A comparison enters, a file's text leaves. */
import type { ComparisonView } from "../../../kernel/contract/comparison.ts";
import { csvCell } from "../run/csv.ts";
import { atEpoch } from "./axes.ts";

export function curvesCsv(view: ComparisonView): string {
  const rows = ["run,name,seed,metric,epoch,step,seconds,value"];
  for (const { run, metric, x, y } of view.curves) {
    const { id, name, seed, clock } = view.runs[run]!;
    const head = [csvCell(id), csvCell(name), seed, csvCell(metric)];
    for (const [index, epoch] of x.entries()) {
      const places = [epoch, atEpoch(clock, epoch, "step"), atEpoch(clock, epoch, "seconds")];
      rows.push([...head, ...places.map((place) => place ?? ""), y[index] ?? ""].join(","));
    }
  }
  return `${rows.join("\n")}\n`;
}
