/**
 * Positions in text. Jupyter counts Unicode code points, JavaScript UTF-16 units, people lines and columns from 1.
 * Apart because every reply that holds a position passes here, and nothing else may count characters.
 */

const isHigh = (unit: number) => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff;

/** True where `text` has one code point made of two units, at `index` and `index + 1`. */
function isPair(text: string, index: number): boolean {
  return isHigh(text.charCodeAt(index)) && isLow(text.charCodeAt(index + 1));
}

/** The UTF-16 offset of a position counted in code points; a position past the end is the end. */
export function utf16FromCodePoints(text: string, codePoints: number): number {
  let offset = 0;
  for (let seen = 0; seen < codePoints && offset < text.length; seen++) offset += isPair(text, offset) ? 2 : 1;
  return offset;
}

/** The position in code points of a UTF-16 offset; an offset inside a pair counts as before it. */
export function codePointsFromUtf16(text: string, offset: number): number {
  const end = Math.min(offset, text.length);
  let codePoints = 0;
  let index = 0;
  while (index < end) {
    index += isPair(text, index) ? 2 : 1;
    if (index <= end) codePoints++;
  }
  return codePoints;
}

/** Line and column, both from 1, of a UTF-16 offset; the column counts code points. */
export function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  let line = 1;
  for (let at = before.indexOf("\n"); at >= 0; at = before.indexOf("\n", at + 1)) line++;
  return { line, column: codePointsFromUtf16(before.slice(lineStart), offset - lineStart) + 1 };
}
