/**
 * A compiled cell is run as a script of the main context. Enters: a function expression; leaves: the promise of its result. The wire's inspector
 * session can terminate it, because it does not run inside that session.
 */
import vm from "node:vm";

/** What a cell threw; a place is known when V8 refused its text. Lines and columns from 1. */
export interface Thrown {
  readonly error: unknown;
  readonly place?: { readonly line: number; readonly column: number };
}

/** What a cell's function resolves to: its last expression, when it ends in one. */
export type CellResult = { readonly value: unknown } | undefined;

/** V8 refused the text of a cell that esbuild and acorn took. */
export class Refused {
  readonly thrown: Thrown;
  constructor(thrown: Thrown) {
    this.thrown = thrown;
  }
}

/** @throws Refused */
export function loadCell(code: string, url: string): () => Promise<CellResult> {
  try {
    return run(code, url) as () => Promise<CellResult>;
  } catch (error) {
    throw new Refused({ error, place: placeIn(error, url) });
  }
}

/**
 * `let` for names that no cell declared yet. Nothing is made for each but its place: a reader and a writer kept for every name were 3 kB a cell.
 *
 * @param isGlobal  a name of JavaScript's or Node's own keeps that value until the cell assigns it: `import fetch from "not-installed"` must not cost the kernel its `fetch`
 * @throws SyntaxError for names that cannot be declared, such as `undefined`
 */
export function declareNames(names: readonly string[], isGlobal: (name: string) => boolean): void {
  const places = names.map((name) => (isGlobal(name) ? `${name} = globalThis.${name}` : name));
  try {
    run(`let ${places.join(", ")};`, "names");
  } catch (cause) {
    const error = new SyntaxError((cause as Error).message);
    error.stack = String(error); // V8's has our text in it
    throw error;
  }
}

/** @param name declared before */
export function readName(name: string): unknown {
  return run(`(${name})`, "names");
}

/** @param name declared before */
export function writeName(name: string, value: unknown): void {
  (run(`(__value) => { ${name} = __value; }`, "names") as (value: unknown) => void)(value);
}

function run(code: string, url: string): unknown {
  // For `import()` in text that a cell evaluates itself; its own imports were rewritten.
  const importModuleDynamically = vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  return new vm.Script(code, { filename: url, importModuleDynamically }).runInThisContext();
}

/** Node puts `url:line`, the line and carets above a syntax error's stack. */
function placeIn(error: unknown, url: string): { line: number; column: number } {
  const stack = String((error as Error).stack);
  const match = stack.startsWith(`${url}:`) ? /:(\d+)\n.*\n(\s*)\^/.exec(stack) : null;
  return { line: Number(match?.[1] ?? 1), column: (match?.[2]?.length ?? 0) + 1 };
}
