/** Completion at a cursor. Enters: a draft. Leaves: matches that all replace one range, best first, with types; no names of ours. */
import ts from "typescript";
import { sleepingNames } from "./awake.ts";
import type { Draft } from "./draft.ts";
import { importStatement } from "./exported.ts";
import type { Notebook } from "./notebook.ts";
import type { CompletionMatch, Completions } from "./protocol.ts";
import { ours, withoutOurs } from "./scope.ts";

/** Matches that get a signature: the first few always, more while there is time. */
const fewestSignatures = 20;
const mostSignatures = 100;
const signaturesMs = 4;

export function complete(notebook: Notebook, draft: Draft, cursor: number): Completions {
  const text = draft.plain.text;
  const found = notebook.service.getCompletionsAtPosition(draft.file, cursor + draft.offset, {
    includeSymbol: true,
    includeCompletionsWithInsertText: true,
    includeInsertTextCompletions: true,
    includeExternalModuleExports: false,
    allowTextChangesInNewFiles: false,
    quotePreference: "double",
    importModuleSpecifierEnding: "js", // with the extension: "./helper.ts"
  });
  if (found === undefined) return { matches: [], start: cursor, end: cursor };
  const start = rangeStart(found, draft, cursor, text);
  const exact = text.slice(start, cursor);
  const typed = exact.toLowerCase();
  const near = (entry: ts.CompletionEntry) => nearness(notebook, entry);
  const entries = found.entries
    .filter((entry) => fits(entry, draft, start, typed))
    .sort((a, b) => compare(rank(a, exact), rank(b, exact)) || compare(near(a), near(b)) || compare(a.name, b.name));
  const matches = describe(notebook, draft, entries);
  const anyName = !found.isMemberCompletion && found.entries.some((entry) => entry.name === "globalThis");
  if (anyName) matches.push(...sleeping(notebook, typed, matches));
  if (anyName) matches.push(...importable(notebook, text.slice(0, start), exact, matches));
  return { matches, start, end: cursor };
}

/** Most names of long ago that are offered. */
const mostSleeping = 500;

function sleeping(notebook: Notebook, typed: string, known: readonly CompletionMatch[]): CompletionMatch[] {
  const here = new Set(known.map((match) => match.text));
  const names = sleepingNames(notebook.scope, typed).filter(({ name }) => !here.has(name));
  return names.slice(0, mostSleeping).map(({ name, type }) => ({ text: name, type }));
}

/** Fewest letters for which imports are offered, and most offers. */
const fewestLetters = 3;
const mostImports = 20;

/** Names that an import would bring. On a line of its own the match is the import statement, elsewhere the name alone. */
function importable(
  notebook: Notebook,
  before: string,
  typed: string,
  known: readonly CompletionMatch[],
): CompletionMatch[] {
  if (typed.length < fewestLetters) return [];
  const ownLine = /(^|\n)[ \t]*$/.test(before);
  const here = new Set(known.map((match) => match.text));
  const names = [...notebook.exported.modules].filter(([name]) => name.startsWith(typed) && !here.has(name));
  const matches = names.flatMap(([name, specifiers]) =>
    (ownLine ? specifiers : specifiers.slice(0, 1)).map((specifier) => {
      const statement = importStatement(name, specifier);
      return { text: ownLine ? statement : name, type: "import", signature: `from "${specifier}"`, statement };
    }),
  );
  return matches.slice(0, mostImports);
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** What begins as it was typed, capitals included, comes first. */
const rank = (entry: ts.CompletionEntry, exact: string) => (entry.name.startsWith(exact) ? "0" : "1");

/** As TypeScript sorts: the cell's own names, then others. Names of earlier cells are the cell's own, though a loose file has them from elsewhere. */
function nearness(notebook: Notebook, { name, sortText }: ts.CompletionEntry): string {
  return sortText === globalSort && notebook.scope.names.has(name) ? ownSort : sortText;
}

/** TypeScript's SortText.LocationPriority and GlobalsOrKeywords. */
const [ownSort, globalSort] = ["11", "15"];

/** Where the replaced range begins: as TypeScript says inside strings, else at the word's start. */
function rangeStart(found: ts.CompletionInfo, draft: Draft, cursor: number, text: string): number {
  const span = found.optionalReplacementSpan ?? stringSpan(found);
  if (span && span.start - draft.offset <= cursor) return span.start - draft.offset;
  const word = /[\p{ID_Continue}$#@]*$/u.exec(text.slice(0, cursor))?.[0] ?? "";
  return cursor - word.length;
}

/** Inside a string every entry brings its own span, and they are all the same. */
function stringSpan(found: ts.CompletionInfo): ts.TextSpan | undefined {
  return found.isMemberCompletion ? undefined : found.entries[0]?.replacementSpan;
}

function fits(entry: ts.CompletionEntry, draft: Draft, start: number, typed: string): boolean {
  if (entry.name.startsWith(ours) || (entry.kind === ts.ScriptElementKind.warning && typed === "")) return false;
  const ownSpan = entry.replacementSpan;
  if (ownSpan && ownSpan.start - draft.offset !== start) return false;
  return (entry.insertText ?? entry.name).toLowerCase().startsWith(typed);
}

function describe(notebook: Notebook, draft: Draft, entries: readonly ts.CompletionEntry[]): CompletionMatch[] {
  const program = notebook.service.getProgram();
  const file = program?.getSourceFile(draft.file);
  const checker = program?.getTypeChecker();
  const until = performance.now() + signaturesMs;
  return entries.map((entry, index) => {
    const match = { text: entry.insertText ?? entry.name, type: matchType(entry, checker) };
    const late = index >= fewestSignatures && (index >= mostSignatures || performance.now() > until);
    if (!checker || !file || !entry.symbol || late) return match;
    const signature = signatureShown(checker, entry.symbol, file);
    return signature === undefined ? match : { ...match, signature };
  });
}

/** What a checker said before: of an answer's time half went into signatures, and at the next key most of them are the same. */
const said = new WeakMap<ts.TypeChecker, WeakMap<ts.Symbol, string | undefined>>();

function signatureShown(checker: ts.TypeChecker, symbol: ts.Symbol, place: ts.Node): string | undefined {
  let known = said.get(checker);
  if (known === undefined) said.set(checker, (known = new WeakMap()));
  if (known.has(symbol)) return known.get(symbol);
  const signature = signatureOf(checker, symbol, place);
  const shown = signature === undefined ? undefined : withoutOurs(signature);
  known.set(symbol, shown);
  return shown;
}

/** `(x: number): string` for what can be called, else the type; undefined for names of types and modules. */
export function signatureOf(checker: ts.TypeChecker, symbol: ts.Symbol, place: ts.Node): string | undefined {
  const real = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  if (!(real.flags & ts.SymbolFlags.Value) || real.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Module))
    return undefined;
  const type = checker.getTypeOfSymbolAtLocation(real, place);
  const calls = type.getCallSignatures();
  const [first] = calls;
  if (first === undefined) return checker.typeToString(type, place);
  const more = calls.length > 1 ? ` (+${calls.length - 1} overloads)` : "";
  return checker.signatureToString(first, place) + more;
}

const matchTypes: Readonly<Record<string, string>> = {
  [ts.ScriptElementKind.functionElement]: "function",
  [ts.ScriptElementKind.localFunctionElement]: "function",
  [ts.ScriptElementKind.memberFunctionElement]: "method",
  [ts.ScriptElementKind.callSignatureElement]: "method",
  [ts.ScriptElementKind.memberVariableElement]: "property",
  [ts.ScriptElementKind.memberGetAccessorElement]: "property",
  [ts.ScriptElementKind.memberSetAccessorElement]: "property",
  [ts.ScriptElementKind.memberAccessorVariableElement]: "property",
  [ts.ScriptElementKind.jsxAttribute]: "property",
  [ts.ScriptElementKind.enumMemberElement]: "property",
  [ts.ScriptElementKind.classElement]: "class",
  [ts.ScriptElementKind.localClassElement]: "class",
  [ts.ScriptElementKind.interfaceElement]: "interface",
  [ts.ScriptElementKind.enumElement]: "enum",
  [ts.ScriptElementKind.typeElement]: "type",
  [ts.ScriptElementKind.primitiveType]: "type",
  [ts.ScriptElementKind.typeParameterElement]: "type",
  [ts.ScriptElementKind.moduleElement]: "module",
  [ts.ScriptElementKind.externalModuleName]: "module",
  [ts.ScriptElementKind.keyword]: "keyword",
  [ts.ScriptElementKind.parameterElement]: "param",
  [ts.ScriptElementKind.directory]: "path",
  [ts.ScriptElementKind.scriptElement]: "path",
  [ts.ScriptElementKind.string]: "string",
};

/** An imported name is what it stands for. */
function matchType(entry: ts.CompletionEntry, checker: ts.TypeChecker | undefined): string {
  if (entry.kind !== ts.ScriptElementKind.alias || !entry.symbol || !checker)
    return matchTypes[entry.kind] ?? "variable";
  if (!(entry.symbol.flags & ts.SymbolFlags.Alias)) return "variable";
  const { flags } = checker.getAliasedSymbol(entry.symbol);
  return symbolTypes.find(([mask]) => flags & mask)?.[1] ?? "variable";
}

const symbolTypes: readonly (readonly [ts.SymbolFlags, string])[] = [
  [ts.SymbolFlags.Function, "function"],
  [ts.SymbolFlags.Class, "class"],
  [ts.SymbolFlags.Enum, "enum"],
  [ts.SymbolFlags.Variable, "variable"],
  [ts.SymbolFlags.Module, "module"],
  [ts.SymbolFlags.Interface, "interface"],
  [ts.SymbolFlags.TypeAlias, "type"],
];
