/** What stands at a cursor. Enters: a draft. Leaves: its type and documentation as markdown and as plain text; with detail, its source. */
import ts from "typescript";
import { withDocs } from "./doc-comments.ts";
import type { Draft } from "./draft.ts";
import type { Notebook } from "./notebook.ts";
import type { Inspection } from "./protocol.ts";
import { withoutOurs } from "./scope.ts";
import { signatureHelp } from "./signature.ts";

/** @param detail 1 adds the source of what a cell declared */
export function inspect(notebook: Notebook, draft: Draft, cursor: number, detail: number): Inspection | undefined {
  const at = wordAt(draft.plain.text, cursor);
  const info = withDocs(() => notebook.service.getQuickInfoAtPosition(draft.file, at + draft.offset));
  const head = info && withoutOurs(ts.displayPartsToString(info.displayParts));
  // A name that nothing declares is "any" and no more; what is declared so says its name too.
  if (info === undefined || head === undefined || head === "any") return inspectCall(notebook, draft, cursor);
  const docs = ts.displayPartsToString(info.documentation);
  const tags = (info.tags ?? []).map(tagText);
  const source = detail > 0 ? sourceOf(notebook, draft, at) : undefined;
  return inspection(head, [docs, ...tags], source);
}

/** Inside a call's brackets, where nothing else stands: the function being called. */
function inspectCall(notebook: Notebook, draft: Draft, cursor: number): Inspection | undefined {
  const help = signatureHelp(notebook, draft, cursor);
  const signature = help?.signatures[help.activeSignature];
  return signature && inspection(signature.label, [signature.documentation], undefined);
}

function inspection(head: string, notes: readonly string[], source: string | undefined): Inspection {
  const parts = notes.filter((note) => note !== "");
  const code = (text: string) => `\`\`\`typescript\n${text}\n\`\`\``;
  return {
    markdown: [code(head), ...parts, ...(source ? [code(source)] : [])].join("\n\n"),
    text: [head, ...parts.map((part) => part.replaceAll("**", "")), ...(source ? [source] : [])].join("\n\n"),
  };
}

function tagText(tag: ts.JSDocTagInfo): string {
  const text = ts.displayPartsToString(tag.text);
  if (tag.name === "example")
    return `**@example**\n\n${text.includes("```") ? text : `\`\`\`typescript\n${text}\n\`\`\``}`;
  return `**@${tag.name}**${text === "" ? "" : ` ${text}`}`;
}

/** The cursor, or the place before it when it stands right behind a word. */
function wordAt(text: string, cursor: number): number {
  const isWord = (index: number) => /[\p{ID_Continue}$]/u.test(text.charAt(index));
  return !isWord(cursor) && cursor > 0 && isWord(cursor - 1) ? cursor - 1 : cursor;
}

/** The text of the declaration in the cell that made the name. */
function sourceOf(notebook: Notebook, draft: Draft, at: number): string | undefined {
  const name = /^[\p{ID_Continue}$]*/u.exec(draft.plain.text.slice(wordStart(draft.plain.text, at)))?.[0] ?? "";
  const unit = notebook.scope.names.get(name)?.unit;
  if (unit === undefined) return undefined;
  const file = ts.createSourceFile("cell.tsx", unit.source, ts.ScriptTarget.ESNext, true);
  const named = file.statements.find((statement) => declares(statement, name));
  return named?.getText(file);
}

function wordStart(text: string, at: number): number {
  return at - (/[\p{ID_Continue}$]*$/u.exec(text.slice(0, at))?.[0].length ?? 0);
}

function declares(statement: ts.Statement, name: string): boolean {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.some((d) =>
      new RegExp(`\\b${name.replaceAll("$", "\\$")}\\b`).test(d.name.getText()),
    );
  const declared = (statement as { name?: ts.Node }).name;
  return declared !== undefined && ts.isIdentifier(declared) && declared.text === name;
}
