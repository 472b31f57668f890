/**
 * What a notebook's folder holds, as the page's sidebar lists it. The page opens a comm on LISTING_TARGET; the kernel sends a Listing at once and
 * again whenever it changed. Only what a list needs: the rest is asked for by ID.
 */
import type { ComparisonView } from "./comparison.ts";
import type { RunNotes, RunState, RunView, Task } from "./run.ts";
import type { StudyState, StudyView } from "./study.ts";

export const LISTING_TARGET = "lepton.listing";

export interface ListedRun {
  readonly id: string;
  readonly name: string;
  readonly state: RunState;
  readonly createdAt: string;
  readonly model: string;
  readonly dataset: string;
  readonly task: Task;
  readonly epoch: number;
  readonly epochs: number;
  readonly seconds: number;
  readonly seed: number;
  /** Of the test rows, else of the best epoch's validation rows. */
  readonly metrics: Readonly<Record<string, number | null>>;
  /** Hyperparameters by name, for a table of what differs. */
  readonly settings: Readonly<Record<string, string | number | boolean | null>>;
  /** The magic or call that made it. */
  readonly source: string;
  /** What people wrote about it (the run's notes.json): text and tags, both searched. */
  readonly notes?: RunNotes;
}

export interface ListedStudy {
  readonly id: string;
  readonly name: string;
  readonly state: StudyState;
  /** Trials that are over, pruned and failed ones too. */
  readonly finished: number;
  readonly planned: number;
  readonly metric: string;
  readonly best: number | null;
}

export interface ListedDataset {
  readonly id: string;
  readonly name: string;
  readonly task: Task;
  readonly target: string;
  readonly rows: number;
  readonly source: string;
}

export interface ListedDeployment {
  readonly name: string;
  readonly version: number;
  readonly state: "running" | "stopped";
  readonly url: string;
  readonly run: string;
}

export interface Listing {
  readonly version: 1;
  /** The folder's name. */
  readonly folder: string;
  /** Newest first, at most 500, trials of studies left out. */
  readonly runs: readonly ListedRun[];
  readonly studies: readonly ListedStudy[];
  readonly datasets: readonly ListedDataset[];
  readonly deployments: readonly ListedDeployment[];
}

/** What a page asks of the kernel; each is answered once, by a ListingAnswer with the same `ask`. */
export type ListingRequest = { readonly ask: number } & (
  | { readonly type: "stopRun"; readonly run: string }
  | { readonly type: "stopStudy"; readonly study: string }
  /** Serve a finished run under a name; the same name again is a new version. */
  | { readonly type: "deploy"; readonly run: string; readonly name: string }
  | { readonly type: "stopDeployment"; readonly name: string }
  /** The last lines of a deployment's log. */
  | { readonly type: "logs"; readonly name: string }
  | { readonly type: "compare"; readonly runs: readonly string[] }
  /** A whole study, to be drawn. */
  | { readonly type: "study"; readonly study: string }
  /** A whole run, to be drawn; what comes after is told over a comm of its own (live.ts). */
  | { readonly type: "run"; readonly run: string }
);

/** Kernel ─► page: what came of a request. `fault` is a sentence where it could not be done. */
export type ListingAnswer = { readonly type: "answer"; readonly ask: number } & (
  | { readonly fault: string }
  | {
      readonly fault: null;
      /** What there is to tell. */
      readonly text: string;
      readonly comparison?: ComparisonView;
      readonly study?: StudyView;
      readonly run?: RunView;
    }
);
