/** Opens a file as a table with whichever source can. Enters: a path or URI; leaves: the contract's Table, or an error with the nearest names. */
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { LeptonError, type OpenOptions, type Table } from "@lepton/contract";
import type { Plugins } from "../plugins.ts";
import { didYouMean } from "./nearest-name.ts";

/** @param folder  where relative paths start: the notebook's folder. @throws LEPTON_FILE_MISSING, LEPTON_FILE_FORMAT, and what the source throws */
export async function openTable(uri: string, plugins: Plugins, folder: string, options: OpenOptions): Promise<Table> {
  const resolved = isRemote(uri) ? uri : localFile(uri, folder);
  const source = plugins.sources().find((candidate) => candidate.matches(resolved));
  if (!source) {
    const known = plugins.sources().map((candidate) => candidate.name);
    const tried = known.length === 0 ? "no source is loaded" : `asked: ${known.join(", ")}`;
    const remedy = isRemote(uri)
      ? "Download it first, e.g. with fetch in a cell, and name the file."
      : "CSV, TSV, Parquet and JSON can be read.";
    throw new LeptonError("LEPTON_FILE_FORMAT", `${uri}: no source reads such a file (${tried}). ${remedy}`);
  }
  return await source.open(resolved, options);
}

export function isRemote(uri: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(uri);
}

function localFile(uri: string, folder: string): string {
  const file = path.resolve(folder, uri);
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) throw new LeptonError("LEPTON_FILE_MISSING", `no file ${uri} in ${folder}${hint(file)}`);
  if (found.isDirectory()) throw new LeptonError("LEPTON_FILE_FORMAT", `${uri} is a folder, a file is expected.`);
  return file;
}

function hint(file: string): string {
  const parent = path.dirname(file);
  if (!statSync(parent, { throwIfNoEntry: false })?.isDirectory()) return `; the folder ${parent} does not exist.`;
  const tables = readdirSync(parent).filter((name) => /\.(csv|tsv|txt|parquet|json|jsonl|ndjson)(\.gz)?$/i.test(name));
  const near = didYouMean(path.basename(file), tables);
  const list = tables.slice(0, 8).join(", ");
  return near === "." && list !== "" ? `. Tables there: ${list}.` : near;
}
