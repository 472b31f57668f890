/** The seam between the search and what runs a trial: a warm run process in the product, a function in tests. */
import type { Metrics, ParameterValue } from "@lepton/contract";

export interface TrialRequest {
  readonly number: number;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** Which of the study's workers it runs on, from 0. */
  readonly worker: number;
  /** The run of an earlier, interrupted try, if there was one. */
  readonly earlier: string | null;
}

export interface TrialProgress {
  readonly epoch: number;
  readonly epochs: number;
  readonly seconds: number;
  /** Set after each epoch that was validated. */
  readonly validation: Metrics | null;
}

export interface TrialOutcome {
  readonly state: "finished" | "stopped" | "failed";
  readonly reason: string | null;
  readonly seconds: number;
  readonly epoch: number;
  readonly epochs: number;
  /** Validation metrics of the weights that the run keeps (its best epoch). */
  readonly validation: Metrics | null;
}

export interface RunningTrial {
  readonly run: string;
  /** Never rejects: a run that breaks is a failed outcome. */
  readonly outcome: Promise<TrialOutcome>;
  stop(reason: string): void;
}

export interface TrialRunner {
  /** Begin a trial; resolves when its run exists. A mistake in its parameters rejects with a LeptonError: the trial fails, the study goes on. */
  start(request: TrialRequest, onProgress: (progress: TrialProgress) => void): Promise<RunningTrial>;
  /** What an earlier session's run came to, where it ended by itself meanwhile; undefined when it must run again. One that still runs is waited for until `signal` aborts. */
  recover(run: string, signal: AbortSignal): Promise<TrialOutcome | undefined>;
  close(): Promise<void>;
}
