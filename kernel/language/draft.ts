/**
 * The cell being typed, made ready for a question. Enters: the cell as the user sees it and the cursor. Leaves: a written draft file whose
 * first line brings the names of earlier cells, and the way between positions in it and in the cell.
 */
import ts from "typescript";
import { awakeUnits } from "./awake.ts";
import { isLiteral, type PlainCell, plainCell } from "./cell-text.ts";
import { canBeLoose, openLooseFile } from "./loose-file.ts";
import type { Notebook } from "./notebook.ts";
import type { BoundName } from "./protocol.ts";
import { draftLine, livingNames, wordsOf } from "./scope.ts";
import { parseCell, syntaxErrors, topLevelOf } from "./top-level.ts";

export interface Draft {
  readonly file: string;
  /** A position in the cell plus this is the position in the file. */
  readonly offset: number;
  readonly plain: PlainCell;
}

/** Most names of earlier cells that are offered where nothing is typed yet. */
const mostNames = 1000;

/**
 * The cell for a question at every key: beside the program where that can be.
 *
 * @param cursor where completion is asked: names that begin like the word before it are brought too
 */
export function openDraft(notebook: Notebook, code: string, bound: readonly BoundName[], cursor?: number): Draft {
  const plain = plainCell(code, notebook.magics);
  if (!canBeLoose(plain.text)) return writeDraft(notebook, code, bound, cursor);
  notebook.lookAtDisk();
  notebook.dropDraft();
  const { words, own, extra } = namesOf(notebook, plain, bound, cursor);
  const line = `export {};${extra.map(({ name, type }) => `declare let ${name}: ${type};`).join("")}\n`;
  const { text, offset } = draftText(notebook, line, plain);
  const file = openLooseFile(notebook, text, livingNames(notebook.scope, words, own));
  return { file, offset, plain };
}

/** The cell in the program: it can import and add to the global world, and has diagnostics. The cursor as for openDraft. */
export function writeDraft(notebook: Notebook, code: string, bound: readonly BoundName[], cursor?: number): Draft {
  const plain = plainCell(code, notebook.magics);
  const { words, own, extra } = namesOf(notebook, plain, bound, cursor);
  const line = draftLine(notebook.scope, words, own, extra);
  const { text, offset } = draftText(notebook, line, plain);
  notebook.writeDraft(text);
  return { file: notebook.draftFile(), offset, plain };
}

function draftText({ jsx }: Notebook, line: string, { text }: PlainCell): { text: string; offset: number } {
  if (isLiteral(text, jsx)) return { text: `${line}(${text}\n)`, offset: line.length + 1 };
  return { text: line + text, offset: line.length };
}

function namesOf(notebook: Notebook, plain: PlainCell, bound: readonly BoundName[], cursor: number | undefined) {
  const own = topLevelOf(parseCell(plain.text, notebook.jsx)).names;
  const words = wordsOf(plain.text);
  notebook.wake(words);
  if (cursor !== undefined) for (const name of namesLike(notebook, plain.text, cursor)) words.add(name);
  const extra = typedNames([...plain.bound, ...bound], (name) => own.has(name) || notebook.scope.names.has(name));
  return { words, own, extra };
}

/** Names of awake cells that begin with the word before the cursor; none after a dot. */
function namesLike(notebook: Notebook, text: string, cursor: number): string[] {
  const before = text.slice(0, cursor);
  const word = /[\p{ID_Continue}$]*$/u.exec(before)?.[0] ?? "";
  if (/\.\s*$/.test(before.slice(0, before.length - word.length))) return [];
  const start = word.toLowerCase();
  const awake = awakeUnits(notebook.scope);
  const names = [...notebook.scope.names].filter(
    ([name, { unit }]) => awake.has(unit) && name.toLowerCase().startsWith(start),
  );
  return names.slice(-mostNames).map(([name]) => name);
}

/** The last type given for each name; `any` where none is known, unless an earlier cell knows better. */
export function typedNames(
  bound: readonly { readonly name: string; readonly type?: string | undefined }[],
  known: (name: string) => boolean,
): { readonly name: string; readonly type: string }[] {
  const types = new Map<string, string>();
  for (const { name, type } of bound) {
    if (type !== undefined) types.set(name, soundType(type));
    else if (!types.has(name) && !known(name)) types.set(name, "any");
  }
  return [...types].map(([name, type]) => ({ name, type }));
}

/** The type as one line of TypeScript, or `any` when it does not parse (it must not break the line it stands in). */
export function soundType(type: string): string {
  const text = type.replace(/\s*\n\s*/g, " ");
  const file = ts.createSourceFile("type.ts", `declare let x: ${text};`, ts.ScriptTarget.ESNext, false);
  const [statement] = file.statements;
  return syntaxErrors(file).length === 0 &&
    file.statements.length === 1 &&
    statement &&
    ts.isVariableStatement(statement)
    ? text
    : "any";
}
