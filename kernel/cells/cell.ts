/**
 * Whom code runs for. A Cell is one execution: its parent header (outputs carry it), its stop signal, its timers. Whatever a cell began, at any
 * time later, finds it by `currentCell()` (AsyncLocalStorage).
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Header } from "../wire/frames.ts";
import type { CellMagic } from "../wire/link.ts";

export class Cell {
  readonly parent: Header;
  /** What stack traces call it: ExecuteTask.label. */
  readonly label: string;
  readonly controller = new AbortController();
  /** Timers that run; cleared when the cell is interrupted. */
  readonly timers = new Set<{ close(): unknown }>();
  /** False for silent executions: nothing is displayed. */
  readonly shown: boolean;
  readonly allowStdin: boolean;
  /** UTF-16 units written to streams so far. */
  written = 0;
  readonly payload: Record<string, unknown>[] = [];
  /** Its magics, by the order of their lines. */
  magics: readonly CellMagic[] = [];

  constructor(parent: Header, label: string, options: { shown: boolean; allowStdin: boolean }) {
    this.parent = parent;
    this.label = label;
    this.shown = options.shown;
    this.allowStdin = options.allowStdin;
  }

  /** True while a magic listens to the signal: it stops its work itself, and says how to go on. */
  winding = false;

  /** Tell what listens to the signal. */
  abort(): void {
    this.controller.abort(new DOMException("The cell was interrupted.", "AbortError"));
  }

  /** Stop its timers. */
  stopTimers(): void {
    for (const timer of this.timers) timer.close();
    this.timers.clear();
  }
}

const storage = new AsyncLocalStorage<Cell | undefined>();
let latest: Cell | undefined;

/** The cell whose code runs now; outside of any, the latest one. */
export function currentCell(): Cell | undefined {
  return storage.getStore() ?? latest;
}

/** Outside any cell, as a message of the wire is read. */
export function runOutsideCells<T>(action: () => T): T {
  return storage.run(undefined, action);
}

export function runInCell<T>(cell: Cell, action: () => T): T {
  latest = cell;
  return storage.run(cell, action);
}
