/**
 * A run's process, without its entry point: owns one run's folder from its spec to its end event. Enter: a folder with spec.json, and plugins;
 * leaves: the end event, with everything on disk. Apart from kernel/run.ts so that one process can take many runs, one after the other.
 */
import { appendFileSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { isLeptonError, LeptonError, type RunEvent } from "@lepton/contract";
import type { Plugins } from "../plugins.ts";
import { type LoopPosition, readCheckpoint, startPosition } from "./checkpoint.ts";
import { type ControlServer, serveControl } from "./control.ts";
import { appendFailure, type EventLog, type NewEvent, openEventLog } from "./event-log.ts";
import { createPause, type Pause } from "./pause.ts";
import { logFile, readSpec } from "./run-folder.ts";
import { runToEnd } from "./run-to-end.ts";
import { type Tracking, trackRun } from "./trackers.ts";
import { watchUsage } from "./usage.ts";

export type End = Extract<RunEvent, { type: "end" }>;

export interface ProcessOptions {
  /** Milliseconds without any lease after which a run that is not in the background ends itself; null for never. */
  readonly leaseGraceMs: number | null;
  /** Sees every event, as trackers do. */
  readonly onEvent?: (event: RunEvent) => void;
  /** Handed a function that stops the run at its next step. */
  readonly onStopHandle?: (stop: (reason: string) => void) => void;
}

export const defaultLeaseGraceMs = 180_000;

/** A run while its process lives: what control, loop and trackers share. */
export interface LiveRun {
  readonly folder: string;
  readonly position: LoopPosition;
  readonly resumed: boolean;
  readonly log: EventLog;
  stopReason: string | null;
  progressWanted: boolean;
  checkpointWanted: boolean;
  /** The end event is written. */
  ended: boolean;
  readonly pause: Pause;
  /** Seconds of training, those before a resume included and pauses left out. */
  seconds(): number;
  emit(event: NewEvent): RunEvent;
}

/** Run a folder until it ends. @throws LEPTON_RUN_STATE when another process already runs it; what fails later is told by the end event */
export async function runFolder(folder: string, plugins: Plugins, options: ProcessOptions): Promise<End> {
  const spec = readSpec(folder);
  const door = await openDoor(folder, spec.background ? null : options.leaseGraceMs);
  try {
    removeHalfWritten(folder);
    const checkpoint = orTell(folder, () => readCheckpoint(folder));
    const tracking = trackRun(plugins.trackers(), { onFault: (sentence) => tellFault(live, sentence) });
    const live = orTell(folder, () => openRun(folder, checkpoint?.position, tracking, options));
    door.serve(live);
    options.onStopHandle?.((reason) => stopLive(live, reason));
    const end = await endOf(live, async () => {
      await tracking.start(spec);
      return runToEnd(spec, live, checkpoint?.state, plugins);
    });
    await tracking.end();
    live.log.close();
    return end;
  } finally {
    await door.close();
  }
}

/** A tracker's fault: shown under the cell, after the end event only in log.txt. */
function tellFault(live: LiveRun, sentence: string): void {
  note(live.folder, sentence);
  if (live.ended) return;
  try {
    live.emit({ type: "message", level: "warning", text: sentence });
  } catch (error) {
    note(live.folder, reasonOf(error)); // a full disk: the training meets it too, and ends by it
  }
}

/** Stop before the next step, also a run that is paused. */
function stopLive(live: LiveRun, reason: string): void {
  live.stopReason ??= reason;
  live.pause.want(false);
}

/** What a killed process was writing when it died. */
function removeHalfWritten(folder: string): void {
  for (const name of readdirSync(folder)) if (/\.\d+\.new$/.test(name)) rmSync(path.join(folder, name));
}

/** What fails before the run's log is open is told by its end event all the same. */
function orTell<T>(folder: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    appendFailure(folder, reasonOf(error));
    throw error;
  }
}

function openRun(folder: string, from: LoopPosition | undefined, tracking: Tracking, options: ProcessOptions): LiveRun {
  const position = from ?? startPosition();
  const log = openEventLog(folder, position.seq);
  const startedAt = performance.now();
  const before = position.seconds;
  const pause = createPause();
  const live: LiveRun = {
    folder,
    position,
    resumed: from !== undefined,
    log,
    stopReason: null,
    progressWanted: false,
    checkpointWanted: false,
    ended: false,
    pause,
    seconds: () => before + (performance.now() - startedAt - pause.pausedMs()) / 1000,
    emit(fresh) {
      const event = log.append(fresh);
      live.ended = event.type === "end";
      options.onEvent?.(event);
      tracking.event(event);
      return event;
    },
  };
  return live;
}

/** The end event, also of a run that throws. */
async function endOf(live: LiveRun, run: () => Promise<NewEvent & { type: "end" }>): Promise<End> {
  let end: NewEvent & { type: "end" };
  const takeUsage = (usage: Omit<NewEvent & { type: "usage" }, "type" | "step">) => {
    // The start event is a run's first one.
    if (!live.pause.isPaused() && live.log.seq > 0) live.emit({ type: "usage", step: live.position.step, ...usage });
  };
  const stopUsage = watchUsage(takeUsage, (error) => stopLive(live, reasonOf(error)));
  try {
    end = await run();
  } catch (error) {
    note(live.folder, error instanceof Error ? (error.stack ?? error.message) : String(error));
    end = failed(live.position, live.seconds(), reasonOf(error));
  } finally {
    stopUsage();
  }
  try {
    return live.emit(end) as End;
  } catch (error) {
    // The disk filled up between the end and its telling: the reserve is free now, say why.
    return live.emit(failed(live.position, live.seconds(), reasonOf(error))) as End;
  }
}

function failed(
  { step, epoch, best }: Pick<LoopPosition, "step" | "epoch"> & Partial<LoopPosition>,
  seconds: number,
  reason: string,
) {
  const known = best ? { epoch: best.epoch, validation: best.validation } : null;
  const end = { type: "end", state: "failed", reason, step, epoch, seconds, best: known, test: null, confusion: null };
  return end as NewEvent & { type: "end" };
}

/** A sentence for any error. Memory is told by its remedy. */
export function reasonOf(error: unknown): string {
  if (isLeptonError(error)) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError && /allocation|array length|array buffer/i.test(message)) return outOfMemory(message);
  if (/bad_alloc|failed to allocate|out of memory/i.test(message)) return outOfMemory(message);
  return message;
}

function outOfMemory(cause: string): string {
  return `memory ran out (${cause}); use a smaller --batch-size or fewer units, or close other programs.`;
}

/** A line for log.txt; a full disk must not turn one failure into another. */
function note(folder: string, text: string): void {
  try {
    appendFileSync(logFile(folder), `${new Date().toISOString()} ${text}\n`);
  } catch (error) {
    process.stderr.write(`${text}\nlog.txt cannot be written: ${(error as Error).message}\n`);
  }
}

interface Door extends ControlServer {
  serve(live: LiveRun): void;
}

/** The control socket, opened first: it is the proof of owning the folder. Requests before the run is there are remembered. */
async function openDoor(folder: string, leaseGraceMs: number | null): Promise<Door> {
  let live: LiveRun | undefined;
  let early: string | null = null;
  let grace: NodeJS.Timeout | undefined;
  const stop = (reason: string) => {
    early ??= reason;
    if (live) stopLive(live, reason);
  };
  const watchLeases = (count: number) => {
    clearTimeout(grace);
    if (count > 0 || leaseGraceMs === null) return;
    grace = setTimeout(
      () => stop("the notebook that began it is gone, and it is not a --background run"),
      leaseGraceMs,
    );
    grace.unref();
  };
  const server = await serveControl(folder, {
    stop,
    progress: () => live && (live.progressWanted = true),
    pause: (wanted) => live?.pause.want(wanted),
    checkpoint: () => live && (live.checkpointWanted = true),
    leases: watchLeases,
    where: () => ({ step: live?.position.step ?? 0, epoch: live?.position.epoch ?? 0 }),
  });
  if (!server) throw new LeptonError("LEPTON_RUN_STATE", `the run in ${folder} is already running; stop it first.`);
  watchLeases(0);
  return {
    serve(run) {
      live = run;
      live.stopReason = early;
    },
    close() {
      clearTimeout(grace);
      return server.close();
    },
  };
}
