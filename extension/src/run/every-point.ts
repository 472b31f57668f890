/**
 * Waiting until the page holds every point of a run. A saved output has at most 500 points a line; the kernel can tell the run's events from the
 * first. Enters: after each message, whether all are here; leaves: a promise of that. Apart because files and figures wait alike.
 */

/** After this long without a new event nobody is telling. */
const SILENCE_MS = 10_000;

export class EveryPoint {
  private waiting: ((whole: boolean) => void)[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;
  private whole = false;

  /** Whether points come from events, none is left out, and the kernel had no more when it sent the last. */
  get isWhole(): boolean {
    return this.whole;
  }

  /** @returns true once all points are here, false when nobody tells them */
  wait(): Promise<boolean> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.patience();
    });
  }

  /** Whether somebody waits. */
  get isAwaited(): boolean {
    return this.waiting.length > 0;
  }

  /** A message came. @param isWhole  what `isWhole` is from now on */
  came(isWhole: boolean): void {
    this.whole = isWhole;
    if (!this.isAwaited) return;
    if (isWhole) this.end(true);
    else this.patience();
  }

  /** There may be more, of which nobody tells. */
  notLevel(): void {
    this.whole = false;
  }

  /** There is nobody to ask, or nothing that would draw the answer. */
  giveUp(): void {
    this.end(false);
  }

  private patience(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.end(false), SILENCE_MS);
  }

  private end(whole: boolean): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve(whole);
  }
}
