/** An evaluation as its user sees it: metrics and the confusion matrix as a table, numbers to code. Apart from the measuring, which a process does. */
import { type Displayable, displaySymbol, LeptonError, type SplitName, type StopSignal } from "@lepton/contract";
import { tableBundle } from "../draw/table.ts";
import { splitNames } from "../features/split.ts";
import type { RunEvaluation } from "./evaluate-run.ts";
import { askJob } from "./job-client.ts";
import type { Run } from "./run.ts";

export type Evaluation = RunEvaluation & Displayable;

/** @throws LEPTON_OPTION_VALUE for an unknown split; what measuring throws */
export async function evaluateAndShow(run: Run, split: SplitName, signal?: StopSignal): Promise<Evaluation> {
  if (!splitNames.includes(split)) {
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `evaluate: there are the rows ${splitNames.join(", ")}; got ${JSON.stringify(split)}.`,
    );
  }
  return shownEvaluation(run, await askJob("evaluate", run.folder, { split }, signal));
}

function shownEvaluation(run: Run, evaluation: RunEvaluation): Evaluation {
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
