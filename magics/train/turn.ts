/**
 * Turns for the rest of the process. An engine that computes on this thread (engine torch) leaves none to sockets, timers and signals: nobody could stop the
 * run, and those who ask whether it lives would hear nothing. Apart because every loop over steps or batches needs it.
 */

const everyMs = 20;
let last = performance.now();

/** A turn for what waits, when the last one was 20 ms ago; null when none is due. */
export function turnIfDue(): Promise<void> | null {
  if (performance.now() - last < everyMs) return null;
  return new Promise((resolve) =>
    setImmediate(() => {
      last = performance.now();
      resolve();
    }),
  );
}
