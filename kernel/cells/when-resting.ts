/**
 * Work that can wait is done when nobody wants anything. Enters: who knows when that was last so, and the work in steps; leaves: one step at a look that finds a
 * rest. Apart from timers.ts: this timer is no cell's.
 */

/** All in milliseconds. */
export interface Rest {
  /** From now to the first look. */
  readonly firstMs: number;
  /** Between two looks. */
  readonly everyMs: number;
  /** Nothing moved for so long: a rest. */
  readonly restMs: number;
}

/** @param moves lastMove is a time of performance.now() */
export function whenResting(moves: { readonly lastMove: number }, work: readonly (() => void)[], rest: Rest): void {
  const steps = [...work];
  let waited = 0;
  const timer = setInterval(() => {
    waited += rest.everyMs;
    if (waited < rest.firstMs || performance.now() - moves.lastMove < rest.restMs) return;
    if (steps.length <= 1) clearInterval(timer);
    steps.shift()?.();
  }, rest.everyMs);
  timer.unref();
}
