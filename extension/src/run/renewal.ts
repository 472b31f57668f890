/**
 * A notebook keeps the output that was shown; after a reload JupyterLab changes it no more, nor when a stopped run is resumed from the page: it would say
 * "running" or "stopped" for ever. Enter: the state that the output holds and the one that the page knows; leaves: when a run that went is over, after a
 * while, a wish for the output as it is now. Apart because the cell that trains renews its output by itself, mostly in time.
 */
import type { RunView } from "../../../kernel/contract/run.ts";
import { isGoing } from "./known-state.ts";

/** Time for the cell that trains: it writes its last output a little after the run's last event. */
const PATIENCE_MS = 3000;

export class Renewal {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private isBehind = false;
  private readonly ask: () => void;

  constructor(ask: () => void) {
    this.ask = ask;
  }

  /** Whether the run went after what the notebook says. */
  get isDue(): boolean {
    return this.isBehind;
  }

  /** The output in the notebook holds this snapshot. */
  saved(view: RunView): void {
    this.isBehind = isGoing(view);
    if (!this.isBehind) this.stop();
  }

  /** The page knows this of the run. */
  known(view: RunView): void {
    if (isGoing(view)) {
      this.isBehind = true;
      this.stop();
    } else if (this.isBehind)
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
