/**
 * A process that was killed wrote no last event: of a run that goes and is silent, the kernel is asked whether it does. Enters: what came last; leaves: that
 * question. Apart because the kernel's clock need not be the page's: then every event looks old.
 */
import type { RunEvent, RunView } from "../../../kernel/contract/run.ts";
import { isGoing } from "./known-state.ts";

/** A run without a new event for this long may have lost its process. */
const SILENCE_MS = 10_000;
/** Less than the time after which a page asks for events anew, so that each of those times has its question. */
const PAUSE_MS = 5000;

export class Doubt {
  private askedAt = Number.NEGATIVE_INFINITY;
  private readonly ask: () => void;

  constructor(ask: () => void) {
    this.ask = ask;
  }

  /** The page has all that the run wrote. @param events  those that came with this message */
  level(view: RunView, events: readonly RunEvent[]): void {
    const now = Date.now();
    const isSilent = (events.at(-1)?.time ?? 0) < now - SILENCE_MS;
    if (!isGoing(view) || !isSilent || now - this.askedAt < PAUSE_MS) return;
    this.askedAt = now;
    this.ask();
  }
}
