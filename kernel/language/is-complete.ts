/** Whether a console may run what was typed. Enters: text. Leaves: complete, incomplete with the next line's indent, or invalid. A parse, no types. */
import { braceOf } from "../cells/parse.ts";
import { isPager } from "../cells/split.ts";
import { isLiteral, plainCell } from "./cell-text.ts";
import type { Notebook } from "./notebook.ts";
import type { Completeness } from "./protocol.ts";
import { parseCell, syntaxErrors } from "./top-level.ts";

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
  if (wholeCell || text.trim() === "" || isLiteral(text, notebook.jsx)) return { status: "complete" };
  let status = completeness(text, notebook.jsx);
  // No block begins with `{ a: 1, b: 2`, an object does.
  if (status === "invalid" && braceOf(text) !== undefined) status = completeness(`(${text}`, notebook.jsx);
  return status === "incomplete" ? { status, indent: nextIndent(text) } : { status };
}

function completeness(text: string, jsx: boolean): Completeness["status"] {
  const end = text.trimEnd().length;
  const errors = syntaxErrors(parseCell(text, jsx));
  if (errors.length === 0) return "complete";
  const mendable = errors.every(
    (error) => (error.start >= end && error.code !== unterminatedString) || unfinished.has(error.code),
  );
  return mendable ? "incomplete" : "invalid";
}

/** The last line's indent, one step deeper after an opened bracket, an arrow or an operator. */
function nextIndent(text: string): string {
  const last = text.trimEnd().split("\n").at(-1) ?? "";
  const indent = /^[ \t]*/.exec(last)?.[0] ?? "";
  return /(?:[{([,:?=+\-*&|]|=>)$/.test(last.replace(/\/\/.*$/, "").trimEnd()) ? indent + oneStep : indent;
}
