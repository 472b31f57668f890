/**
 * Metrics of a run by group: how well it works for each value of a column. Enter: labels of the test rows and the model's outputs; leaves: metrics
 * with 95 % intervals a group, kept in `groups.json` of the run so that every later card shows them.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { LeptonError, type SplitName } from "@lepton/contract";
import { replaceFile } from "../../data/durable-file.ts";
import type { Plugins } from "../../plugins.ts";
import { runOutputs } from "../../train/evaluate-run.ts";
import { confusionMatrix, measure, type Predictions } from "../../train/metrics.ts";
import { datasetFolder } from "../../train/run-folder.ts";
import { type GroupedRows, groupRows } from "./group-rows.ts";
import { type Interval, metricIntervals, regressionIntervals } from "./intervals.ts";

export interface GroupMetrics {
  readonly name: string;
  readonly rows: number;
  /** null where undefined, as ROC-AUC with one class. */
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly intervals: Readonly<Record<string, Interval>>;
}

export interface ColumnGroups {
  readonly column: string;
  readonly groups: readonly GroupMetrics[];
}

export interface RunGroups {
  readonly version: 1;
  readonly split: SplitName;
  /** All rows of the split. */
  readonly all: GroupMetrics;
  readonly columns: readonly ColumnGroups[];
}

export interface GroupPlace {
  readonly runFolder: string;
  /** The notebook's folder. */
  readonly notebook: string;
  readonly plugins: Plugins;
}

/** Measure the run by each of `columns`, beside those measured before. @throws what groupRows and evaluateRun throw */
export async function measureGroups(columns: readonly string[], place: GroupPlace): Promise<RunGroups> {
  const { runFolder, notebook, plugins } = place;
  const { spec, manifest, arrays, evaluation } = await runOutputs({ folder: runFolder }, "test", plugins);
  const folder = datasetFolder(runFolder, spec);
  const grouped = await groupRows({ manifest, folder, split: "test", columns, notebook, plugins });
  const width = evaluation.outputs.length / arrays.rows;
  const predictions: Predictions = { task: spec.task, outputs: evaluation.outputs, targets: arrays.y, width };
  const kept = readGroups(runFolder)?.columns.filter(({ column }) => !columns.includes(column)) ?? [];
  const groups: RunGroups = {
    version: 1,
    split: "test",
    all: measureRows(
      "all rows",
      Array.from({ length: arrays.rows }, (_, row) => row),
      predictions,
    ),
    columns: [...kept, ...grouped.map((one) => groupMetrics(one, predictions))],
  };
  replaceFile(groupsFile(runFolder), [`${JSON.stringify(groups, null, 1)}\n`]);
  return groups;
}

export function groupMetrics({ column, labels, groups }: GroupedRows, predictions: Predictions): ColumnGroups {
  const rows = new Map<string, number[]>(groups.map((name) => [name, []]));
  for (const [row, label] of labels.entries()) rows.get(label)!.push(row);
  return { column, groups: groups.map((name) => measureRows(name, rows.get(name)!, predictions)) };
}

function measureRows(name: string, rows: readonly number[], predictions: Predictions): GroupMetrics {
  const part = rowsOf(predictions, rows);
  const measured = Object.entries(measure(part));
  const metrics = Object.fromEntries(measured.map(([key, value]) => [key, Number.isFinite(value) ? value : null]));
  const intervals =
    part.task === "regression" ? regressionIntervals(part) : metricIntervals(metrics, confusionMatrix(part));
  return { name, rows: rows.length, metrics, intervals };
}

function rowsOf({ task, outputs, targets, width }: Predictions, rows: readonly number[]): Predictions {
  const targetWidth = targets.length / (outputs.length / width);
  const chosen = new Float32Array(rows.length * width);
  const truth = new Float32Array(rows.length * targetWidth);
  for (const [at, row] of rows.entries()) {
    chosen.set(outputs.subarray(row * width, (row + 1) * width), at * width);
    for (let k = 0; k < targetWidth; k++) truth[at * targetWidth + k] = targets[row * targetWidth + k]!;
  }
  return { task, outputs: chosen, targets: truth, width };
}

const groupsFile = (runFolder: string) => path.join(runFolder, "groups.json");

/** What was measured so far; null where nothing was. @throws LEPTON_FILE_FORMAT */
export function readGroups(runFolder: string): RunGroups | null {
  const file = groupsFile(runFolder);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  try {
    const groups = JSON.parse(text) as RunGroups;
    if (groups.version === 1 && Array.isArray(groups.columns)) return groups;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new LeptonError("LEPTON_FILE_FORMAT", `card: ${file} is damaged; remove it and run card --by again.`);
}
