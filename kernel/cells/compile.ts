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

/** @param binds what each magic binds, in order */
export async function compileCell(
  split: SplitCell,
  binds: readonly (Pick<MagicBinding, "name" | "shown"> | null)[],
  options?: TranspileOptions,
): Promise<Script | CodeError> {
  const ts = joinCell(split, binds);
  const plain = generic.test(ts) ? undefined : tryParse(ts);
  const compiled = plain ? { js: ts, mappings: undefined, program: plain } : await viaTypeScript(ts, options);
  if ("message" in compiled) return compiled;
  const { code, pieces, names, used } = rewriteCell(compiled.js, compiled.program);
  const map = { js: compiled.js, pieces, mappings: compiled.mappings };
  return { code, magics: split.magics.map(({ name, call }) => ({ name, call })), map, names, used };
}

function tryParse(text: string): ReturnType<typeof parseCell> | undefined {
  try {
    return parseCell(text);
  } catch {
    return undefined; // TypeScript, or wrong: esbuild says which.
  }
}

async function viaTypeScript(ts: string, options: TranspileOptions | undefined) {
  const transpiled = await transpile(ts, options);
  if ("message" in transpiled) return transpiled;
  try {
    return { ...transpiled, program: parseCell(transpiled.js) };
  } catch (error) {
    return { message: error instanceof Error ? error.message : String(error), line: 1, column: 1 };
  }
}
