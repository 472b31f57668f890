/** A run that holds between two steps. Enter: wishes to hold or to go on, at any time; leaves: a promise that the loop waits for, and how long it held. */
export interface Pause {
  want(paused: boolean): void;
  isWanted(): boolean;
  isPaused(): boolean;
  /** Hold until someone wants to go on. @returns milliseconds held */
  hold(): Promise<number>;
  /** Milliseconds held so far, the present pause included. */
  pausedMs(): number;
}

export function createPause(): Pause {
  let wanted = false;
  let since: number | null = null;
  let before = 0;
  let wake: () => void = () => undefined;
  const held = () => (since === null ? 0 : performance.now() - since);
  return {
    want(paused) {
      wanted = paused;
      if (!paused) wake();
    },
    isWanted: () => wanted,
    isPaused: () => since !== null,
    async hold() {
      since = performance.now();
      // The timer keeps the process alive: nothing else may be going on in it.
      const alive = setInterval(() => undefined, 60_000);
      while (wanted) await new Promise<void>((resolve) => (wake = resolve));
      clearInterval(alive);
      const ms = held();
      before += ms;
      since = null;
      return ms;
    },
    pausedMs: () => before + held(),
  };
}
