/**
 * A cell's text as the language service may see it: magic lines turned into blanks of the same length, so that every offset stays.
 * Enters: the cell as the user wrote it. Leaves: TypeScript of equal length, and the names that the magics bind.
 */
import ts from "typescript";
import { braceOf, statementWords } from "../cells/parse.ts";
import { splitCell } from "../cells/split.ts";
import { parseCell, syntaxErrors } from "./top-level.ts";

export interface PlainCell {
  /** As long as the cell; magic lines are blank. */
  readonly text: string;
  /** Names bound by magics (`--as NAME`), in order. */
  readonly bound: readonly { readonly name: string }[];
  /** True for a `%%` cell: its other lines belong to the magic, and may or may not be TypeScript. */
  readonly wholeCell: boolean;
}

const asName = /(?:^|\s)--as[ =]([\p{ID_Start}$_][\p{ID_Continue}$]*)/u;
const blank = (text: string) => text.replace(/[^\r\n]/g, " ");

/** @param magics words that are magics after `%`, as for splitCell */
export function plainCell(code: string, magics: readonly string[]): PlainCell {
  if (/^\s*\?/.test(code)) return { text: blank(code), bound: [], wholeCell: false }; // ?name: the pager
  const found = splitCell(code, magics).magics;
  const rows = new Set(found.map((magic) => magic.row));
  const bound = found.flatMap(({ call }) => {
    const name = asName.exec(call.line)?.[1];
    return name === undefined ? [] : [{ name }];
  });
  const text = blankRows(code, rows).replace(/^#!.*/, blank);
  return { text, bound, wholeCell: found.some(({ call }) => call.body !== undefined) };
}

function blankRows(code: string, rows: ReadonlySet<number>): string {
  if (rows.size === 0) return code;
  let row = 0;
  return code.replace(/[^\r\n]*(?:\r\n|[\r\n]|$)/g, (line) => (rows.has(row++) ? blank(line) : line));
}

/** True for a cell that is one object literal, as cells/parse.ts has it: in parentheses TypeScript reads it so, too. */
export function isLiteral(text: string, jsx: boolean): boolean {
  if (braceOf(text) === undefined) return false;
  const file = parseCell(`(${text}\n)`, jsx);
  const [only] = file.statements;
  if (syntaxErrors(file).length > 0 || file.statements.length !== 1 || !only || !ts.isExpressionStatement(only))
    return false;
  const inside = ts.isParenthesizedExpression(only.expression) ? only.expression.expression : only.expression;
  if (!ts.isObjectLiteralExpression(inside)) return false;
  return !inside.properties.some((part) => ts.isMethodDeclaration(part) && statementWords.has(part.name.getText(file)));
}
