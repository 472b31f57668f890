/**
 * A handler that comes at the last moment. Enters: a promise; leaves: a call when it is rejected. V8 stops at "uncaught exceptions" only where no
 * handler waits at the time of the throw: the kernel's own handler of a cell would hide every one of them.
 */
import { promiseHooks } from "node:v8";

/**
 * Slows all promises while it waits: only for a cell that is debugged.
 *
 * @returns stops waiting
 */
export function catchLate(promise: Promise<unknown>, onRejected: (error: unknown) => void): () => void {
  const hook = (settled: Promise<unknown>) => {
    if (settled !== promise) return;
    stop();
    promise.then(undefined, onRejected);
  };
  const stop = promiseHooks.onSettled(hook) as () => void;
  return stop;
}
