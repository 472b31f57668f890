/**
 * Cells as files: the path by which JupyterLab knows a cell's text, the executions of that text, and the breakpoints in it. Enters: texts and
 * executions; leaves: paths, places, texts. No file is written; `source` answers with the text.
 */
import os from "node:os";
import path from "node:path";
import { type Place, placeInCell } from "../cells/source-map.ts";
import { cellUrl } from "../cells/stack.ts";
import type { CellMap } from "../wire/link.ts";
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

  /** @returns the path */
  dump(source: string): string {
    const at = cellPath(source);
    this.#texts.set(at, source);
    return at;
  }

  execute(count: number, source: string, code: string, map: CellMap): Execution {
    const execution = { url: cellUrl(count), path: this.dump(source), source, code, map };
    this.#executions.set(execution.url, execution);
    if (this.#executions.size > KEPT) this.#executions.delete(this.#executions.keys().next().value!);
    return execution;
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
