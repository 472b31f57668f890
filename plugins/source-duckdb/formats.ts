/**
 * Brings a file into the session as "rows". Enters: a path and options; leaves: rows skipped. CSV and JSON become a table (each later question
 * would parse the file again), Parquet a view (its columns are read as they are asked for).
 */
import { LeptonError, type OpenOptions } from "@lepton/contract";
import { loadCsv } from "./csv.ts";
import { type Session, sqlText } from "./session.ts";

type Format = (session: Session, file: string, options: OpenOptions) => Promise<number>;

const formats: readonly { readonly pattern: RegExp; readonly load: Format }[] = [
  { pattern: /\.(csv|tsv|txt)(\.gz)?$/i, load: loadCsv },
  { pattern: /\.(parquet|pq)$/i, load: loadParquet },
  { pattern: /\.(json|jsonl|ndjson)(\.gz)?$/i, load: loadJson },
];

export function formatOf(uri: string): Format | undefined {
  return formats.find((format) => format.pattern.test(uri))?.load;
}

async function loadParquet(session: Session, file: string): Promise<number> {
  try {
    await session.rows(`create view rows as select * from read_parquet(${sqlText(file)})`);
  } catch (cause) {
    throw new LeptonError("LEPTON_FILE_FORMAT", `${file} is not a Parquet file that can be read: ${firstLine(cause)}`, {
      cause,
    });
  }
  return 0;
}

async function loadJson(session: Session, file: string, options: OpenOptions): Promise<number> {
  const skip = options.badRows === "skip";
  try {
    await session.rows(
      `create table rows as select * from read_json_auto(${sqlText(file)}${skip ? ", ignore_errors=true" : ""})`,
    );
  } catch (cause) {
    throw jsonError(file, cause);
  }
  if (!skip) return 0;
  return await dropEmptyRows(session);
}

/** With ignore_errors DuckDB makes a row of nulls of each line that it could not parse. */
async function dropEmptyRows(session: Session): Promise<number> {
  const [deleted] = await session.rows("delete from rows where coalesce(columns(*)::varchar) is null");
  return Number(deleted?.Count ?? 0);
}

function jsonError(file: string, cause: unknown): LeptonError {
  const message = firstLine(cause);
  const line = /in (?:line|record\/value) (\d+)/.exec(message)?.[1];
  if (line === undefined)
    return new LeptonError("LEPTON_FILE_FORMAT", `${file} cannot be read as JSON: ${message}`, { cause });
  return new LeptonError(
    "LEPTON_ROW_BAD",
    `${file}, row ${line}: ${message} Correct the file, or leave such rows out with --on-bad-row skip (one JSON object a line).`,
    { cause },
  );
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split("\n", 1)[0]!;
}
