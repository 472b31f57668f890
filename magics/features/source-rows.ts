/**
 * The file behind a data set, as the user has it. Enter: a data set and one of its splits; leave: which row of the file each row of the split is, the
 * file as a table while it is still the one that the data set was made of, and single rows in the user's own values. Apart because the arrays of a
 * data set hold what training sees, and only the file what people know.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import {
  type BlockColumn,
  type DatasetManifest,
  LeptonError,
  type SourceColumn,
  type SplitName,
  type Table,
} from "@lepton/contract";
import { isRemote, openTable } from "../data/open.ts";
import type { Plugins } from "../plugins.ts";
import { createFileHashes } from "./file-hash.ts";
import { fileRowsFile } from "./write-dataset.ts";

const hashes = createFileHashes();

export interface SourceRequest {
  /** Who asks, for messages: "card". */
  readonly verb: string;
  readonly manifest: DatasetManifest;
  /** The data set's folder. */
  readonly folder: string;
  readonly split: SplitName;
  /** The notebook's folder, where the file's path starts. */
  readonly notebook: string;
  readonly plugins: Plugins;
}

/** Row of the file of each row of the split. @throws LEPTON_FILE_MISSING for data sets made before these were written, LEPTON_FILE_FORMAT when damaged */
export function readFileRows({ verb, manifest, folder, split }: SourceRequest): Uint32Array {
  const file = path.join(folder, fileRowsFile(split));
  if (!existsSync(file)) {
    throw new LeptonError(
      "LEPTON_FILE_MISSING",
      `${verb}: ${manifest.name} does not say which rows of its file are ${split} rows; run its %lepton features again.`,
    );
  }
  const bytes = readBytes(verb, file);
  if (bytes.length !== manifest.rows[split] * 4) {
    throw new LeptonError(
      "LEPTON_FILE_FORMAT",
      `${verb}: ${file} is damaged: it has ${bytes.length} bytes, four a row for ${manifest.rows[split]} rows are expected. Delete it and run %lepton features again.`,
    );
  }
  return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** @throws LEPTON_FILE_FORMAT when the system refuses */
function readBytes(verb: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw unreadable(verb, file, error);
  }
}

/** A sentence for a read that the system refused (EACCES, EIO); other errors pass unchanged. */
function unreadable(verb: string, file: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) return error;
  return new LeptonError("LEPTON_FILE_FORMAT", `${verb}: ${file} cannot be read (${code}). Look at its permissions.`, {
    cause: error,
  });
}

/** The data set's file, only when it is still the one that the data set was made of. @throws LEPTON_FILE_MISSING, LEPTON_FILE_FORMAT */
export async function openSource({ verb, manifest, split, notebook, plugins }: SourceRequest): Promise<Table> {
  const source = manifest.source as Extract<DatasetManifest["source"], { kind: "file" }>;
  const table = await openTable(source.uri, plugins, notebook, {
    badRows: source.skipped > 0 ? "skip" : "error",
    types: typesOf(manifest),
  });
  let same = false;
  try {
    same =
      table.rows === source.rows &&
      (isRemote(source.uri) || (await hashes.sha256Of(path.resolve(notebook, source.uri))) === source.sha256);
  } catch (error) {
    throw unreadable(verb, source.uri, error);
  } finally {
    if (!same) await table.close();
  }
  if (same) return table;
  throw new LeptonError(
    "LEPTON_FILE_FORMAT",
    `${verb}: ${source.uri} has changed since ${manifest.name} was made of it; its ${split} rows cannot be found. Run features and train again.`,
  );
}

/** As features read it: what is a category there is text here. */
function typesOf(manifest: DatasetManifest): Record<string, SourceColumn["type"]> {
  const texts = manifest.columns.filter(({ kind }) => kind === "category" || kind === "ordinal");
  return Object.fromEntries(texts.map(({ name }) => [name, "text"] as const));
}

/** A value as it is in the file: numbers as numbers, all else as text, null where it is missing. */
export type FileValue = number | string | null;

/**
 * Rows of a split in the user's own values. The whole file is read for its hash when it has changed, and parsed; its rows are looked through up to the last
 * one that is wanted.
 *
 * @param rows     of the split, in any order
 * @param columns  names of the file's columns
 * @returns        for each of the rows its values, in the order of the columns
 * @throws         LEPTON_COLUMN_UNKNOWN, LEPTON_FILE_MISSING, LEPTON_FILE_FORMAT
 */
export async function rowsOfFile(
  request: SourceRequest,
  rows: readonly number[],
  columns: readonly string[],
): Promise<readonly (readonly FileValue[])[]> {
  const places = readFileRows(request);
  const table = await openSource(request);
  try {
    const types = new Map(table.columns.map(({ name, type }) => [name, type]));
    const wanted = columns.map((name) => ({
      name,
      as: isNumber(types.get(name)) ? ("f64" as const) : ("text" as const),
    }));
    const missing = new Set(rows.map((row) => places[row]!));
    const found = new Map<number, readonly FileValue[]>();
    let first = 0;
    for await (const block of table.scan({ columns: wanted })) {
      for (const place of missing) {
        if (place >= first + block.rows) continue;
        const values = block.columns.map((column) => valueAt(column, place - first));
        found.set(place, values);
        missing.delete(place);
      }
      first += block.rows;
      if (missing.size === 0) break;
    }
    if (missing.size > 0) {
      const [place] = missing;
      throw new LeptonError(
        "LEPTON_FILE_FORMAT",
        `${request.verb}: ${request.manifest.name} says that its ${request.split} rows have row ${place} of ${table.uri}, which has ${table.rows}; run features again.`,
      );
    }
    return rows.map((row) => found.get(places[row]!)!);
  } finally {
    await table.close();
  }
}

function isNumber(type: SourceColumn["type"] | undefined): boolean {
  return type === "number" || type === "integer";
}

function valueAt(column: BlockColumn, row: number): FileValue {
  if (column.as === "text") return column.values[row] ?? null;
  if (column.as === "category") throw new Error("a row's values are read as numbers and texts");
  const value = column.values[row]!;
  return Number.isFinite(value) ? value : null;
}
