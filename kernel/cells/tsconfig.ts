/** The notebook folder's tsconfig.json, as far as it changes what single files become. Enters: a folder; leaves: esbuild's options, read once per change. */
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

let cached: { readonly file: string; readonly stamp: number; readonly options: TranspileOptions } | undefined;

export function readTsconfig(folder: string): TranspileOptions {
  const file = path.join(folder, "tsconfig.json");
  const stamp = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (cached?.file !== file || cached.stamp !== stamp) {
    cached = { file, stamp, options: stamp === 0 ? {} : optionsOf(readFileSync(file, "utf8")) };
  }
  return cached.options;
}

function optionsOf(text: string): TranspileOptions {
  const given = parse(text).compilerOptions ?? {};
  const known = settings.filter((name) => given[name] !== undefined);
  const compilerOptions = Object.fromEntries(known.map((name) => [name, given[name]]));
  return "jsx" in given ? { compilerOptions, loader: "tsx" } : { compilerOptions };
}

/** JSON with comments and trailing commas. A file that cannot be read counts as none: the language service says what is wrong with it. */
function parse(text: string): { compilerOptions?: Record<string, unknown> } {
  const plain = text
    .replace(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, "$1")
    .replace(/("(?:[^"\\]|\\.)*")|,(\s*[}\]])/g, "$1$2");
  try {
    return JSON.parse(plain);
  } catch {
    return {};
  }
}
