/**
 * When a run tells of its steps. Enter: losses, step by step; leaves: every tenth of a second their mean. Apart because such a mean is drawn as one point
 * beside others: of far fewer steps than its neighbours it would look like a spike.
 */

/** Milliseconds between step events. */
const reportEveryMs = 100;

/** Losses since the last step event. */
export interface StepReport {
  add(loss: number, rows: number): void;
  /**
   * @param left  steps that are left of the epoch, whose end tells in any case: fewer than half as many as there are to tell wait and are told with them
   */
  isDue(left: number): boolean;
  /** Milliseconds in which nothing was trained. */
  leaveOut(ms: number): void;
  take(): { readonly loss: number; readonly rowsPerSecond: number };
}

export function startReport(): StepReport {
  let since = performance.now();
  let [losses, steps, rows] = [0, 0, 0];
  return {
    add(loss, count) {
      losses += loss;
      steps++;
      rows += count;
    },
    isDue: (left) => left >= steps / 2 && performance.now() - since >= reportEveryMs,
    leaveOut: (ms) => (since += ms),
    take() {
      const now = performance.now();
      const taken = { loss: losses / steps, rowsPerSecond: rows / Math.max(1e-6, (now - since) / 1000) };
      since = now;
      [losses, steps, rows] = [0, 0, 0];
      return taken;
    },
  };
}
