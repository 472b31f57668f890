/**
 * Which line of the cell an error comes from. Enter: a captured module's line table and an error thrown while its function built the model; leaves: the
 * error again, with the line in its message. Apart from capture.ts, which only writes the table.
 */
import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import path from "node:path";
import { type ErrorCode, isLeptonError, LeptonError } from "@lepton/contract";

/** Beside a module: for each of its lines the line of the cell, 0 where there is none, and the cell's text. */
interface LineTable {
  readonly lines: readonly number[];
  readonly text: readonly string[];
}

/** The first line under `%%lepton train` is line 2 of the cell. */
export const firstBodyLine = 2;

const tableFile = (module: string) => `${module}.lines.json`;

/** The text of a line table, for the module that lies in `file`. */
export function lineTable(file: string, lines: readonly number[], body: string): readonly [file: string, text: string] {
  return [tableFile(file), JSON.stringify({ lines, text: body.split("\n") } satisfies LineTable)];
}

/**
 * For each line of some code, the line (from 1) of the source it was made of; 0 where the map says nothing.
 *
 * @param of  the end of the source's name, where a map is of several
 */
export function linesByMap(code: string, map: string, of = ""): number[] {
  const source = new SourceMap(JSON.parse(map));
  return code.split("\n").map((text, line) => {
    // Where esbuild begins a line with words of its own ("var model = "), its end is the source's.
    for (const column of [Math.max(0, text.search(/\S/)), text.length]) {
      const entry = source.findEntry(line, column);
      if ("originalLine" in entry && entry.generatedLine === line && entry.originalSource.endsWith(of))
        return entry.originalLine + 1;
    }
    return 0;
  });
}

/**
 * The error with the place in the cell where its model or loss was when it was thrown.
 *
 * @param module  the captured module, absolute; its frames are looked for in the error's stack, and the kernel's own "Cell 3:5:7"
 */
export function withCellLine(error: LeptonError, module: string): LeptonError {
  const stack = String(stackOf(error));
  const frame = new RegExp(`${path.basename(module).replaceAll(".", "\\.")}:(\\d+):\\d+`).exec(stack);
  // The kernel's frames lie under the module's: that is the cell which holds the magic.
  const own = frame ? null : /Cell (\d+):(\d+):\d+/.exec(stack);
  if (own) return placed(error, `cell ${own[1]}, line ${own[2]}`, "");
  if (!frame || !existsSync(tableFile(module))) return error;
  const { lines, text } = JSON.parse(readFileSync(tableFile(module), "utf8")) as LineTable;
  const line = lines[Number(frame[1]) - 1] ?? 0;
  if (line === 0) return error;
  return placed(error, `line ${line + firstBodyLine - 1} of the cell`, text[line - 1] ?? "");
}

/** A wrapped error's own stack begins where it was wrapped. */
function stackOf(error: LeptonError): unknown {
  return error.cause instanceof Error && !isLeptonError(error.cause) ? error.cause.stack : error.stack;
}

function placed(error: LeptonError, place: string, text: string): LeptonError {
  const shown = text.trim() === "" ? "" : `: ${text.trim().slice(0, 120)}`;
  return new LeptonError(error.code as ErrorCode, `${error.message.replace(/\.$/, "")}; ${place}${shown}`, {
    cause: error,
  });
}
