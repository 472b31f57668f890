/**
 * Interrupts. Enters: interrupt_request on the control channel; leaves: a main thread that runs no cell, whatever it did. First the main thread is asked;
 * when it does not answer, V8 is told to terminate what runs, again and again until it answers. A child process for which it waits gets signals.
 */
import { Session } from "node:inspector";
import { type InterruptMarks, interruptMarks } from "../wire/interrupt-marks.ts";
import type { Failure, ToMain, WireOptions } from "../wire/link.ts";
import { childEnder, noChild, waitsForChild } from "../wire/sync-child.ts";

/** A main thread that is not blocked answers within this time. */
const ASK_MS = 12;
/** A magic that winds down may draw meanwhile: terminated in that, it could not say how to go on. */
const LISTENING_MS = 1000;
/** V8 is asked again when it has not terminated within this time: native code runs. */
const TERMINATE_MS = 25;
/** What ran was terminated, and something else runs before the interrupt is read: most likely what had waited for the thread, and does no harm. */
const COME_BACK_MS = 200;
/** Tries before the interrupt is given up; a loop in native code cannot be stopped. */
const TRIES = 200;

export class Interrupter {
  readonly #post: (message: ToMain) => void;
  readonly #child: SharedArrayBuffer;
  readonly #marks: InterruptMarks;
  #session: Session | undefined;
  /** Interrupts so far: a cell that has not reached the main thread yet looks whether there was one. */
  count = 0;
  /** True while a magic listens to its cell's signal. */
  listening = false;
  /** While an interrupt goes on: resolves when V8 has nothing left to terminate. The next cell must not begin before. */
  settled: Promise<void> | undefined;
  /** Resolves when V8 has carried out the last order to terminate. */
  #order: Promise<unknown> = Promise.resolve();
  #wake: (() => void) | undefined;

  constructor(post: (message: ToMain) => void, { child, interrupts }: Pick<WireOptions, "child" | "interrupts">) {
    this.#post = post;
    this.#child = child;
    this.#marks = interruptMarks(interrupts);
  }

  /** Resolves true when the main thread is free. @param reason what the cell shows in the place of KeyboardInterrupt */
  interrupt(reason?: Failure): Promise<boolean> {
    const stopped = this.#stop(reason);
    const settled = stopped
      .then(() => Promise.race([this.#order, new Promise((resolve) => setTimeout(resolve, COME_BACK_MS).unref())]))
      .then(() => {
        if (this.settled === settled) this.settled = undefined;
      });
    this.settled = settled;
    return stopped;
  }

  async #stop(reason?: Failure): Promise<boolean> {
    const sequence = ++this.count;
    if (!reason) this.#marks.ask(sequence);
    const isObeyed = () => this.#marks.obeyed() >= sequence;
    const endChild = childEnder(this.#child);
    const ask = () => this.#post({ kind: "interrupt", sequence, ...(reason ? { reason } : {}) });
    for (let attempt = 0; attempt < TRIES; attempt++) {
      ask();
      await this.#answer(this.#patience(attempt));
      if (isObeyed()) return true;
      const terminating = this.#terminate();
      endChild(); // V8 has the order: when the child's end lets the main thread go on, it is carried out
      const isTerminated = await terminating;
      this.#post({ kind: "terminated" });
      for (let waited = 0; waited < (isTerminated ? COME_BACK_MS : TERMINATE_MS); waited += TERMINATE_MS) {
        if (waited > 0) ask(); // it may be the reading of our own message that was terminated
        await this.#answer(TERMINATE_MS);
        if (isObeyed()) return true;
      }
    }
    return false;
  }

  #patience(attempt: number): number {
    if (waitsForChild(this.#child)) return 0;
    if (attempt > 0) return TERMINATE_MS;
    return this.listening ? LISTENING_MS : ASK_MS;
  }

  /** The main thread has ended its cells. */
  answered(): void {
    noChild(this.#child);
    this.#wake?.();
  }

  close(): void {
    this.#session?.disconnect();
    this.#session = undefined;
  }

  #answer(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ask V8 about the main thread. Resolves undefined when it does not answer in time. */
  ask(method: "Runtime.getHeapUsage" | "HeapProfiler.collectGarbage", timeoutMs: number): Promise<unknown> {
    const session = this.#connect();
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), timeoutMs);
      session.post(method as "Runtime.getHeapUsage", (_, result) => {
        clearTimeout(timer);
        resolve(result);
      });
    });
  }

  #connect(): Session {
    if (!this.#session) {
      this.#session = new Session();
      this.#session.connectToMainThread();
    }
    return this.#session;
  }

  /** Resolves true when what ran is terminated, false after TERMINATE_MS: V8 does not answer while native code runs. */
  #terminate(): Promise<boolean> {
    const session = this.#connect();
    this.#marks.terminating(true);
    const order = new Promise<boolean>((resolve) => {
      session.post("Runtime.terminateExecution", (error) => {
        this.#marks.terminating(false);
        resolve(error === null);
      });
    });
    this.#order = order;
    return Promise.race([order, new Promise<boolean>((resolve) => setTimeout(resolve, TERMINATE_MS, false))]);
  }
}
