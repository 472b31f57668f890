/** The door to experiment trackers: they see every event of a run, in order, in the run's process. */
import type { RunEvent, RunSpec } from "./run.ts";

export interface Tracker {
  readonly name: string;
  onStart(spec: RunSpec): Promise<void>;
  onEvent(event: RunEvent): Promise<void>;
  onEnd(): Promise<void>;
}
