/**
 * A cell's text becomes a script. Enters: the text as typed; leaves: what V8 runs, the names it declares, and the map back, or the error that
 * the user made. Plain JavaScript skips esbuild: acorn reads `1+1` in microseconds.
 */
import type { MagicBinding } from "@lepton/contract";
import type { Program } from "acorn";
import type { CellMap, Script } from "../wire/link.ts";
import { constantAssignments } from "./constants.ts";
import { EditedText } from "./edited-text.ts";
import { isOneLiteral, openLiteral, parseCell, parseLiteral } from "./parse.ts";
import { type Rewritten, rewriteCell } from "./rewrite.ts";
import { decodeVlq, type Place, placeByMappings } from "./source-map.ts";
import { joinCell, type SplitCell } from "./split.ts";
import { type CodeError, quietly, startEsbuild, type TranspileOptions, transpile } from "./transpile.ts";

/** `f<T>(x)` reads as two comparisons in JavaScript: such text goes to esbuild. */
const generic = /[\w$]\s*<[^;{}()]*>\s*[(`]/;

type Compiled = Omit<Script, "magics"> & Pick<Rewritten, "assigned">;

/** Texts of all kinds of syntax, at no cost: this code's own, short ones first. */
const samples = [declares, decodeVlq, placeByMappings, EditedText, compileCell];

/** What the first typed cell would wait for, in steps of some milliseconds: esbuild's process, and V8, which compiles acorn's functions when first called (10 ms). */
export const warmUp: readonly (() => void)[] = [
  ...startEsbuild,
  ...samples.map((code) => () => void quietly(() => compile(String(code), undefined, []))),
];

/** Cells as they were compiled: most runs of a notebook repeat a text. The latest are at the end. */
const kept = new Map<string, Compiled>();
const KEPT = 64;

/**
 * @param binds      what each magic binds, in order
 * @param constants  names that earlier cells made with `const` or `import`
 */
export async function compileCell(
  split: SplitCell,
  binds: readonly (Pick<MagicBinding, "name" | "shown"> | null)[],
  options?: TranspileOptions,
  constants: ReadonlySet<string> = new Set(),
): Promise<Script | CodeError> {
  const ts = joinCell(split, binds);
  const key = JSON.stringify([options ?? {}, ts]);
  const compiled = kept.get(key) ?? (await compile(ts, options, []));
  if ("message" in compiled) return compiled;
  const earlier = compiled.assigned.filter((name) => constants.has(name) && !declares(compiled, name));
  if (earlier.length > 0) return withMagics(await compile(ts, options, earlier), split);
  kept.delete(key);
  kept.set(key, compiled);
  if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
  return withMagics(compiled, split);
}

function withMagics(compiled: Compiled | CodeError, split: SplitCell): Script | CodeError {
  if ("message" in compiled) return compiled;
  return { ...compiled, magics: split.magics.map(({ name, call }) => ({ name, call })) };
}

function declares({ names }: Pick<Rewritten, "names">, name: string): boolean {
  return names.some((one) => one.name === name);
}

/** @param earlier constants of earlier cells that this one assigns */
async function compile(
  ts: string,
  options: TranspileOptions | undefined,
  earlier: readonly string[],
): Promise<Compiled | CodeError> {
  const plain = generic.test(ts) ? undefined : tryParse(ts);
  const parsed = plain ? { js: ts, mappings: undefined, program: plain } : await parseTyped(ts, options);
  if ("message" in parsed) return parsed;
  const { js, program, ...places } = parsed;
  let rewritten = rewriteCell(js, program);
  const isOwn = rewritten.names.some(({ name, constant }) => constant && rewritten.assigned.includes(name));
  if (isOwn || earlier.length > 0) rewritten = rewriteCell(js, program, await constantAssignments(js, earlier));
  const { code, pieces, names, used, assigned } = rewritten;
  return { code, map: { js, pieces, ...places }, names, used, assigned };
}

function tryParse(text: string): Program | undefined {
  try {
    return parseLiteral(text) ?? parseCell(text);
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

interface Parsed extends Pick<CellMap, "js" | "mappings" | "opened"> {
  readonly program: Program;
}

async function parseTyped(ts: string, options: TranspileOptions | undefined): Promise<Parsed | CodeError> {
  const opened = openLiteral(ts);
  const literal = opened && (await viaTypeScript(opened.text, options));
  if (literal && "program" in literal && isOneLiteral(literal.program)) return { ...literal, opened: opened.at };
  return viaTypeScript(ts, options);
}

async function viaTypeScript(ts: string, options: TranspileOptions | undefined): Promise<Parsed | CodeError> {
  const transpiled = await transpile(ts, options);
  if ("message" in transpiled) return (await isJsx(ts, options)) ? { ...transpiled, message: JSX_OFF } : transpiled;
  try {
    return { ...transpiled, program: parseCell(transpiled.js) };
  } catch (error) {
    return refusedByAcorn(error as SyntaxError & { loc?: Place }, transpiled.mappings);
  }
}

/** Text that esbuild took: acorn's place leads back by esbuild's mappings. acorn ends its message with a place of its own, columns from 0. */
function refusedByAcorn({ message, loc }: SyntaxError & { loc?: Place }, mappings: string): CodeError {
  const place = loc && placeByMappings(mappings, { line: loc.line, column: loc.column + 1 });
  return { message: message.replace(/ \(\d+:\d+\)$/, ""), ...(place ?? { line: 1, column: 1 }) };
}
