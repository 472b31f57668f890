/**
 * How a page follows a run while it goes. The page opens a comm on LIVE_TARGET, so a reload, a second tab and a restarted kernel are the same
 * case: open again, saying the last sequence number that is already drawn. The kernel answers from the run's own event file, then sends what is
 * new in batches (at most 20 messages a second for a kernel). Nothing is kept for a page: lost, doubled or late messages are seen by their
 * numbers, and the page asks again with `sync`.
 */
import type { SamplesView, WeightsView } from "./analysis.ts";
import type { MimeBundle } from "./cell.ts";
import type { RunEvent, RunNotes } from "./run.ts";
import { type StepColumns, stepColumnsFault } from "./step-columns.ts";

export const LIVE_TARGET = "lepton.run";

/** What a page has: the last event that it folded in without a hole. */
export interface LivePlace {
  /** Events with a greater `seq` are wanted; 0 for all. */
  readonly from: number;
  /** That event's time. When the run's file has another there (it went on from an earlier checkpoint), everything comes anew. */
  readonly time?: number;
}

/** The data of the comm's open message. */
export interface LiveOpen extends LivePlace {
  readonly run: string;
}

/**
 * Page ─► kernel. `resume` also goes on with a run that was stopped; `weights`, `samples` and `output` (what a cell would show now) are answered with
 * what they ask for.
 */
export type LiveRequest =
  | ({ readonly type: "sync" } & LivePlace)
  | { readonly type: "stop" | "pause" | "resume" | "weights" | "samples" | "output" }
  | { readonly type: "notes"; readonly notes: RunNotes };

/**
 * Kernel ─► page. Step events in a row travel as columns; `reset` voids what came before; with `more` the file held further events when this was
 * sent, without it the page is level with the file. An open and a `sync` of a page that lacks nothing are answered with no events.
 */
export type LiveMessage =
  | {
      readonly type: "events";
      readonly events: readonly (RunEvent | StepColumns)[];
      readonly reset?: true;
      readonly more?: true;
    }
  /** Sent when a page opens, and to all pages of the run when its notes change. */
  | { readonly type: "notes"; readonly notes: RunNotes }
  | { readonly type: "weights"; readonly weights: WeightsView }
  | { readonly type: "samples"; readonly samples: SamplesView }
  /** Of a run that goes the snapshot alone, else with the pictures and the text that a notebook keeps. */
  | { readonly type: "output"; readonly output: MimeBundle }
  /** A request that could not be done, and why. */
  | { readonly type: "refused"; readonly request: LiveRequest["type"]; readonly reason: string }
  /** There is no such run in the kernel's folder, or it cannot be read; the comm closes. */
  | { readonly type: "gone"; readonly reason: string };

/** Answers that carry a field of their type's name. */
const answers = ["notes", "weights", "samples", "output"];

/** Check a message from the kernel before it is drawn; returns why it is refused, or null. */
export function liveMessageFault(value: unknown): string | null {
  if (typeof value !== "object" || value === null) return "not an object";
  const message = value as Record<string, unknown>;
  if (message["type"] === "gone") return typeof message["reason"] === "string" ? null : "gone without a reason";
  if (message["type"] === "refused") return typeof message["reason"] === "string" ? null : "refused without a reason";
  const answer = answers.find((name) => name === message["type"]);
  if (answer !== undefined) {
    return typeof message[answer] === "object" && message[answer] !== null ? null : `${answer} is not an object`;
  }
  if (message["type"] !== "events") return `unknown type ${JSON.stringify(message["type"])}`;
  const events = message["events"];
  if (!Array.isArray(events)) return "events is not an array";
  for (const event of events as unknown[]) {
    if (typeof event !== "object" || event === null) return "an event is not an object";
    const { seq, type } = event as Record<string, unknown>;
    if (!Number.isSafeInteger(seq) || typeof type !== "string") return "an event has no seq or type";
    const fault = type === "steps" ? stepColumnsFault(event as Record<string, unknown>) : null;
    if (fault !== null) return fault;
  }
  return null;
}
