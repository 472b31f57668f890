/**
 * A cell's text becomes a script. Enters: the text as typed; leaves: what V8 runs, the names it declares, and the map back, or the error that
 * the user made. Plain JavaScript skips esbuild: acorn reads `1+1` in microseconds.
 */
import type { MagicBinding } from "@lepton/contract";
import type { Script } from "../wire/link.ts";
import { parseCell, rewriteCell } from "./rewrite.ts";
import { joinCell, type SplitCell } from "./split.ts";
import { type CodeError, type TranspileOptions, transpile } from "./transpile.ts";

/** `f<T>(x)` reads as two comparisons in JavaScript: such text goes to esbuild. */
const generic = /[\w$]\s*<[^;{}()]*>\s*[(`]/;

type Compiled = Omit<Script, "magics">;

/** Cells as they were compiled: most runs of a notebook repeat a text. The latest are at the end. */
const kept = new Map<string, Compiled>();
const KEPT = 64;

/** @param binds what each magic binds, in order */
export async function compileCell(
  split: SplitCell,
  binds: readonly (Pick<MagicBinding, "name" | "shown"> | null)[],
  options?: TranspileOptions,
): Promise<Script | CodeError> {
  const ts = joinCell(split, binds);
  const key = JSON.stringify([options ?? {}, ts]);
  const compiled = kept.get(key) ?? (await compile(ts, options));
  if ("message" in compiled) return compiled;
  kept.delete(key);
  kept.set(key, compiled);
  if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
  return { ...compiled, magics: split.magics.map(({ name, call }) => ({ name, call })) };
}

async function compile(ts: string, options: TranspileOptions | undefined): Promise<Compiled | CodeError> {
  const plain = generic.test(ts) ? undefined : tryParse(ts);
  const parsed = plain ? { js: ts, mappings: undefined, program: plain } : await viaTypeScript(ts, options);
  if ("message" in parsed) return parsed;
  const { code, pieces, names, used } = rewriteCell(parsed.js, parsed.program);
  return { code, map: { js: parsed.js, pieces, mappings: parsed.mappings }, names, used };
}

function tryParse(text: string): ReturnType<typeof parseCell> | undefined {
  try {
    return parseCell(text);
  } catch {
    return undefined; // TypeScript, or wrong: esbuild says which.
  }
}

const JSX_OFF =
  'JSX is switched on by { "compilerOptions": { "jsx": "react-jsx" } } in the tsconfig.json of the notebook\'s folder.';

/** True for text that is wrong only because JSX is off. */
async function isJsx(ts: string, options: TranspileOptions | undefined): Promise<boolean> {
  if (options?.loader === "tsx" || !/<\/|\/>/.test(ts)) return false;
  return !("message" in (await transpile(ts, { ...options, loader: "tsx" })));
}

async function viaTypeScript(ts: string, options: TranspileOptions | undefined) {
  const transpiled = await transpile(ts, options);
  if ("message" in transpiled) return (await isJsx(ts, options)) ? { ...transpiled, message: JSX_OFF } : transpiled;
  try {
    return { ...transpiled, program: parseCell(transpiled.js) };
  } catch (error) {
    return { message: error instanceof Error ? error.message : String(error), line: 1, column: 1 };
  }
}
