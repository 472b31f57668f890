/**
 * Work that can wait is done when nobody runs cells one after the other. Enters: who knows when a cell last began or ended; leaves: one call, some time after the
 * start. Apart from timers.ts: this timer is no cell's.
 */

/** Between two looks, and how long a rest is. */
const REST_MS = 500;
/** Looks before the first at which it may be done: first cells come soon after the start. */
const EARLY = 2;

/** @param cells lastMove is a time of performance.now() */
export function whenResting(cells: { readonly lastMove: number }, action: () => void): void {
  let looks = 0;
  const timer = setInterval(() => {
    if (++looks <= EARLY || performance.now() - cells.lastMove < REST_MS) return;
    clearInterval(timer);
    action();
  }, REST_MS);
  timer.unref();
}
