/**
 * Waiting for an answer that may never come: a kernel that is stuck is alive. Enters: that something was asked, and that its answer came; leaves: word
 * when it has taken long. Apart because every part that asks a kernel waits alike; the answer is welcome however late.
 */

/** A kernel that is free has written a checkpoint and read it within this time, mostly. */
const LONG_MS = 8000;

export class Patience {
  private timer: ReturnType<typeof setTimeout> | null = null;

  /** Something was asked. @param long  called once when no answer came for long */
  begin(long: () => void): void {
    this.end();
    this.timer = setTimeout(() => {
      this.timer = null;
      long();
    }, LONG_MS);
  }

  /** The answer came, or nobody waits for it. */
  end(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}
