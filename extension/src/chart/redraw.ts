/**
 * When a slow drawing is made: at most once a frame, one at a time, and only the latest of what was asked for. Wishes enter, calls of `draw` leave.
 * Apart because it decides alone whether a page under a flood of resizes stays usable; it knows no chart.
 */
export class Redraw {
  readonly #canDraw: () => boolean;
  readonly #draw: () => Promise<void>;
  readonly #onFrame: (callback: () => void) => unknown;
  #isStale = false;
  #isQueued = false;
  #going: Promise<void> | null = null;

  /**
   * @param canDraw  whether there is something to draw and a place for it; what is asked for meanwhile is drawn later
   * @param draw     draws what is there now; its faults are its own
   * @param onFrame  calls back before the browser paints next
   */
  constructor(
    canDraw: () => boolean,
    draw: () => Promise<void>,
    onFrame: (callback: () => void) => unknown = (callback) => requestAnimationFrame(callback),
  ) {
    this.#canDraw = canDraw;
    this.#draw = draw;
    this.#onFrame = onFrame;
  }

  /** Whether something was asked for that is not drawn yet. */
  get isDue(): boolean {
    return this.#isStale;
  }

  /** Draw before the next frame, unless that is coming already. */
  ask(): void {
    this.#isStale = true;
    if (this.#isQueued) return;
    this.#isQueued = true;
    this.#onFrame(() => {
      this.#isQueued = false;
      void this.now();
    });
  }

  /** Draw what was asked for; resolves when nothing is left to draw, or no place to draw it. */
  now(): Promise<void> {
    this.#going ??= this.#drawAll().finally(() => (this.#going = null));
    return this.#going;
  }

  async #drawAll(): Promise<void> {
    while (this.#isStale && this.#canDraw()) {
      this.#isStale = false;
      await this.#draw();
    }
  }
}
