/**
 * Which cell gives each top-level name its meaning now. Every execution is a module of its own ("unit") that imports from the units before it;
 * a module `__lepton_scope__` re-exports the living names, and the cell being typed imports only from there: so its imports never change the
 * program's structure, and an old unit is looked at only where its types are used.
 */
import type { NameKind, TopLevel } from "./top-level.ts";

/** One execution of a cell, or one name bound by the kernel. */
export interface Unit {
  /** `__lepton_17__`: the module's name without folder and extension. */
  readonly module: string;
  /** What it replaces when it comes again. */
  readonly id: string;
  readonly names: ReadonlyMap<string, NameKind>;
  readonly augments: boolean;
  /** The module's text: a line of imports and exports of ours, then the cell. After settling: its declarations only. */
  text: string;
  /** Length of our line in the text before settling. */
  readonly offset: number;
  /** The cell's text, for looking at its source. */
  readonly source: string;
  settled: boolean;
}

export interface TypedName {
  readonly name: string;
  /** Sound TypeScript text (draft.ts: soundType). */
  readonly type: string;
}

export const scopeModule = "__lepton_scope__";
/** Names that start so are ours and are never shown. */
export const ours = "__lepton_";
/** How a variable of another unit is called until it is declared. */
const alias = `${ours}of_`;

export interface Scope {
  readonly units: Map<string, Unit>;
  readonly names: Map<string, { readonly unit: Unit; readonly kind: NameKind }>;
  count: number;
}

export const newScope = (): Scope => ({ units: new Map(), names: new Map(), count: 0 });

/** Add an execution. What an earlier execution with the same id alone gave vanishes. */
export function addUnit(scope: Scope, id: string, plainText: string, top: TopLevel, extra: readonly TypedName[]): Unit {
  removeUnit(scope, id);
  const names = new Map(top.names);
  for (const { name } of extra) names.set(name, "variable");
  const exports = [...top.names.keys()].filter((name) => !top.exported.has(name));
  const line =
    (exports.length > 0 ? `export {${exports.join(",")}};` : "export {};") +
    extra.map(({ name, type }) => `export declare let ${name}: ${type};`).join("") +
    `${directImports(scope, wordsOf(plainText), names)}\n`; // a line of its own: TypeScript takes no comment behind code for a documentation
  const module = `${ours}${++scope.count}__`;
  const unit: Unit = {
    module,
    id,
    names,
    augments: top.augments,
    text: line + plainText,
    offset: line.length,
    source: plainText,
    settled: false,
  };
  scope.units.set(id, unit);
  for (const [name, kind] of names) scope.names.set(name, { unit, kind });
  return unit;
}

export function removeUnit(scope: Scope, id: string): void {
  const old = scope.units.get(id);
  if (old === undefined) return;
  scope.units.delete(id);
  for (const name of old.names.keys()) if (scope.names.get(name)?.unit === old) scope.names.delete(name);
}

/** The text of the scope module: what awake units give. */
export function scopeText(scope: Scope, awake: ReadonlySet<Unit>): string {
  const byUnit = new Map<Unit, string[]>();
  for (const [name, { unit }] of scope.names) {
    if (!awake.has(unit)) continue;
    const names = byUnit.get(unit);
    if (names) names.push(name);
    else byUnit.set(unit, [name]);
  }
  const lines = [...byUnit].map(([unit, names]) => `export {${names.join(",")}} from "./${unit.module}";`);
  for (const unit of scope.units.values()) if (unit.augments) lines.push(`import "./${unit.module}";`);
  return `export {};\n${lines.join("\n")}\n`;
}

/**
 * Our first line of the cell being typed: imports of the living names among `words` that the cell does not declare itself.
 * It always has the same one import statement, so that TypeScript takes over the old program's structure whole.
 */
export function draftLine(
  scope: Scope,
  words: Iterable<string>,
  own: ReadonlyMap<string, unknown>,
  extra: readonly TypedName[],
): string {
  const used = usedNames(scope, words, own);
  const declared = extra.map(({ name, type }) => `declare let ${name}: ${type};`).join("");
  return `export {};${declared}${importText(scopeModule, used)}\n`;
}

/** The words that are names of earlier cells, and that the cell being typed does not declare itself. */
export function livingNames(scope: Scope, words: ReadonlySet<string>, own: ReadonlyMap<string, unknown>): string[] {
  return [...words].filter((word) => !own.has(word) && scope.names.has(word));
}

interface Used {
  readonly imports: string[];
  readonly variables: string[];
}

function usedNames(scope: Scope, words: Iterable<string>, own: ReadonlyMap<string, unknown>, only?: Unit): Used {
  const used: Used = { imports: [], variables: [] };
  for (const word of new Set(words)) {
    const found = own.has(word) ? undefined : scope.names.get(word);
    if (found === undefined || (only !== undefined && found.unit !== only)) continue;
    (found.kind === "variable" ? used.variables : used.imports).push(word);
  }
  return used;
}

/** An executed cell's imports name the units themselves: what a name meant then, it means there for ever. */
function directImports(scope: Scope, words: ReadonlySet<string>, own: ReadonlyMap<string, unknown>): string {
  const units = new Set<Unit>();
  for (const word of words) {
    const found = own.has(word) ? undefined : scope.names.get(word);
    if (found) units.add(found.unit);
  }
  return [...units].map((unit) => importText(unit.module, usedNames(scope, words, own, unit))).join("");
}

/**
 * A variable becomes a `declare let`, so that it can be assigned (an imported name cannot). No `import *`: to name a type TypeScript would
 * look through all that it brings, 20 ms a question with 1,500 names.
 */
function importText(module: string, { imports, variables }: Used): string {
  const renamed = variables.map((name) => `${name} as ${alias}${name}`);
  const declared = variables.map((name) => `declare let ${name}: typeof ${alias}${name};`).join("");
  return `import {${[...imports, ...renamed].join(",")}} from "./${module}";${declared}`;
}

/** Every word of a text that may be a name. */
export function wordsOf(text: string): Set<string> {
  return new Set(text.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu) ?? []);
}

/** Types of earlier cells are named without the module that holds them. */
export function withoutOurs(text: string): string {
  return text
    .replace(new RegExp(`import\\("[^"]*${ours}\\w+(?:\\.tsx?)?"\\)\\.`, "g"), "")
    .replace(new RegExp(`typeof import\\("[^"]*${ours}\\w+"\\)`, "g"), "typeof notebook")
    .replace(new RegExp(`\\b${alias}`, "g"), "")
    .replace(/^\(alias\) /, "")
    .replace(/\nimport [\w$]+$/, "");
}
