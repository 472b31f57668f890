/**
 * Waiting until the page holds every point of a run. A saved output has at most 500 points a line; the kernel can tell the run's events from the
 * first. Enters: how far the events have come; leaves: a promise of whether all are here. Apart because files and figures wait alike.
 */

/** After this long without a new event nobody is telling. */
const SILENCE_MS = 10_000;

/** Where the page is with a run's events. */
export interface EventsSoFar {
  /** Whether points come from events, none left out, and not from a snapshot. */
  readonly isLive: boolean;
  /** Of the last event that came without a hole. */
  readonly seq: number;
}

/** @param upTo  the last event that the page has heard of */
export function isWhole({ isLive, seq }: EventsSoFar, upTo: number): boolean {
  return isLive && seq >= upTo;
}

export class EveryPoint {
  private waiting: ((whole: boolean) => void)[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;

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

  /** Events came. */
  came(soFar: EventsSoFar, upTo: number): void {
    if (!this.isAwaited) return;
    if (isWhole(soFar, upTo)) this.end(true);
    else this.patience();
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
