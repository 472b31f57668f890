/**
 * Cells and local modules as files: the path by which JupyterLab knows a cell's text, the executions of that text, and the breakpoints in it. Enters: texts and
 * executions; leaves: paths, places, texts. No file is written; `source` answers with the text.
 */
import type { Debugger as V8 } from "node:inspector";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { type Place, placeInCell } from "../cells/source-map.ts";
import { cellUrl } from "../cells/stack.ts";
import type { CellMap, LocalFile } from "../wire/link.ts";
import { murmur2 } from "./murmur2.ts";

export const hashSeed = 0xc70f6907;
export const pathPrefix = `${path.join(os.tmpdir(), `lepton_${process.pid}`)}${path.sep}`;
export const pathSuffix = ".ts";

export const cellPath = (source: string): string => `${pathPrefix}${murmur2(source, hashSeed)}${pathSuffix}`;

export interface Execution {
  readonly url: string;
  readonly path: string;
  readonly source: string;
  readonly code: string;
  readonly map: CellMap;
}

/** Executions kept: breakpoints in older cells' functions are not hit any more. */
const KEPT = 2000;

export class CellFiles {
  readonly #texts = new Map<string, string>();
  readonly #executions = new Map<string, Execution>();
  /** Words of all texts that begin with an underscore, as the names that the compiler makes do. */
  readonly #underscored = new Set<string>();

  /** @returns the path */
  dump(source: string): string {
    const at = cellPath(source);
    this.#texts.set(at, source);
    return at;
  }

  execute(label: string, source: string, code: string, map: CellMap): Execution {
    const execution = { url: cellUrl(label), path: this.dump(source), source, code, map };
    this.#add(execution);
    if (this.#executions.size > KEPT) this.#executions.delete(this.#executions.keys().next().value!);
    return execution;
  }

  /** A local module that the main thread is about to load; its path is the file's own. */
  load(at: string, { code, text, version }: LocalFile): Execution {
    const mappings = /^\/\/# mappings=(\S*)$/m.exec(code)?.[1];
    const map: CellMap = { js: code, pieces: [[0, 0, code.length]], mappings };
    const execution = { url: moduleUrl(at, version), path: at, source: text, code, map };
    this.#texts.set(at, text);
    this.#add(execution);
    return execution;
  }

  #add(execution: Execution): void {
    this.#executions.set(execution.url, execution);
    for (const word of execution.source.match(/(?<![\w$])_[\w$]*/g) ?? []) this.#underscored.add(word);
  }

  /** Whether a name is the user's: `_stack` and `__callDispose` of a lowered `using` are the compiler's, unless some text has them too. */
  isTyped(name: string): boolean {
    return !name.startsWith("_") || this.#underscored.has(name);
  }

  /** Whether a frame runs what the compiler added to a text. The function around a whole cell counts as the cell. */
  isAdded(url: string, { location, functionLocation }: V8.CallFrame): boolean {
    const execution = this.#executions.get(url);
    if (!execution || !functionLocation) return false;
    if (functionLocation.lineNumber === 0 && (functionLocation.columnNumber ?? 0) <= 1) return false;
    const place = { line: location.lineNumber + 1, column: (location.columnNumber ?? 0) + 1 };
    return placeInCell(execution.map, execution.code, place) === undefined;
  }

  isLoaded(at: string, { version }: LocalFile): boolean {
    return this.#executions.has(moduleUrl(at, version));
  }

  /** Paths of the local modules that were loaded. */
  modules(): readonly string[] {
    const loaded = [...this.#executions.values()].filter(({ url }) => url.startsWith("file:"));
    return [...new Set(loaded.map((execution) => execution.path))];
  }

  text(at: string): string | undefined {
    return this.#texts.get(at);
  }

  execution(url: string): Execution | undefined {
    return this.#executions.get(url);
  }

  /** Every execution of the text at that path. */
  executionsOf(at: string): readonly Execution[] {
    return [...this.#executions.values()].filter((execution) => execution.path === at);
  }

  /** A place from the inspector (from 0), in the cell (from 1). */
  locate(url: string, lineNumber: number, columnNumber: number): (Place & { readonly path: string }) | undefined {
    const execution = this.#executions.get(url);
    if (!execution) return undefined;
    const place = placeInCell(execution.map, execution.code, { line: lineNumber + 1, column: columnNumber + 1 });
    // What the kernel wrote around the cell: its end, most often, where a step out of the last line stands.
    const end = { line: execution.source.split("\n").length, column: 1 };
    return { ...(place ?? end), path: execution.path };
  }
}

/** As cells/imports.ts names it to V8. */
const moduleUrl = (at: string, version: string): string => `${pathToFileURL(at).href}?v=${version}`;
