/**
 * The notebook folder's tsconfig.json and what it extends, as far as it changes what single files become and what the kernel does about type errors.
 * Enters: a folder; leaves: esbuild's options and that mode, read anew when one of the files changed.
 */
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { TranspileOptions } from "./transpile.ts";
import { type PathMap, pathMap, placed } from "./tsconfig-paths.ts";

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
  readonly paths: PathMap | undefined;
}

let cached: { readonly folder: string; readonly stamps: Stamps; readonly settings: CellSettings } | undefined;

/** Each file that was read ─► when it was changed, in milliseconds; 0 for one that is not there. */
type Stamps = Map<string, number>;

/** Looks at the disk: once for each cell. */
export function readTsconfig(folder: string): CellSettings {
  if (cached?.folder !== folder || [...cached.stamps].some(([file, stamp]) => stampOf(file) !== stamp)) {
    const stamps: Stamps = new Map();
    const { compilerOptions = {}, lepton } = read(path.join(folder, "tsconfig.json"), stamps);
    const mode = lepton?.typeErrors as TypeErrors;
    const typeErrors = ["block", "off"].includes(mode) ? mode : "show";
    const paths = pathMap(compilerOptions, folder);
    cached = { folder, stamps, settings: { transpile: optionsOf(compilerOptions), typeErrors, paths } };
  }
  return cached.settings;
}

const stampOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

interface Config {
  readonly compilerOptions?: Readonly<Record<string, unknown>>;
  readonly lepton?: { readonly typeErrors?: unknown };
  readonly extends?: unknown;
}

/** A file with what it extends, the nearest setting first. */
function read(file: string, stamps: Stamps): Config {
  stamps.set(file, stampOf(file));
  const own = stamps.get(file) === 0 ? {} : parse(file);
  const bases = [own.extends ?? []].flat().flatMap((base) => extended(String(base), file));
  const inherited = bases.filter((base) => !stamps.has(base)).map((base) => read(base, stamps));
  const options = own.compilerOptions && placed(own.compilerOptions, path.dirname(file));
  const compilerOptions = Object.assign({}, ...inherited.map((base) => base.compilerOptions), options);
  return { compilerOptions, lepton: Object.assign({}, ...inherited.map((base) => base.lepton), own.lepton) };
}

/** The file that `extends` names: a path, with or without its ending, or a package's; none when it is not there. */
function extended(base: string, from: string): string[] {
  const named = path.isAbsolute(base) || /^\.{1,2}\//.test(base);
  const files = [base, `${base}.json`];
  if (named)
    return files
      .map((name) => path.resolve(path.dirname(from), name))
      .filter(isFile)
      .slice(0, 1);
  const { resolve } = createRequire(from);
  return [...files, `${base}/tsconfig.json`].flatMap((name) => resolvedBy(resolve, name)).slice(0, 1);
}

const isFile = (file: string) => statSync(file, { throwIfNoEntry: false })?.isFile() === true;

function resolvedBy(resolve: NodeJS.RequireResolve, name: string): string[] {
  try {
    return [resolve(name)].filter((file) => file.endsWith(".json"));
  } catch {
    return []; // not installed: the language service says so
  }
}

/** JSON with comments and trailing commas. A file that cannot be read counts as none: the language service says what is wrong with it. */
function parse(file: string): Config {
  try {
    const plain = readFileSync(file, "utf8")
      .replace(/^\uFEFF/, "")
      .replace(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, "$1")
      .replace(/("(?:[^"\\]|\\.)*")|,(\s*[}\]])/g, "$1$2");
    const config = JSON.parse(plain);
    return typeof config === "object" && config !== null ? config : {};
  } catch {
    return {};
  }
}

function optionsOf(given: Readonly<Record<string, unknown>>): TranspileOptions {
  const known = settings.filter((name) => given[name] !== undefined);
  if (known.length === 0) return {};
  const compilerOptions = Object.fromEntries(known.map((name) => [name, given[name]]));
  return "jsx" in given ? { compilerOptions, loader: "tsx" } : { compilerOptions };
}
