/**
 * A notebook keeps the output that was shown; after a reload JupyterLab changes it no more, and it would say "running" for ever. Enter: the state that the
 * output holds and the one that the page knows; leaves: after a while a wish for the output as it is now, where the two differ. Apart because the cell
 * that trains renews its output by itself, mostly in time.
 */
import type { RunView } from "../../../kernel/contract/run.ts";
import { isGoing } from "./known-state.ts";

/** Time for the cell that trains: it writes its last output a little after the run's last event. */
const PATIENCE_MS = 3000;

export class Renewal {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private saysGoing = false;
  private readonly ask: () => void;

  constructor(ask: () => void) {
    this.ask = ask;
  }

  /** Whether the notebook says that the run goes. */
  get isDue(): boolean {
    return this.saysGoing;
  }

  /** The output in the notebook holds this snapshot. */
  saved(view: RunView): void {
    this.saysGoing = isGoing(view);
    if (!this.saysGoing) this.stop();
  }

  /** The page knows this of the run. */
  known(view: RunView): void {
    if (isGoing(view)) this.stop();
    else if (this.saysGoing)
      this.timer ??= setTimeout(() => {
        this.timer = null;
        this.ask();
      }, PATIENCE_MS);
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}
