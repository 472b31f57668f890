/** Reads JSON (an array of objects, or one object a line) into the session's table "rows". Leaves: rows skipped. */
import { createReadStream } from "node:fs";
import readline from "node:readline";
import { createGunzip } from "node:zlib";
import { LeptonError, type OpenOptions } from "@lepton/contract";
import { type Session, sqlFile, sqlName } from "./session.ts";

/** @throws LEPTON_ROW_BAD with the line (one object a line), LEPTON_FILE_FORMAT */
export async function loadJson(session: Session, file: string, options: OpenOptions): Promise<number> {
  const byLine = /\.(jsonl|ndjson)(\.gz)?$/i.test(file);
  const skip = byLine && options.badRows === "skip";
  // Behind a byte order mark DuckDB finds lines only by itself, and cannot leave any out.
  const format = byLine && !(await isMarked(file)) ? ", format='newline_delimited'" : "";
  // All rows are looked at for the types: from the first ones alone, a later fraction would be rounded.
  const settings = `${sqlFile(file)}, hive_partitioning=false, sample_size=-1${format}${skip ? ", ignore_errors=true" : ""}`;
  try {
    await session.rows(`create table rows as from read_json(${settings})`);
  } catch (cause) {
    throw await jsonError(file, byLine, cause);
  }
  return skip ? await dropEmptyRows(session) : 0;
}

/** With ignore_errors DuckDB makes a row of nulls of each line that it could not parse. */
async function dropEmptyRows(session: Session): Promise<number> {
  const names = (await session.rows("describe rows")).map((row) => sqlName(String(row.column_name)));
  const [deleted] = await session.rows(
    `delete from rows where ${names.map((name) => `${name} is null`).join(" and ")}`,
  );
  return Number(deleted?.Count ?? 0);
}

async function jsonError(file: string, byLine: boolean, cause: unknown): Promise<LeptonError> {
  const bad = byLine ? await firstBadLine(file) : undefined;
  if (bad) {
    const text = bad.text.length > 80 ? `${bad.text.slice(0, 77)}...` : bad.text;
    const law = `${file}, line ${bad.line}: "${text}" is not a JSON object.`;
    const skip = (await isMarked(file))
      ? "save it as UTF-8 without a byte order mark and leave such rows out"
      : "leave such rows out";
    return new LeptonError("LEPTON_ROW_BAD", `${law} Correct the file, or ${skip} with --on-bad-row skip.`, { cause });
  }
  const message = (cause instanceof Error ? cause.message : String(cause)).split("\n", 1)[0]!;
  return new LeptonError("LEPTON_FILE_FORMAT", `${file} cannot be read as JSON: ${message}`, { cause });
}

async function isMarked(file: string): Promise<boolean> {
  const bytes = createReadStream(file);
  const input = /\.gz$/i.test(file) ? bytes.pipe(createGunzip()) : bytes;
  for await (const part of input) return (part as Buffer).subarray(0, 3).equals(Buffer.from("\uFEFF"));
  return false;
}

/** DuckDB's own line numbers are those of its parser's state, often one too high. */
async function firstBadLine(file: string): Promise<{ line: number; text: string } | undefined> {
  const bytes = createReadStream(file);
  const input = /\.gz$/i.test(file) ? bytes.pipe(createGunzip()) : bytes;
  let line = 0;
  for await (const text of readline.createInterface({ input })) {
    line++;
    const own = line === 1 ? text.replace(/^\uFEFF/, "") : text;
    if (own.trim() !== "" && !isObject(own)) return { line, text: own };
  }
  return undefined;
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
