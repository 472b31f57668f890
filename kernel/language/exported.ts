/**
 * Names that an import would bring: what Node's modules and the folder's dependencies export. Enters: the notebook's folder. Leaves: name ─►
 * modules. Apart from TypeScript's own auto-import, which looks through every module at each question (100 ms).
 */
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import ts from "typescript";
import { topLevelOf } from "./top-level.ts";

export interface ExportedNames {
  /** Name ─► specifiers, Node's first. */
  readonly modules: Map<string, string[]>;
  /** Packages not yet read. */
  readonly waiting: string[];
}

/** Files that one package's `export * from` may lead through. */
const mostFiles = 60;
/** Modules of Node that hold nothing a notebook calls by a short name, or repeat another. */
const skipped = /^(_|internal|sys$|punycode|trace_events|wasi|inspector\/promises|path\/|domain|constants|test\/)/;

/** Node's modules at once; the folder's dependencies by `readOnePackage`. */
export function exportedNames(folder: string): ExportedNames {
  const modules = new Map<string, string[]>();
  for (const name of builtinModules) {
    if (skipped.test(name)) continue;
    const specifier = name.startsWith("node:") ? name : `node:${name}`;
    for (const exported of Object.keys(process.getBuiltinModule(name) ?? {})) add(modules, exported, specifier);
  }
  return { modules, waiting: dependencies(folder) };
}

function add(modules: Map<string, string[]>, name: string, specifier: string): void {
  if (!/^[\p{ID_Start}$][\p{ID_Continue}$]{2,}$/u.test(name) || name === "default") return;
  const known = modules.get(name);
  if (known === undefined) modules.set(name, [specifier]);
  else if (!known.includes(specifier)) known.push(specifier);
}

function dependencies(folder: string): string[] {
  try {
    const manifest = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
    return Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  } catch {
    return []; // no package.json, or one that cannot be read: nothing to offer
  }
}

/** Read the types of one more dependency. @returns false when all are read */
export function readOnePackage(found: ExportedNames, folder: string, options: ts.CompilerOptions): boolean {
  const name = found.waiting.shift();
  if (name === undefined) return false;
  const types = ts.resolveModuleName(name, path.join(folder, "cell.ts"), options, ts.sys).resolvedModule;
  if (types) for (const exported of exportsOf(types.resolvedFileName, options)) add(found.modules, exported, name);
  return true;
}

/** Names that a declaration file exports, through `export * from` of its own package. */
function exportsOf(start: string, options: ts.CompilerOptions): Set<string> {
  const names = new Set<string>();
  const files = [start];
  for (let index = 0; index < files.length && index < mostFiles; index++) {
    const file = files[index]!;
    const text = ts.sys.readFile(file);
    if (text === undefined) continue;
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, false);
    for (const name of topLevelOf(source).exported) names.add(name);
    for (const statement of source.statements) {
      const from = ts.isExportDeclaration(statement) && !statement.exportClause ? statement.moduleSpecifier : undefined;
      if (!from || !ts.isStringLiteral(from) || !from.text.startsWith(".")) continue;
      const next = ts.resolveModuleName(from.text, file, options, ts.sys).resolvedModule?.resolvedFileName;
      if (next && !files.includes(next)) files.push(next);
    }
  }
  return names;
}

export const importStatement = (name: string, specifier: string) => `import { ${name} } from "${specifier}";`;
