/**
 * Places in the code that V8 runs, led back to what the user typed. Enters: a CellMap and a place; leaves: line and column of the cell.
 * Everything is decoded when an error is shown, not before.
 */
import type { CellMap } from "../wire/link.ts";

/** From 1, as stack traces count; columns in UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** @returns undefined for code that is not the user's */
export function placeInCell(map: CellMap, code: string, place: Place): Place | undefined {
  const offset = offsetOf(code, place);
  const piece = map.pieces.find(([start, , length]) => offset >= start && offset <= start + length);
  if (!piece) return undefined;
  const inJs = placeOf(map.js, piece[1] + (offset - piece[0]));
  if (map.mappings === undefined) return inJs;
  const found = placeByMappings(map.mappings, inJs);
  const isAfter = found && map.opened?.line === found.line && found.column > map.opened.column;
  return isAfter ? { line: found.line, column: found.column - 1 } : found;
}

function offsetOf(text: string, place: Place): number {
  let start = 0;
  for (let line = 1; line < place.line; line++) {
    const end = text.indexOf("\n", start);
    if (end < 0) break;
    start = end + 1;
  }
  return start + place.column - 1;
}

function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}

/** The nearest mapping at or before the place, on its line. */
export function placeByMappings(mappings: string, place: Place): Place | undefined {
  let found: Place | undefined;
  let sourceLine = 0;
  let sourceColumn = 0;
  const lines = mappings.split(";");
  for (let row = 0; row < Math.min(place.line, lines.length); row++) {
    let column = 0;
    for (const segment of lines[row]!.split(",")) {
      if (segment === "") continue;
      const [step = 0, , lineStep = 0, columnStep = 0] = decodeVlq(segment);
      column += step;
      sourceLine += lineStep;
      sourceColumn += columnStep;
      const isHere = row === place.line - 1 && (column < place.column || !found);
      if (isHere) found = { line: sourceLine + 1, column: sourceColumn + 1 };
    }
  }
  return found;
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 VLQ of the source map format, revision 3. */
export function decodeVlq(segment: string): number[] {
  const values: number[] = [];
  let value = 0;
  let shift = 0;
  for (const char of segment) {
    const digit = digits.indexOf(char);
    value += (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    values.push(value & 1 ? -(value >> 1) : value >> 1);
    value = 0;
    shift = 0;
  }
  return values;
}
