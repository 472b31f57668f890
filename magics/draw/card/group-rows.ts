/**
 * Which group each test row is in. Enter: a run's data set and the name of a column of its file, seen by the model or not; leaves: one label a row.
 * Few values are groups as they are; many numbers or dates become four groups of about equal size.
 */
import { type DatasetManifest, LeptonError, type SourceColumn, type SplitName, type Table } from "@lepton/contract";
import { didYouMean } from "../../data/nearest-name.ts";
import { type ColumnData, missingCode, readColumns } from "../../data/read-columns.ts";
import { openSource, readFileRows } from "../../features/source-rows.ts";
import type { Plugins } from "../../plugins.ts";
import { formatNumber } from "../format.ts";

export interface GroupRequest {
  readonly manifest: DatasetManifest;
  /** The data set's folder. */
  readonly folder: string;
  readonly split: SplitName;
  readonly columns: readonly string[];
  /** The notebook's folder, where the file's path starts. */
  readonly notebook: string;
  readonly plugins: Plugins;
}

export interface GroupedRows {
  readonly column: string;
  /** Of each row of the split. */
  readonly labels: readonly string[];
  /** In the order in which they are shown. */
  readonly groups: readonly string[];
}

/** Values beyond which numbers are put into ranges, and beyond which the rare categories are one group. */
const mostValues = 12;
const mostCategories = 20;
const others = "(all others)";
const nothing = "(missing)";

/** @throws LEPTON_COLUMN_UNKNOWN, LEPTON_FILE_MISSING, LEPTON_FILE_FORMAT when the file is no longer what was trained on */
export async function groupRows(request: GroupRequest): Promise<readonly GroupedRows[]> {
  const { manifest, columns } = request;
  if (manifest.source.kind !== "file") {
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `card: by takes a column of a file; ${manifest.name} was made of arrays from a cell and has none.`,
    );
  }
  const source = { ...request, verb: "card" };
  const rows = readFileRows(source);
  const table = await openSource(source);
  try {
    const found = columns.map((name) => columnOf(table, name, manifest.name));
    const data = await readColumns(
      table,
      found.map((column) => ({ name: column.name, as: readAs(column) })),
    );
    return found.map((column, index) => group(column, data[index]!, rows));
  } finally {
    await table.close();
  }
}

function columnOf(table: Table, name: string, dataset: string): SourceColumn {
  const column = table.columns.find((one) => one.name === name);
  if (column) return column;
  const names = table.columns.map((one) => one.name);
  throw new LeptonError(
    "LEPTON_COLUMN_UNKNOWN",
    `card: ${dataset} has no column "${name}"${didYouMean(name, names)} Columns: ${names.join(", ")}.`,
  );
}

function readAs(column: SourceColumn): "category" | "f64" | "epoch" {
  if (column.type === "date") return "epoch";
  return column.type === "text" || column.type === "other" ? "category" : "f64";
}

function group(column: SourceColumn, data: ColumnData, rows: Uint32Array): GroupedRows {
  if (data.as === "codes") return groupCategories(column.name, data, rows);
  const values = Float64Array.from(rows, (row) => data.values[row]!);
  return { column: column.name, ...groupNumbers(values, wordsOf(column)) };
}

function wordsOf({ type }: SourceColumn): (value: number) => string {
  if (type === "date") return (value) => new Date(value * 1000).toISOString().slice(0, 10);
  if (type === "boolean") return (value) => (value === 0 ? "false" : "true");
  return formatNumber;
}

function groupCategories(
  column: string,
  { codes, dictionary }: Extract<ColumnData, { as: "codes" }>,
  rows: Uint32Array,
): GroupedRows {
  const missing = missingCode(codes);
  const all = Array.from(rows, (row) => (codes[row] === missing ? nothing : dictionary[codes[row]!]!));
  const counts = new Map<string, number>();
  for (const label of all) counts.set(label, (counts.get(label) ?? 0) + 1);
  const names = [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)! || a.localeCompare(b));
  if (names.length <= mostCategories) return { column, labels: all, groups: names };
  const kept = new Set(names.slice(0, mostCategories - 1));
  return { column, labels: all.map((label) => (kept.has(label) ? label : others)), groups: [...kept, others] };
}

/** Each value its group where there are few; else ranges that end at the quartiles. Equal values stay together. */
export function groupNumbers(
  values: Float64Array,
  words: (value: number) => string,
): Pick<GroupedRows, "labels" | "groups"> {
  const present = values.filter((value) => !Number.isNaN(value)).sort();
  const distinct = [...new Set(present)];
  const isFew = distinct.length <= mostValues;
  const cuts = isFew ? [] : quartiles(present);
  const labels = isFew ? distinct.map(words) : rangeNames(cuts, words);
  const place = (value: number) => (isFew ? distinct.indexOf(value) : cuts.filter((cut) => value > cut).length);
  const found = Array.from(values, (value) => (Number.isNaN(value) ? nothing : labels[place(value)]!));
  const seen = new Set(found);
  return { labels: found, groups: [...labels, nothing].filter((label) => seen.has(label)) };
}

function quartiles(present: Float64Array): number[] {
  const cuts = [0.25, 0.5, 0.75].map((share) => present[Math.ceil(share * present.length) - 1]!);
  return [...new Set(cuts)].filter((cut) => cut < present.at(-1)!);
}

function rangeNames(cuts: readonly number[], words: (value: number) => string): string[] {
  const first = `up to ${words(cuts[0]!)}`;
  const between = cuts.slice(1).map((cut, index) => `above ${words(cuts[index]!)}, up to ${words(cut)}`);
  return [first, ...between, `above ${words(cuts.at(-1)!)}`];
}
