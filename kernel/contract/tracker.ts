/**
 * The door to experiment trackers: they see every event of a run, in order, in the run's process. A tracker that fails gets no more events and the run
 * goes on, with a warning under its cell.
 */
import type { RunEvent, RunSpec } from "./run.ts";

export interface Tracker {
  readonly name: string;
  /** Before the run's first event, also of a resumed run. The run waits, 30 s at most, and fails when it throws. */
  onStart(spec: RunSpec): Promise<void>;
  /** Called again only when the last call resolved; the training does not wait. */
  onEvent(event: RunEvent): Promise<void>;
  /** After the end event. The process waits 30 s at most. */
  onEnd(): Promise<void>;
}
