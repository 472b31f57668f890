/**
 * Warm run processes for sweeps: each takes one run after the other, without starting Node and the engine's library again. Enter: folders of runs;
 * leave: their events and ends. The processes end with their parent: a sweep that was cut off is taken up by the next one.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { LeptonError, type RunEvent } from "@lepton/contract";
import type { End } from "./process.ts";
import { logFile } from "./run-folder.ts";
import type { WarmReply, WarmRequest } from "./run-process.ts";
import { runEntry, runEnvironment } from "./start-run.ts";

export interface RunningRun {
  /** Its end event. Rejects with LEPTON_RUN_FAILED when the run could not begin or its process died. */
  readonly end: Promise<End>;
  /** Stop at the next step, with a checkpoint. */
  stop(reason: string): void;
}

/** One warm process; it runs one folder at a time. */
export class TrialWorker {
  #child: ChildProcess | undefined;
  #busy = false;

  /** Run a folder made by makeRun. Starts the process when there is none (the first time, or after it died). */
  run(folder: string, onEvent: (event: RunEvent) => void = () => undefined): RunningRun {
    if (this.#busy) throw new Error("a worker runs one folder at a time");
    this.#busy = true;
    const child = (this.#child ??= startWarm(folder));
    const end = untilEnd(child, folder, onEvent).finally(() => {
      this.#busy = false;
      if (child.exitCode !== null || child.signalCode !== null) this.#child = undefined;
    });
    child.send({ run: folder } satisfies WarmRequest);
    return { end, stop: (reason) => child.connected && child.send({ stop: reason } satisfies WarmRequest) };
  }

  /** A run that goes stops at a checkpoint; resolves when the process has ended. */
  async close(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.disconnect();
    await ended;
  }
}

function startWarm(folder: string): ChildProcess {
  const log = openSync(logFile(folder), "a");
  const child = spawn(process.execPath, [runEntry(), "--warm"], {
    detached: true, // an interrupt of the kernel's group is not for us
    stdio: ["ignore", log, log, "ipc"],
    env: runEnvironment(),
    windowsHide: true,
  });
  closeSync(log);
  return child;
}

function untilEnd(child: ChildProcess, folder: string, onEvent: (event: RunEvent) => void): Promise<End> {
  return new Promise((resolve, reject) => {
    const over = () => {
      child.off("message", onMessage);
      child.off("exit", onExit);
      child.off("error", onError);
    };
    const fail = (message: string, cause?: unknown) => {
      over();
      reject(new LeptonError("LEPTON_RUN_FAILED", message, { cause }));
    };
    const onMessage = (reply: WarmReply) => {
      if ("event" in reply) onEvent(reply.event);
      else if ("error" in reply) fail(reply.error.message);
      else if ("end" in reply) {
        over();
        resolve(reply.end);
      }
    };
    const onExit = (code: number | null, signal: string | null) =>
      fail(`the process of the run in ${folder} ended (${signal ?? `exit code ${code}`}); see log.txt there.`);
    const onError = (error: Error) =>
      fail(`the process of the run in ${folder} does not start: ${error.message}`, error);
    child.on("message", onMessage);
    child.on("exit", onExit);
    child.on("error", onError);
  });
}
