/**
 * A cell's text is TypeScript with magic lines in it. Enters: the text; leaves: the magics that were found and where, and (`joinCell`) TypeScript
 * in which each magic is a call on its own line, so that every other line keeps its place.
 */
import type { MagicBinding, MagicCall } from "@lepton/contract";

export interface FoundMagic {
  /** The word after `%`. */
  readonly name: string;
  readonly call: MagicCall;
  /** Line of the cell, from 0. */
  readonly row: number;
  readonly indent: string;
}

export interface SplitCell {
  readonly lines: readonly string[];
  readonly magics: readonly FoundMagic[];
}

const magicLine = /^(\s*)%([a-z][\w-]*)(?:[ \t]+(.*))?$/;
const magicCell = /^\s*%%([a-z][\w-]*)(?:[ \t]+(.*))?$/;

/** `?Math.sqrt` or `Math.sqrt?`: help for a name. */
export function isPager(code: string): boolean {
  return pagerName(code) !== undefined;
}

/** The name that `?name` or `name?` asks about. */
export function pagerName(code: string): string | undefined {
  const match = /^\s*(?:\?{1,2}\s*([\w$.[\]"']+)|([\w$.]+)\?{1,2})\s*$/.exec(code);
  return match?.[1] ?? match?.[2];
}

/** @param names words that are magics; other lines that begin with `%` are left as they are */
export function splitCell(source: string, names: readonly string[]): SplitCell {
  const lines = source.split(/\r\n|[\n\r]/);
  const whole = wholeCell(lines, names);
  if (whole) return { lines: lines.map(() => ""), magics: [whole] };
  if (!lines.some((line) => magicLine.test(line))) return { lines, magics: [] };
  const starts = lineStarts(lines);
  const magics = lines.flatMap((line, row): FoundMagic[] => {
    const match = magicLine.exec(line);
    if (!match || !starts[row] || !names.includes(match[2]!)) return [];
    const call = { line: (match[3] ?? "").trim() };
    return [{ name: match[2]!, call, row, indent: match[1]! }];
  });
  return { lines, magics };
}

function wholeCell(lines: readonly string[], names: readonly string[]): FoundMagic | undefined {
  const row = lines.findIndex((line) => line.trim() !== "");
  const match = magicCell.exec(lines[row] ?? "");
  if (!match || !names.includes(match[1]!)) return undefined;
  const call = { line: (match[2] ?? "").trim(), body: lines.slice(row + 1).join("\n") };
  return { name: match[1]!, call, row, indent: "" };
}

/** The cell as TypeScript: magic number i becomes `await __lepton__.magic(i)`, bound to its name where it has one. */
export function joinCell(split: SplitCell, binds: readonly (Pick<MagicBinding, "name" | "shown"> | null)[]): string {
  const lines = [...split.lines];
  split.magics.forEach((magic, index) => {
    const call = `await __lepton__.magic(${index})`;
    const { name, shown } = binds[index] ?? {};
    if (name === undefined) lines[magic.row] = `${magic.indent};${call};`;
    else
      lines[magic.row] = `${magic.indent};__lepton__.bind(${JSON.stringify(name)}, ${call});${shown ? "void 0;" : ""}`;
  });
  return lines.join("\n");
}

/** A cursor in a magic's line: `line` as the provider takes it, `start` where that begins in the cell. UTF-16 units. */
export interface MagicCursor {
  readonly name: string;
  readonly line: string;
  readonly cursor: number;
  readonly start: number;
}

/** The magic whose line the cursor is in, if any; on the word after `%` there is none. */
export function magicAt(source: string, cursor: number, names: readonly string[]): MagicCursor | undefined {
  const lineStart = source.lastIndexOf("\n", cursor - 1) + 1;
  const text = source.slice(lineStart, endOfLine(source, lineStart));
  const match = /^\s*%{1,2}([a-z][\w-]*)[ \t]+/.exec(text);
  if (!match || !names.includes(match[1]!) || cursor < lineStart + match[0].length) return undefined;
  const start = lineStart + match[0].length;
  return { name: match[1]!, line: text.slice(match[0].length), cursor: cursor - start, start };
}

type Mode = "code" | "template" | "comment";

/** Whether each line begins in code: a small scanner that knows strings, templates, comments and regular expressions. */
function lineStarts(lines: readonly string[]): boolean[] {
  const text = lines.join("\n");
  const found = [true];
  const modes: { mode: Mode; depth: number }[] = [{ mode: "code", depth: 0 }];
  let previous = "";
  for (let i = 0; i < text.length; i++) {
    const here = modes.at(-1)!;
    const char = text[i]!;
    const pair = text.slice(i, i + 2);
    if (char === "\n") {
      found.push(here.mode === "code");
    } else if (here.mode === "comment") {
      if (pair === "*/") {
        modes.pop();
        i++;
      }
    } else if (here.mode === "template") {
      if (char === "\\") i++;
      else if (char === "`") modes.pop();
      else if (pair === "${") {
        modes.push({ mode: "code", depth: 0 });
        i++;
      }
    } else if (pair === "//") {
      i = endOfLine(text, i) - 1;
    } else if (pair === "/*") {
      modes.push({ mode: "comment", depth: 0 });
      i++;
    } else if (char === "`") {
      modes.push({ mode: "template", depth: 0 });
    } else if (char === '"' || char === "'") {
      i = endOfQuoted(text, i, char);
    } else if (char === "/" && /^$|[(,=:[!&|?{};+\-*%~^<>\n]/.test(previous)) {
      i = endOfQuoted(text, i, "/");
    } else if ("([{".includes(char)) {
      here.depth++;
    } else if (char === "}" && here.depth === 0 && modes.length > 1) {
      modes.pop();
    } else if (")]}".includes(char)) {
      here.depth = Math.max(0, here.depth - 1);
    }
    if (!/\s/.test(char)) previous = char;
  }
  return found;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

/** Index of the closing quote, or the last character of the line when there is none. */
function endOfQuoted(text: string, from: number, quote: string): number {
  const end = endOfLine(text, from);
  for (let i = from + 1; i < end; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === quote) return i;
  }
  return end - 1;
}
