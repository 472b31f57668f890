/**
 * Text becomes acorn's tree. Enters: plain JavaScript; leaves: a program. Apart from rewrite.ts for what a cell is that JavaScript would read otherwise: one object
 * literal, `{ accuracy, loss }`, which is a block where a statement stands. Node's REPL, Deno's kernel and browsers' consoles take it for the object, too.
 */
import { createRequire } from "node:module";
import type { Expression, Options, Program } from "acorn";
import type { Place } from "./source-map.ts";

const options: Options = {
  ecmaVersion: "latest",
  sourceType: "script",
  allowAwaitOutsideFunction: true,
  allowImportExportEverywhere: true,
  allowHashBang: true,
};

let loaded: typeof import("acorn") | undefined;

/** acorn is loaded by the first cell, or before it while nothing else is to do. */
function acorn(): typeof import("acorn") {
  loaded ??= createRequire(import.meta.url)("acorn") as typeof import("acorn");
  return loaded;
}

/** @throws SyntaxError of acorn, with `pos` */
export function parseCell(js: string): Program {
  return acorn().parse(js, options);
}

/** Blanks and comments, then the brace. No text matches in two ways: it would be tried in all of them. */
const opening = /^(?:\s|\/\/.*(?=[\r\n\u2028\u2029])|\/\*(?:[^*]|\*(?!\/))*\*\/)*\{/;

/** Offset of the brace that the text begins with; undefined for any other text. */
export function braceOf(text: string): number | undefined {
  const match = opening.exec(text);
  return match ? match[0].length - 1 : undefined;
}

/** @returns the tree of a text that is nothing but an object literal */
export function parseLiteral(js: string): Program | undefined {
  const start = braceOf(js);
  if (start === undefined) return undefined;
  try {
    const expression = acorn().parseExpressionAt(js, start, options);
    if (!isLiteral(expression) || acorn().parse(js.slice(expression.end), options).body.length > 0) return undefined;
    const statement = { type: "ExpressionStatement" as const, start, end: expression.end, expression };
    return { type: "Program", start: 0, end: js.length, body: [statement], sourceType: "script" };
  } catch {
    return undefined; // a block
  }
}

/** What reads as a method and is a statement: `{ if (ready) { start(); } }`. */
export const statementWords: ReadonlySet<string> = new Set([
  "if",
  "for",
  "while",
  "switch",
  "with",
  "catch",
  "function",
]);

function isLiteral(expression: Expression): boolean {
  if (expression.type !== "ObjectExpression") return false;
  return !expression.properties.some(
    (part) =>
      part.type === "Property" && part.method && part.key.type === "Identifier" && statementWords.has(part.key.name),
  );
}

export interface Opened {
  readonly text: string;
  /** Where the parenthesis stands that the cell lacks. */
  readonly at: Place;
}

/** TypeScript that may be an object literal, in parentheses: esbuild then reads it as one, or refuses it. */
export function openLiteral(ts: string): Opened | undefined {
  const start = braceOf(ts);
  if (start === undefined) return undefined;
  const before = ts.slice(0, start).split("\n");
  const at = { line: before.length, column: before.at(-1)!.length + 1 };
  return { text: `${ts.slice(0, start)}(${ts.slice(start)}\n)`, at };
}

/** Whether a program is what `openLiteral` hoped for. */
export function isOneLiteral({ body }: Program): boolean {
  const [only, ...rest] = body;
  return rest.length === 0 && only?.type === "ExpressionStatement" && isLiteral(only.expression);
}
