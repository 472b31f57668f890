/**
 * What `predict` and `run.predict` do with rows. Enter: rows, or a file of them; leaves: rows with their predictions, shown as a table or written to
 * a file. Apart from predict.ts, which knows only numbers.
 */
import path from "node:path";
import { type Displayable, LeptonError, type SourceColumn, type StopSignal } from "@lepton/contract";
import { replaceFile } from "../data/durable-file.ts";
import { openTable } from "../data/open.ts";
import { type Dataset, loadDataset, shownRows } from "../features/index.ts";
import type { VerbContext } from "../verb.ts";
import { askJob } from "./job-client.ts";
import { inWords, type Prediction, type PredictRow } from "./predict.ts";
import type { Run } from "./run.ts";
import { datasetFolder, readSpec } from "./run-folder.ts";

export type PredictedRow = Readonly<Record<string, unknown>>;
export type Predictions = readonly PredictedRow[] & Displayable;

/** Classes whose probabilities get a column each. */
const shownClasses = 10;

/** @param to  absolute path of a file to write. @throws what reading rows, encoding and writing throw */
export async function predictAndShow(
  run: Run,
  rows: unknown,
  to: string | undefined,
  context: Pick<VerbContext, "host" | "plugins">,
): Promise<Predictions> {
  if (to !== undefined) checkDestination(to, rows, context.host.folder);
  const given = typeof rows === "string" ? await rowsOfFile(rows, run, context) : rowsOf(rows);
  const predicted = await predictRows(run, given, context.host.signal());
  if (to !== undefined) {
    replaceFile(to, [fileText(to, predicted)]);
    context.host.print(`Wrote ${predicted.length} rows to ${to}.\n`);
  }
  return shownPredictions(run, predicted);
}

/** What `run.predict` does: rows of the notebook, no file. @throws what reading rows and encoding throw */
export async function predictGiven(run: Run, rows: unknown): Promise<Predictions> {
  if (typeof rows === "string") {
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `predict: a run predicts rows, got "${rows}". For a file: %lepton predict RUN ${rows}, or lepton.predict(run, ${JSON.stringify(rows)}).`,
    );
  }
  return shownPredictions(run, await predictRows(run, rowsOf(rows)));
}

async function predictRows(
  run: Run,
  given: readonly PredictRow[],
  signal?: StopSignal,
): Promise<readonly PredictedRow[]> {
  const { manifest, answers } = await askJob("predict", run.folder, { rows: given }, signal);
  const words = inWords({ manifest }, answers);
  return given.map((row, index) => withPrediction(row, words[index]!, manifest.target.name));
}

function shownPredictions(run: Run, predicted: readonly PredictedRow[]): Predictions {
  const seen = predicted.slice(0, 100).map((row) => row);
  const shown = shownRows(`${run.name}: ${predicted.length} predictions`, seen, predicted.length);
  return predicted.length === shown.length ? shown : withBundleOf(predicted, shown);
}

/** One row or many. @throws LEPTON_OPTION_VALUE */
function rowsOf(value: unknown): readonly PredictRow[] {
  if (Array.isArray(value)) {
    const isOneRow = value.length > 0 && value.every((item) => typeof item === "number");
    return isOneRow ? [value as PredictRow] : (value as PredictRow[]);
  }
  if (ArrayBuffer.isView(value)) return [value as unknown as PredictRow];
  if (typeof value === "object" && value !== null) return [value as PredictRow];
  throw new LeptonError(
    "LEPTON_OPTION_VALUE",
    `predict: rows must be objects with the columns as keys, or arrays of numbers, got ${typeof value}.`,
  );
}

async function rowsOfFile(
  uri: string,
  run: Run,
  { host, plugins }: Pick<VerbContext, "host" | "plugins">,
): Promise<readonly PredictRow[]> {
  const types = typesOf(loadDataset(datasetFolder(run.folder, readSpec(run.folder))));
  const table = await openTable(uri, plugins, host.folder, { badRows: "error", types });
  try {
    return await table.head(table.rows);
  } finally {
    await table.close();
  }
}

/** As the columns were read for training: a few rows alone would let 007 pass for a number and TRUE for no word. */
function typesOf({ columns, plan }: Dataset): Readonly<Record<string, SourceColumn["type"]>> {
  const types: Record<string, SourceColumn["type"]> = {};
  for (const { name, kind } of columns) {
    const wasText = plan?.report.find((one) => one.name === name)?.storage === "VARCHAR";
    if (kind === "number" || kind === "date") types[name] = kind;
    else if (wasText) types[name] = "text";
  }
  return types;
}

/** The row (when it has names), what is predicted, and each class's probability. */
function withPrediction(row: PredictRow, { prediction, probabilities }: Prediction, target: string): PredictedRow {
  const own = Array.isArray(row) || ArrayBuffer.isView(row) ? {} : row;
  const chances = Object.entries(probabilities ?? {});
  const columns = chances.length <= shownClasses ? chances.map(([name, value]) => [`P(${name})`, value] as const) : [];
  return { ...own, [`predicted ${target}`]: prediction, ...Object.fromEntries(columns) };
}

function withBundleOf(rows: readonly PredictedRow[], shown: Predictions): Predictions {
  const symbols = Object.getOwnPropertySymbols(shown);
  const all = [...rows];
  for (const symbol of symbols) Object.defineProperty(all, symbol, Object.getOwnPropertyDescriptor(shown, symbol)!);
  return all as unknown as Predictions;
}

const written = [".csv", ".json", ".jsonl", ".ndjson"];

/** Before any work: a kind of file that can be written, and not the file that is read. */
function checkDestination(to: string, rows: unknown, folder: string): void {
  if (!written.includes(path.extname(to).toLowerCase())) {
    throw new LeptonError(
      "LEPTON_FILE_FORMAT",
      `predict: --to writes .csv, .json and .jsonl, got "${path.basename(to)}".`,
    );
  }
  if (typeof rows === "string" && path.resolve(folder, rows) === to) {
    throw new LeptonError("LEPTON_OPTION_VALUE", `predict: --to would overwrite ${rows}, which is read; name another.`);
  }
}

function fileText(file: string, rows: readonly PredictedRow[]): string {
  const kind = path.extname(file).toLowerCase();
  if (kind === ".json") return `${JSON.stringify(rows, null, 1)}\n`;
  if (kind === ".csv") return csvText(rows);
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

/** RFC 4180: fields with a comma, a quote or a line break are quoted. */
function csvText(rows: readonly PredictedRow[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const field = (value: unknown) => {
    const text =
      value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows.map((row) => columns.map((name) => row[name]))]
    .map((fields) => `${fields.map(field).join(",")}\n`)
    .join("");
}
