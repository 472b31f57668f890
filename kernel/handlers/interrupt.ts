/**
 * Interrupts. Enters: interrupt_request on the control channel; leaves: a main thread that runs no cell, whatever it did. First the main thread is asked;
 * when it does not answer, V8 is told to terminate what runs, again and again until it answers. A child process for which it waits gets signals.
 */
import { Session } from "node:inspector";
import type { Failure, ToMain } from "../wire/link.ts";
import { childEnder, noChild, waitsForChild } from "../wire/sync-child.ts";

/** A main thread that is not blocked answers within this time. */
const ASK_MS = 12;
/** A magic that winds down may draw meanwhile: terminated in that, it could not say how to go on. */
const LISTENING_MS = 1000;
/** A terminated thread needs this long to come back. */
const TERMINATE_MS = 25;
/** Tries before the interrupt is given up; a loop in native code cannot be stopped. */
const TRIES = 200;

export class Interrupter {
  readonly #post: (message: ToMain) => void;
  readonly #child: SharedArrayBuffer;
  #session: Session | undefined;
  /** Interrupts so far: a cell that has not reached the main thread yet looks whether there was one. */
  count = 0;
  /** True while a magic listens to its cell's signal. */
  listening = false;
  #sequence = 0;
  #answered = 0;
  #wake: (() => void) | undefined;

  /** @param child whether the main thread waits for a child process: sync-child.ts */
  constructor(post: (message: ToMain) => void, child: SharedArrayBuffer) {
    this.#post = post;
    this.#child = child;
  }

  /** Resolves true when the main thread is free. @param reason what the cell shows in the place of KeyboardInterrupt */
  async interrupt(reason?: Failure): Promise<boolean> {
    this.count++;
    const sequence = ++this.#sequence;
    const endChild = childEnder(this.#child);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      this.#post({ kind: "interrupt", sequence, ...(reason ? { reason } : {}) });
      await this.#answer(this.#patience(attempt));
      if (this.#answered >= sequence) return true;
      const terminated = this.#terminate();
      endChild(); // V8 has the order: when the child's end lets the main thread go on, it is carried out
      await terminated;
      this.#post({ kind: "terminated" });
      await this.#answer(TERMINATE_MS);
      if (this.#answered >= sequence) return true;
    }
    return false;
  }

  #patience(attempt: number): number {
    if (waitsForChild(this.#child)) return 0;
    if (attempt > 0) return TERMINATE_MS;
    return this.listening ? LISTENING_MS : ASK_MS;
  }

  /** The main thread has ended its cells. */
  answered(sequence: number): void {
    noChild(this.#child);
    this.#answered = Math.max(this.#answered, sequence);
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

  /** Resolves when V8 has taken the order, or after TERMINATE_MS: the call is not answered while native code runs. */
  #terminate(): Promise<void> {
    const session = this.#connect();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, TERMINATE_MS);
      session.post("Runtime.terminateExecution", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
