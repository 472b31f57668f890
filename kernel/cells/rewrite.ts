/**
 * JavaScript of a cell made into one async function over the notebook's names. Enters: plain JavaScript; leaves: a function expression in which
 * every top-level declaration is an assignment to a name that the notebook declares once (so anything may be declared again as anything, and old
 * functions see the new value), functions stand at the top, imports are calls of `__lepton__`, and the last expression is returned. Places are
 * kept as pieces of the old text.
 *
 * Not V8's REPL mode: its promise is awaited by the inspector, whose handler ends the process when an abandoned promise is collected.
 */
import type { Node, Program } from "acorn";
import type { CellMap } from "../wire/link.ts";
import { type Edit, EditedText } from "./edited-text.ts";

/** A top-level name, and the import statement that made it. */
export interface DeclaredName {
  readonly name: string;
  readonly import?: { readonly specifier: string; readonly imported: string };
  /** Made by `const` or `import`: assigning it throws. */
  readonly constant?: true;
}

export interface Rewritten {
  readonly code: string;
  readonly pieces: CellMap["pieces"];
  readonly names: readonly DeclaredName[];
  /** Identifiers that are no properties, local ones included. */
  readonly used: readonly string[];
  /** Names that something is assigned to, declarations apart, local ones included. */
  readonly assigned: readonly string[];
}

// The parts of acorn's tree that are looked at; acorn's own types are a union too wide to walk.
interface Tree extends Node {
  readonly [key: string]: unknown;
}

interface State {
  readonly js: string;
  readonly edits: Edit[];
  readonly names: Map<string, DeclaredName>;
  readonly used: Set<string>;
  readonly assigned: Set<string>;
  /** Offsets of identifiers whose assignment throws: cells/constants.ts. */
  readonly refused: ReadonlySet<number>;
  /** `var`s begin as undefined: the enum of an earlier cell is not added to. */
  readonly vars: Set<string>;
  readonly functions: Tree[];
  readonly imports: ImportCall[];
  /** Where the last expression begins, when there is one. */
  returned: number | undefined;
}

/** An import statement as a call; `offset` is where the statement stands. */
interface ImportCall {
  readonly offset: number;
  readonly before: string;
  /** Written when all names that the cell uses are known. */
  readonly call: () => string;
  readonly after: string;
}

/** @param refused offsets of identifiers that are constants and assigned */
export function rewriteCell(js: string, program: Program, refused: ReadonlySet<number> = new Set()): Rewritten {
  const state: State = {
    js,
    edits: [],
    names: new Map(),
    used: new Set(),
    assigned: new Set(),
    refused,
    vars: new Set(),
    functions: [],
    imports: [],
    returned: undefined,
  };
  if (js.startsWith("#!")) edit(state, 0, 2, "//");
  const body = program.body as unknown as Tree[];
  returnResult(state, lastOf(js, body));
  for (const statement of body) topLevel(state, statement);
  for (const statement of body) visit(state, statement, body as never, true);
  return render(state);
}

function edit(state: State, start: number, end: number, text: string, isPlace = false): void {
  state.edits.push({ start, end, text, isPlace });
}

/** The last statement; of a cell with `using`, which esbuild puts into a `try` whole, the last one in there. */
function lastOf(js: string, body: readonly Tree[]): Tree | undefined {
  const last = body.findLast((statement) => statement.type !== "EmptyStatement");
  const end = last?.type === "TryStatement" ? (last.finalizer as Tree | null) : null;
  const isUsing = end && /\b__callDispose\d*\(/.test(js.slice(end.start, end.end));
  return isUsing ? lastOf(js, (last!.block as Tree).body as Tree[]) : last;
}

/** The last expression is what the cell shows. A statement's text is taken whole: parentheses are in no tree. `0,`: a function gets no name by it. */
function returnResult(state: State, last: Tree | undefined): void {
  const opening = last && openingOf(state.js, last);
  if (!last || opening === undefined) return;
  const end = state.js[last.end - 1] === ";" ? last.end - 1 : last.end;
  state.returned = last.start;
  edit(state, last.start, last.start + opening, ";return {value: (0, ");
  edit(state, end, end, ")}");
}

/** Characters before the expression: none, or `export default`. */
function openingOf(js: string, last: Tree): number | undefined {
  if (last.type === "ExpressionStatement") return 0;
  if (last.type !== "ExportDefaultDeclaration") return undefined;
  if (/^(Function|Class)Declaration$/.test((last.declaration as Tree).type)) return undefined;
  return /^export\s+default/.exec(js.slice(last.start, last.end))?.[0].length;
}

function topLevel(state: State, statement: Tree): void {
  switch (statement.type) {
    case "ImportDeclaration":
      return importStatement(state, statement);
    case "VariableDeclaration":
      if (statement.kind === "let" || statement.kind === "const") assignVariables(state, statement);
      return;
    case "FunctionDeclaration":
      return functionStatement(state, statement, nameOf(statement));
    case "ClassDeclaration":
      return classStatement(state, statement);
    case "ExportNamedDeclaration":
    case "ExportDefaultDeclaration":
    case "ExportAllDeclaration":
      return exportStatement(state, statement);
  }
}

function nameOf(statement: Tree): string {
  return String((statement.id as Tree | null)?.name ?? "_default");
}

function declare(state: State, name: string, rest: Omit<DeclaredName, "name"> = {}): void {
  state.names.set(name, { name, ...rest });
}

function functionStatement(state: State, statement: Tree, name: string): void {
  declare(state, name);
  state.functions.push(statement);
}

function classStatement(state: State, statement: Tree): void {
  const name = nameOf(statement);
  declare(state, name);
  edit(state, statement.start, statement.start, ";");
  edit(state, statement.start, statement.start, `${name} = `, true);
  edit(state, statement.end, statement.end, ";");
}

function exportStatement(state: State, statement: Tree): void {
  const inner = statement.declaration as Tree | null | undefined;
  if (!inner) return edit(state, statement.start, statement.end, "");
  const isStatement = /Declaration$/.test(inner.type);
  const opening = openingOf(state.js, statement);
  if (opening !== undefined && state.returned !== statement.start)
    edit(state, statement.start, statement.start + opening, ";");
  if (isStatement) edit(state, statement.start, inner.start, "");
  if (isStatement) topLevel(state, inner);
}

function importStatement(state: State, statement: Tree): void {
  const specifier = String((statement.source as Tree).value);
  const from = JSON.stringify(specifier);
  const attributes = importAttributes(state, statement);
  const parts = (statement.specifiers as Tree[]).map((part) => {
    const name = String((part.local as Tree).name);
    const imported = importedName(part);
    declare(state, name, { import: { specifier, imported }, constant: true });
    return { name, imported };
  });
  const call = () => {
    const wanted = parts.map(({ name, imported }) => [imported, state.used.has(name)]);
    return `await __lepton__.load(${from}, ${JSON.stringify(wanted)}${attributes})`;
  };
  const add = (before: string, after: string) => state.imports.push({ offset: statement.start, before, call, after });
  const whole = parts.find((part) => part.imported === "*");
  const named = parts.filter((part) => part.imported !== "*");
  const pattern = named.map((part) => `${JSON.stringify(part.imported)}: ${part.name}`).join(", ");
  if (whole) add(`${whole.name} = `, ";");
  if (named.length > 0) add(`({${pattern}} = `, ");");
  if (parts.length === 0) add("", ";");
  edit(state, statement.start, statement.end, "");
}

function importAttributes(state: State, statement: Tree): string {
  const attributes = (statement.attributes as Tree[] | undefined) ?? [];
  if (attributes.length === 0) return "";
  return `, {${attributes.map((part) => state.js.slice(part.start, part.end)).join(", ")}}`;
}

function importedName(part: Tree): string {
  if (part.type === "ImportNamespaceSpecifier") return "*";
  if (part.type === "ImportDefaultSpecifier") return "default";
  const imported = part.imported as Tree;
  return String(imported.name ?? imported.value);
}

/** All names that patterns bind: identifiers, objects, arrays, defaults, rests. */
function* patternNames(nodes: readonly (Tree | null)[]): Generator<string> {
  for (const node of nodes) {
    switch (node?.type) {
      case "Identifier":
        yield String(node.name);
        break;
      case "VariableDeclarator":
        yield* patternNames([node.id as Tree]);
        break;
      case "ObjectPattern":
        yield* patternNames(node.properties as Tree[]);
        break;
      case "Property":
        yield* patternNames([node.value as Tree]);
        break;
      case "ArrayPattern":
        yield* patternNames(node.elements as (Tree | null)[]);
        break;
      case "AssignmentPattern":
        yield* patternNames([node.left as Tree]);
        break;
      case "RestElement":
        yield* patternNames([node.argument as Tree]);
        break;
    }
  }
}

const functionTypes = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression", "StaticBlock"]);

/** Walk everything: `var`s of the top level become assignments, `import()` and `import.meta` become ours. */
function visit(state: State, node: Tree, parent: Tree, top: boolean): void {
  if (node.type === "ImportDeclaration") return;
  if (node.type === "Identifier") identifier(state, node);
  for (const name of patternNames(assignedBy(node))) state.assigned.add(name);
  if (node.type === "Property" && node.shorthand && state.refused.has(node.start)) {
    edit(state, node.start, node.start, `${String((node.key as Tree).name)}: `);
  }
  if (node.type === "ImportExpression") edit(state, node.start, node.start + "import".length, "__lepton__.import");
  if (node.type === "MetaProperty" && (node.meta as Tree).name === "import") {
    edit(state, node.start, node.end, "__lepton__.meta");
  }
  if (top && node.type === "VariableDeclaration" && node.kind === "var") hoistVar(state, node, parent);
  const inside = top && !functionTypes.has(node.type);
  for (const key in node) {
    const isName = (key === "property" || key === "key") && node.computed === false;
    const value = isName ? undefined : node[key];
    if (Array.isArray(value)) for (const child of value) isTree(child) && visit(state, child, node, inside);
    else if (isTree(value)) visit(state, value, node, inside);
  }
}

function identifier(state: State, node: Tree): void {
  const name = String(node.name);
  state.used.add(name);
  if (state.refused.has(node.start)) {
    edit(state, node.start, node.end, `__lepton__.constant("${name}", ${name}).value`, true);
  }
}

/** What a node assigns to, declarations apart. */
function assignedBy(node: Tree): readonly Tree[] {
  if (node.type === "AssignmentExpression") return [node.left as Tree];
  if (node.type === "UpdateExpression") return [node.argument as Tree];
  const isLoop = node.type === "ForInStatement" || node.type === "ForOfStatement";
  return isLoop && (node.left as Tree).type !== "VariableDeclaration" ? [node.left as Tree] : [];
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

/** `const a = 1, {b} = o` ─► `;a = 1, {b} = o`. A name without a value becomes undefined, as the declaration would make it. */
function assignVariables(state: State, node: Tree): void {
  const declarators = node.declarations as Tree[];
  for (const name of patternNames(declarators)) declare(state, name, node.kind === "const" ? { constant: true } : {});
  openAssignment(state, node, true);
  for (const declarator of declarators) {
    if (!declarator.init) edit(state, declarator.end, declarator.end, " = void 0");
  }
}

/** A `var` inside blocks and loops: the head of a loop takes an assignment too. */
function hoistVar(state: State, node: Tree, parent: Tree): void {
  for (const name of patternNames(node.declarations as Tree[])) {
    declare(state, name);
    state.vars.add(name);
  }
  const isHead = /^For/.test(String(parent.type)) && parent.body !== node;
  const isInList = Array.isArray(parent) || parent.type === "BlockStatement" || parent.type === "SwitchCase";
  if (isHead) edit(state, node.start, ((node.declarations as Tree[])[0]!.id as Tree).start, "");
  else openAssignment(state, node, isInList);
}

/** @param separate a semicolon may stand before it: the line above may lack one */
function openAssignment(state: State, node: Tree, separate: boolean): void {
  const declarators = node.declarations as Tree[];
  const target = declarators[0]!.id as Tree;
  const isObject = target.type === "ObjectPattern";
  edit(state, node.start, target.start, `${separate ? ";" : ""}${isObject ? "(" : ""}`);
  if (isObject) edit(state, declarators.at(-1)!.end, declarators.at(-1)!.end, ")");
}

function render(state: State): Rewritten {
  const edits = state.edits.map((entry, order) => ({ ...entry, order }));
  edits.sort((a, b) => a.start - b.start || a.order - b.order);
  const out = new EditedText(state.js, edits);
  // V8 gives some errors of a returned expression (`unknown?.name`) the place of the function.
  if (state.returned !== undefined) out.place(state.returned);
  out.write('(async () => {"use strict"; ');
  if (state.vars.size > 0) out.write(`${[...state.vars].join(" = ")} = void 0; `);
  for (const node of state.functions) writeFunction(out, node);
  for (const statement of state.imports) writeImport(out, statement);
  out.copy(0, state.js.length, state.functions);
  out.write("\n})");
  const { names, used, assigned } = state;
  return {
    code: out.text(),
    pieces: out.pieces,
    names: [...names.values()],
    used: [...used],
    assigned: [...assigned],
  };
}

/** `function f() {}` as `f = function() {};`: the name inside stays the notebook's, so that old callers see a new value. */
function writeFunction(out: EditedText, node: Tree): void {
  const id = node.id as Tree | null;
  out.write(`${nameOf(node)} = `);
  if (id) {
    out.copy(node.start, id.start, []);
    out.copy(id.end, node.end, []);
  } else out.copy(node.start, node.end, []);
  out.write("; ");
}

/** Stack traces name the `await` or the call: both lead to the statement. */
function writeImport(out: EditedText, { offset, before, call, after }: ImportCall): void {
  out.write(before);
  out.place(offset);
  out.write("await __lepton__.");
  out.place(offset);
  out.write(`${call().slice("await __lepton__.".length)}${after} `);
}
