/** Whether a console may run what was typed. Enters: text. Leaves: complete, incomplete with the next line's indent, or invalid. A parse, no types. */
import ts from "typescript";
import { isPager } from "../cells/split.ts";
import { plainCell } from "./cell-text.ts";
import type { Notebook } from "./notebook.ts";
import type { Completeness } from "./protocol.ts";

const oneStep = "  ";
/** Errors that TypeScript reports where the unfinished thing began, and that more text can mend. */
const unfinished: ReadonlySet<number> = new Set([
  1160, // Unterminated template literal.
  1010, // '*/' expected.
  17008, // JSX element has no corresponding closing tag.
  17014, // JSX fragment has no corresponding closing tag.
]);

/** Unterminated string literal: a string ends on its line, more lines cannot mend it. */
const unterminatedString = 1002;

export function isComplete(notebook: Pick<Notebook, "jsx" | "magics">, code: string): Completeness {
  if (isPager(code)) return { status: "complete" };
  const { text, wholeCell } = plainCell(code, notebook.magics);
  if (wholeCell || text.trim() === "") return { status: "complete" };
  const end = text.trimEnd().length;
  const file = ts.createSourceFile(notebook.jsx ? "cell.tsx" : "cell.ts", text, ts.ScriptTarget.ESNext, false);
  const errors = (file as unknown as { parseDiagnostics: readonly ts.DiagnosticWithLocation[] }).parseDiagnostics;
  if (errors.length === 0) return { status: "complete" };
  const mendable = errors.every(
    (error) => (error.start >= end && error.code !== unterminatedString) || unfinished.has(error.code),
  );
  return mendable ? { status: "incomplete", indent: nextIndent(text) } : { status: "invalid" };
}

/** The last line's indent, one step deeper after an opened bracket, an arrow or an operator. */
function nextIndent(text: string): string {
  const last = text.trimEnd().split("\n").at(-1) ?? "";
  const indent = /^[ \t]*/.exec(last)?.[0] ?? "";
  return /(?:[{([,:?=+\-*&|]|=>)$/.test(last.replace(/\/\/.*$/, "").trimEnd()) ? indent + oneStep : indent;
}
