/**
 * What may be said of a run that goes by what is known of it. Enter: words from the kernel, or that it is out of reach; leaves: the state's name for the
 * reader. Apart because a saved output says "running" for ever: only a kernel that answers makes it true now.
 */
import type { RunView } from "../../../kernel/contract/run.ts";
import { kernelWord } from "../kernel-words.ts";
import { trans } from "../translation.ts";

/** A kernel that is there answers within this time, unless it is busy. */
const PATIENCE_MS = 2000;

export function isGoing(view: RunView): boolean {
  return view.state === "running" || view.state === "starting";
}

export class KnownState {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private isHeard = false;
  private wasHeard = false;
  private readonly changed: () => void;

  /** @param changed  called when nobody has answered in time */
  constructor(changed: () => void) {
    this.changed = changed;
  }

  /** Whether the kernel tells of the run, or may do so in a moment. */
  get isNow(): boolean {
    return this.isHeard || this.timer !== null;
  }

  /** A kernel was asked for the first time, or another one is. */
  asked(): void {
    if (this.isHeard || this.timer !== null) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.changed();
    }, PATIENCE_MS);
  }

  heard(): void {
    this.forget();
    this.isHeard = true;
    this.wasHeard = true;
  }

  /** The kernel went away, or knows nothing of the run. */
  lost(): void {
    this.forget();
    this.isHeard = false;
  }

  wordOf(view: RunView): string {
    const state = view.paused ? trans.__("paused") : kernelWord(view.state);
    if (!isGoing(view) || this.isNow) return state;
    return this.wasHeard ? trans.__("was %1 when last heard of", state) : trans.__("was %1 when saved", state);
  }

  forget(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}
