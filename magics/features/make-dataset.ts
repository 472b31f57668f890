/**
 * File ─► data set: opens, guesses, reads, and hands the columns to the worker that fits. Enters: a path and options; leaves: the data set's
 * manifest. What runs here waits for DuckDB's threads or for the worker, so the notebook stays awake.
 */
import path from "node:path";
import type { OpenOptions, SourceColumn, StopSignal, Table } from "@lepton/contract";
import { isRemote, openTable } from "../data/open.ts";
import { type ColumnData, readColumns, type WantedColumn } from "../data/read-columns.ts";
import type { Plugins } from "../plugins.ts";
import { type ColumnGuess, guessKinds } from "./kinds.ts";
import { checkColumns, type FeatureOptions } from "./options.ts";
import { type FeaturesDone, runInWorker, throwIfStopped } from "./run-job.ts";

/** Rows kept beside the arrays for `dataset.head`. */
export const previewRows = 100;

export interface MakeContext {
  readonly plugins: Plugins;
  /** The notebook's folder. */
  readonly folder: string;
  /** `.lepton/datasets`. */
  readonly datasets: string;
  readonly signal: StopSignal;
  readonly sourceText: string;
}

export interface ReadTable {
  readonly columns: readonly { readonly guess: ColumnGuess; readonly data: ColumnData | undefined }[];
  readonly target: { readonly column: SourceColumn; readonly data: ColumnData };
  readonly splitBy: { readonly column: SourceColumn; readonly data: ColumnData } | undefined;
}

/** @throws what the source throws, LEPTON_COLUMN_UNKNOWN, LEPTON_TARGET, LEPTON_DATA_EMPTY */
export async function makeDataset(uri: string, options: FeatureOptions, context: MakeContext): Promise<FeaturesDone> {
  const table = await openTable(uri, context.plugins, context.folder, openOptions(options));
  try {
    throwIfStopped(context.signal);
    const read = await readTable(table, options, context.signal);
    return await runInWorker(
      {
        kind: "fit",
        datasets: context.datasets,
        input: { ...read, options },
        source: {
          uri,
          file: isRemote(uri) ? undefined : path.resolve(context.folder, uri),
          rows: table.rows,
          skipped: table.skipped,
        },
        preview: await table.head(previewRows),
        sourceText: context.sourceText,
      },
      context.signal,
    );
  } finally {
    await table.close();
  }
}

/** Guess what the columns are, and read those that are of use. @throws LEPTON_COLUMN_UNKNOWN */
export async function readTable(table: Table, options: FeatureOptions, signal: StopSignal): Promise<ReadTable> {
  checkColumns(options, table.columns);
  const target = table.columns.find((column) => column.name === options.target)!;
  const splitBy = table.columns.find((column) => column.name === options.splitBy);
  const texts = table.columns.filter(
    (column) => column.type === "text" && column !== target && column !== splitBy && !options.kinds.has(column.name),
  );
  const counts = new Map(
    (await table.statistics(texts.map((column) => column.name))).map((entry) => [entry.name, entry]),
  );
  const guesses = guessKinds(table.columns, counts, options);
  const wanted: WantedColumn[] = [{ name: target.name, as: exactly(target) }];
  if (splitBy) wanted.push({ name: splitBy.name, as: exactly(splitBy) });
  const used = guesses.filter((guess) => guess.as !== undefined);
  wanted.push(...used.map((guess) => ({ name: guess.column.name, as: guess.as! })));
  const data = await readColumns(table, wanted, () => throwIfStopped(signal));
  const ofGuess = new Map(used.map((guess, index) => [guess, data[data.length - used.length + index]!]));
  const close = used.filter((guess) => guess.kind === "number" && tooClose(ofGuess.get(guess)!));
  const exact: WantedColumn[] = close.map((guess) => ({ name: guess.column.name, as: "f64" }));
  if (close.length > 0) {
    const again = await readColumns(table, exact, () => throwIfStopped(signal));
    for (const [index, guess] of close.entries()) ofGuess.set(guess, again[index]!);
  }
  return {
    columns: guesses.map((guess) => ({ guess, data: ofGuess.get(guess) })),
    target: { column: target, data: data[0]! },
    splitBy: splitBy && { column: splitBy, data: data[1]! },
  };
}

/** Numbers whose range is so small for their size (a clock's seconds within an hour) that f32's seven digits hardly tell them apart. */
function tooClose(data: ColumnData): boolean {
  if (data.as !== "f32") return false;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let row = 0; row < data.values.length; row++) {
    const value = data.values[row]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const size = Math.max(Math.abs(low), Math.abs(high));
  return Number.isFinite(size) && size > 2 ** 10 && high - low < size * 1e-3;
}

/** Numbers in full precision, dates as seconds, else categories. */
function exactly(column: SourceColumn): WantedColumn["as"] {
  if (column.type === "date") return "epoch";
  return column.type === "text" || column.type === "other" ? "category" : "f64";
}

/** A kind that the user named says how a CSV's text is to be read. */
function openOptions(options: FeatureOptions): OpenOptions {
  const types: Record<string, SourceColumn["type"]> = {};
  for (const [name, kind] of options.kinds) {
    if (kind === "ignored" || kind === "category" || kind === "ordinal") types[name] = "text";
    else types[name] = kind;
  }
  return { badRows: options.badRows, types };
}
