/** An evaluation as its user sees it: metrics and the confusion matrix as a table, numbers to code. Apart from the measuring. */
import { type Displayable, displaySymbol } from "@lepton/contract";
import { tableBundle } from "../draw/table.ts";
import type { RunEvaluation } from "./evaluate-run.ts";
import type { Run } from "./run.ts";

export type Evaluation = RunEvaluation & Displayable;

export function shownEvaluation(run: Run, evaluation: RunEvaluation): Evaluation {
  const { split, rows, metrics, confusion } = evaluation;
  const measures = Object.entries(metrics).map(([name, value]) => ({ metric: name, value }));
  const classes = confusion?.classes ?? [];
  const counts = confusion?.counts.map((cells, truth) => ({
    metric: `true ${classes[truth]}`,
    ...Object.fromEntries(cells.map((count, guess) => [`as ${classes[guess]}`, count])),
  }));
  const shown: Readonly<Record<string, unknown>>[] = [...measures, ...(classes.length <= 20 ? (counts ?? []) : [])];
  const columns = [...new Set(shown.flatMap((row) => Object.keys(row)))];
  const caption = `${run.name} on ${rows} ${split} rows`;
  const bundle = tableBundle({
    caption,
    columns,
    rows: shown.map((row) => columns.map((column) => row[column] ?? "")),
    total: shown.length,
  });
  return Object.defineProperty({ ...evaluation }, displaySymbol, { value: () => bundle }) as Evaluation;
}
