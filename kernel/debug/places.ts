/**
 * A line of a cell, as a place in the code that V8 runs: the way back of cells/source-map.ts. Enters: a cell's map and code; leaves: where a
 * breakpoint goes.
 */
import { decodeVlq } from "../cells/source-map.ts";
import type { CellMap } from "../wire/link.ts";

/** From 0, as the inspector counts. */
export interface CodePlace {
  readonly lineNumber: number;
  readonly columnNumber: number;
}

export interface BreakPlace {
  readonly place: CodePlace;
  /** The line of the cell, from 1: the one asked for, or the next that has code. */
  readonly line: number;
}

/** @returns undefined when no line from `line` on has code */
export function placeOfLine(map: CellMap, code: string, line: number): BreakPlace | undefined {
  const offsets = map.mappings === undefined ? offsetsByText(map.js) : offsetsByMappings(map.js, map.mappings);
  const lines = [...offsets.keys()].filter((candidate) => candidate >= line).sort((a, b) => a - b);
  for (const candidate of lines) {
    for (const offset of offsets.get(candidate) ?? []) {
      const piece = map.pieces.find(([, start, length]) => offset >= start && offset < start + length);
      if (piece) return { place: placeAt(code, piece[0] + offset - piece[1]), line: candidate };
    }
  }
  return undefined;
}

function placeAt(text: string, offset: number): CodePlace {
  const before = text.slice(0, offset);
  return { lineNumber: before.split("\n").length - 1, columnNumber: offset - (before.lastIndexOf("\n") + 1) };
}

/** Line (from 1) ─► offsets of the words and signs on it, where a statement may begin. */
function offsetsByText(js: string): Map<number, number[]> {
  const offsets = new Map<number, number[]>();
  let start = 0;
  js.split("\n").forEach((text, row) => {
    const code = text.replace(/\/\/.*$/, "");
    const words = [...code.matchAll(/[\p{ID_Continue}$]+|[^\s{}();,]/gu)].map((word) => start + word.index);
    if (words.length > 0) offsets.set(row + 1, words);
    start += text.length + 1;
  });
  return offsets;
}

/** Line of the source (from 1) ─► offsets in `js` that come from it, by column. */
function offsetsByMappings(js: string, mappings: string): Map<number, number[]> {
  const found = new Map<number, { column: number; offset: number }[]>();
  let lineStart = 0;
  let sourceLine = 0;
  let sourceColumn = 0;
  for (const row of mappings.split(";")) {
    let column = 0;
    for (const segment of row.split(",")) {
      if (segment === "") continue;
      const [step = 0, , lineStep = 0, columnStep = 0] = decodeVlq(segment);
      column += step;
      sourceLine += lineStep;
      sourceColumn += columnStep;
      const here = found.get(sourceLine + 1) ?? [];
      here.push({ column: sourceColumn, offset: lineStart + column });
      found.set(sourceLine + 1, here);
    }
    lineStart = js.indexOf("\n", lineStart) + 1 || js.length;
  }
  const sorted = [...found].map(([line, places]) => {
    places.sort((a, b) => a.column - b.column || a.offset - b.offset);
    return [line, places.map((place) => place.offset)] as const;
  });
  return new Map(sorted);
}
