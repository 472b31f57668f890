/**
 * How a CSV file is written: delimiter and header, from its first line. Enters: a path; leaves: a dialect. Apart because DuckDB's own guess
 * bends to broken rows (it may skip to the rows after them), and a broken row must be named instead.
 */
import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { LeptonError } from "@lepton/contract";

export interface CsvDialect {
  readonly delimiter: string;
  readonly header: boolean;
}

const delimiters = [",", ";", "\t", "|"] as const;
const firstLineLimit = 1 << 20;

/** @returns undefined when the file has no line at all. @throws LEPTON_FILE_FORMAT for what is no text */
export async function guessDialect(file: string): Promise<CsvDialect | undefined> {
  const start = await readStart(file);
  if (start.includes("\0")) {
    throw new LeptonError("LEPTON_FILE_FORMAT", `${file} is not a CSV file: it holds bytes of 0, which no text has.`);
  }
  const line = start.split(/\r\n|\n|\r/, 1)[0]!.replace(/^\uFEFF/, "");
  if (line.trim() === "") return undefined;
  const counted = delimiters.map((delimiter) => ({ delimiter, cells: splitLine(line, delimiter) }));
  const best = counted.reduce((a, b) => (b.cells.length > a.cells.length ? b : a));
  const isNumber = (cell: string) => cell.trim() !== "" && Number.isFinite(Number(cell));
  return { delimiter: best.delimiter, header: !best.cells.some(isNumber) };
}

/** Cells of one line; a delimiter inside double quotes does not count. */
function splitLine(line: string, delimiter: string): readonly string[] {
  const cells = [""];
  let quoted = false;
  for (const character of line) {
    if (character === '"') quoted = !quoted;
    else if (character === delimiter && !quoted) cells.push("");
    else cells[cells.length - 1] += character;
  }
  return cells;
}

async function readStart(file: string): Promise<string> {
  const handle = await open(file);
  try {
    if (file.endsWith(".gz")) return await readZipped(handle.createReadStream({ autoClose: false }));
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(firstLineLimit), position: 0 });
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function readZipped(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const part of stream.pipe(createGunzip())) {
    text += String(part);
    if (text.includes("\n") || text.length > firstLineLimit) break;
  }
  return text;
}
