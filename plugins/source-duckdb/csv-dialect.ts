/**
 * How a CSV file is written: delimiter, header and decimal mark, from its first lines. Enters: a path; leaves: a dialect. Apart because DuckDB's own guess
 * bends to broken rows (it may skip to the rows after them), and a broken row must be named instead.
 */
import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { LeptonError } from "@lepton/contract";

export interface CsvDialect {
  readonly delimiter: string;
  readonly header: boolean;
  readonly decimal: "." | ",";
}

const delimiters = [",", ";", "\t", "|"] as const;
const firstLineLimit = 1 << 20;
/** Lines in which a decimal mark is looked for. */
const lookedAt = 100;

/** @returns undefined when the file has no line at all. @throws LEPTON_FILE_FORMAT for what is no text */
export async function guessDialect(file: string): Promise<CsvDialect | undefined> {
  const start = await readStart(file);
  if (start.includes("\0")) {
    // Read as UTF-8 the mark of UTF-16, FF FE or FE FF, is two bytes that are no character.
    const reason = start.startsWith("\uFFFD\uFFFD")
      ? "is UTF-16 text; save it as UTF-8."
      : "is not a CSV file: it holds bytes of 0, which no text has.";
    throw new LeptonError("LEPTON_FILE_FORMAT", `${file} ${reason}`);
  }
  const text = start.replace(/^\uFEFF/, "").replace(/^( *[\r\n])+/, "");
  const lines = text.split(/\r\n|\n|\r/, lookedAt);
  const [line, second = ""] = lines as [string, string?];
  if (line.trim() === "") return undefined;
  const read = delimiters.map((delimiter) => {
    const [cells, next] = [line, second].map((text) => splitLine(text, delimiter)) as [string[], string[]];
    return { delimiter, cells, next, fits: cells.length > 1 && cells.length === next.length };
  });
  // "Name, first;Age, years" has as many commas as semicolons: the line below tells which of them part its cells.
  // Where several do, as in "1;1,5", it is not the comma: that one stands inside cells more often.
  const fitting = read.filter(({ fits }) => fits).toReversed();
  const most = (fitting.length > 0 ? fitting : read).reduce((a, b) => (b.cells.length > a.cells.length ? b : a));
  const decimal = decimalOf(lines, most.delimiter);
  const names = most.cells.map((cell) => (decimal === "," ? cell.replace(",", ".") : cell));
  return {
    delimiter: most.delimiter,
    header: !names.some(isNumber) || (areYears(names) && !areYears(most.next)),
    decimal,
  };
}

const isNumber = (cell: string) => cell.trim() !== "" && Number.isFinite(Number(cell));

/**
 * A comma where cells are like `1,5` and none is like `1.5`; `1,000` alone may as well be a thousand, and `1,2,3` is a list. A file whose cells are
 * parted by commas has none.
 */
function decimalOf(lines: readonly string[], delimiter: string): CsvDialect["decimal"] {
  if (delimiter === ",") return ".";
  const cells = lines.flatMap((line) => splitLine(line, delimiter)).map((cell) => cell.trim());
  const isComma = (cell: string) => /^[+-]?\d+,\d+(e[+-]?\d+)?$/i.test(cell) && !/^[+-]?[1-9]\d{0,2},\d{3}$/.test(cell);
  const speaksAgainst = (cell: string) => /^[+-]?\d*\.\d+(e[+-]?\d+)?$/i.test(cell) || /^\d+(,\d+){2,}$/.test(cell);
  return cells.some(isComma) && !cells.some(speaksAgainst) ? "," : ".";
}

/** `country,2019,2020,2021`: names of columns although they are numbers. */
function areYears(cells: readonly string[]): boolean {
  const numbers = cells.filter(isNumber).map(Number);
  return (
    numbers.length > 1 &&
    numbers.length < cells.length &&
    numbers.every((year, at) => Number.isInteger(year) && (at === 0 || year === numbers[at - 1]! + 1))
  );
}

/** Cells of one line; a delimiter inside double quotes does not count. */
function splitLine(line: string, delimiter: string): string[] {
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
    if (/\.gz$/i.test(file)) return await readZipped(handle.createReadStream({ autoClose: false }));
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
    if (text.split("\n", lookedAt + 1).length > lookedAt || text.length > firstLineLimit) break;
  }
  return text;
}
