/**
 * The notebook folder's tsconfig.json, as far as it changes what single files become and what the kernel does about type errors. Enters: a folder; leaves:
 * esbuild's options and that mode, read once per change.
 */
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { TranspileOptions } from "./transpile.ts";

/** Settings that change JavaScript; esbuild knows them by the same names. */
const settings = [
  "jsx",
  "jsxFactory",
  "jsxFragmentFactory",
  "jsxImportSource",
  "experimentalDecorators",
  "useDefineForClassFields",
  "strict",
] as const;

/** What a type error does: `"lepton": { "typeErrors": "block" }`. */
export type TypeErrors = "show" | "block" | "off";

export interface CellSettings {
  readonly transpile: TranspileOptions;
  readonly typeErrors: TypeErrors;
}

const none: CellSettings = { transpile: {}, typeErrors: "show" };
let cached: { readonly folder: string; readonly stamp: number; readonly settings: CellSettings } | undefined;

/** Looks at the disk: once for each cell. */
export function readTsconfig(folder: string): CellSettings {
  const file = path.join(folder, "tsconfig.json");
  const stamp = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (cached?.folder !== folder || cached.stamp !== stamp) {
    cached = { folder, stamp, settings: stamp === 0 ? none : parse(file) };
  }
  return cached.settings;
}

/** JSON with comments and trailing commas. A file that cannot be read counts as none: the language service says what is wrong with it. */
function parse(file: string): CellSettings {
  try {
    const plain = readFileSync(file, "utf8")
      .replace(/^\uFEFF/, "")
      .replace(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, "$1")
      .replace(/("(?:[^"\\]|\\.)*")|,(\s*[}\]])/g, "$1$2");
    const { compilerOptions = {}, lepton } = JSON.parse(plain);
    const typeErrors = ["block", "off"].includes(lepton?.typeErrors) ? lepton.typeErrors : "show";
    return { transpile: optionsOf(compilerOptions), typeErrors };
  } catch {
    return none;
  }
}

function optionsOf(given: Readonly<Record<string, unknown>>): TranspileOptions {
  const known = settings.filter((name) => given[name] !== undefined);
  const compilerOptions = Object.fromEntries(known.map((name) => [name, given[name]]));
  return "jsx" in given ? { compilerOptions, loader: "tsx" } : { compilerOptions };
}
