/**
 * Local files that a cell imports. Enters: a file; leaves: it and every local file it reaches, as JavaScript, each with a version made of its
 * text, its imports' texts and how often they were interrupted. Runs in the wire's thread, by esbuild.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { BuildFailure, BuildResult, Loader, Metafile } from "esbuild";
import type { Interrupted, LocalFile, LocalModules } from "../wire/link.ts";
import { type TranspileOptions, transpile, withEsbuild } from "./transpile.ts";

type Local = Omit<LocalFile, "version">;

/** A file of the graph, not read yet. */
type Reached = Pick<LocalFile, "format" | "imports">;

/** @throws SyntaxError with file, line and message when one of them does not parse, or imports what is not there */
export async function readLocalModules(
  file: string,
  interrupted: Interrupted,
  options: TranspileOptions = {},
): Promise<LocalModules> {
  const inputs = await localGraph(file);
  const entries = await Promise.all(
    Object.entries(inputs).map(async ([name, reached]) => [name, await readLocal(name, reached, options)] as const),
  );
  const locals = new Map(entries);
  const files = Object.fromEntries(
    entries.map(([name, local]) => [name, { ...local, version: versionOf(name, locals, interrupted) }]),
  );
  return { files, types: typesIn(Object.values(Object.fromEntries(locals)).map(({ text }) => text)) };
}

/**
 * Type names that a cell may import without saying `type`. By the text alone: a name too many only means that an import of it is no error.
 *
 * @returns undefined when a package's names are passed on, which are not known here
 */
function typesIn(texts: readonly string[]): readonly string[] | undefined {
  const names = new Set<string>();
  for (const text of texts) {
    if (/export\s+(?:type\s+)?\*\s*from\s*["'](?![./])/.test(text)) return undefined;
    for (const [, name] of text.matchAll(
      /\b(?:interface|type|namespace|class|enum)\s+([\p{ID_Start}$_][\p{ID_Continue}$]*)/gu,
    ))
      names.add(name!);
    for (const [, list] of text.matchAll(/export\s+(?:type\s+)?\{([^}]*)\}/g))
      for (const entry of list!.split(",")) names.add(entry.trim().split(/\s+/).at(-1)!);
  }
  return [...names];
}

/** Files reached from `file`, scripts and JSON. Packages stay outside. */
async function localGraph(file: string): Promise<Record<string, Reached>> {
  const folder = path.dirname(file);
  const { metafile } = await buildGraph(folder, file);
  const absolute = (name: string) => path.resolve(folder, name);
  const reached = Object.entries((metafile as Metafile).inputs).filter(([name]) => /\.([mc]?[jt]sx?|json)$/.test(name));
  return Object.fromEntries(
    reached.map(([name, { imports, format }]) => {
      const found = imports.flatMap((one) =>
        one.external || one.original === undefined ? [] : [[one.original, absolute(one.path)] as const],
      );
      return [absolute(name), { imports: Object.fromEntries(found), format: formatOf(name, format) }];
    }),
  );
}

/** @param found esbuild's word, from the ending, the nearest package.json and the text, as Node does it */
function formatOf(name: string, found: "cjs" | "esm" | undefined): Local["format"] {
  if (name.endsWith(".json")) return "json";
  return found === "cjs" ? "commonjs" : "module";
}

async function buildGraph(folder: string, file: string): Promise<BuildResult> {
  try {
    return await withEsbuild((esbuild) =>
      esbuild.build({
        absWorkingDir: folder,
        entryPoints: [file],
        bundle: true,
        write: false,
        metafile: true,
        packages: "external",
        platform: "node",
        format: "esm",
        logLevel: "silent",
        loader: { ".json": "empty", ".wasm": "empty", ".node": "empty" },
      }),
    );
  } catch (error) {
    const [first] = (error as BuildFailure).errors ?? [];
    if (!first) throw error;
    const { location } = first;
    const where = location ? ` (${path.resolve(folder, location.file)}:${location.line}:${location.column + 1})` : "";
    throw new SyntaxError(`${first.text}${where}`);
  }
}

async function readLocal(file: string, reached: Reached, options: TranspileOptions): Promise<Local> {
  const text = await readFile(file, "utf8");
  const isReady = reached.format === "json" || (reached.format === "commonjs" && /\.c?js$/.test(file));
  if (isReady) return { ...reached, code: text, text }; // as require would read it
  const loader = path.extname(file).replace(/^\.[mc]?/, "") as Loader;
  const result = await transpile(text, { dropTypeImports: true, ...options, loader });
  if ("message" in result) throw new SyntaxError(`${result.message} (${file}:${result.line}:${result.column})`);
  return { ...reached, code: `${result.js}\n//# mappings=${result.mappings}\n`, text };
}

/** Changes when the file, or anything it reaches, changes; cycles end at a file already seen. */
function versionOf(file: string, locals: ReadonlyMap<string, Local>, interrupted: Interrupted): string {
  const hash = createHash("sha256");
  const seen = new Set<string>();
  const add = (name: string) => {
    if (seen.has(name)) return;
    seen.add(name);
    const local = locals.get(name);
    hash.update(`${name}\0${local?.text ?? ""}\0${interrupted[name] ?? ""}\0`);
    for (const next of Object.values(local?.imports ?? {})) add(next);
  };
  add(file);
  return hash.digest("hex").slice(0, 12);
}
