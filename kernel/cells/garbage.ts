/**
 * Garbage is collected while nobody wants anything. Enters: that something was done; leaves: a heap without garbage, some time after the last of many such things.
 * V8 itself collects the old part of a heap only when more is made: after a long day a thread would keep a third more than it needs.
 */
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Native timers: those of cells stop with their cell. */
const { setTimeout: start, clearTimeout: stop } = globalThis;

export interface Collecting {
  /** So many things leave garbage worth a collection. */
  readonly worth: number;
  /** Nothing was done for so long, in milliseconds. */
  readonly restMs: number;
  /** Larger heaps are left to V8: this thread stands still for about 2 ms a megabyte. */
  readonly mostBytes: number;
  /** False while something goes on. */
  readonly isFree: () => boolean;
  /** V8's, unless a test has its own. */
  readonly collect?: () => void;
}

/** @returns what to call whenever something was done */
export function collectAtRest({ worth, restMs, mostBytes, isFree, collect = collectAll }: Collecting): () => void {
  let since = 0;
  let timer: NodeJS.Timeout | undefined;
  return () => {
    stop(timer);
    if (++since < worth) return;
    timer = start(() => {
      if (!isFree() || getHeapStatistics().used_heap_size > mostBytes) return;
      since = 0;
      collect();
    }, restMs);
    timer.unref();
  };
}

let gc: ((how: object) => void) | undefined;

/** V8's own collection of everything. The flag stands only while the function is taken: code caches made with other flags are refused. */
function collectAll(): void {
  if (!gc) {
    setFlagsFromString("--expose-gc");
    gc = runInNewContext("gc") as (how: object) => void;
    setFlagsFromString("--no-expose-gc");
  }
  gc({ type: "major", flavor: "last-resort" });
}
