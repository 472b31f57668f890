/**
 * Interrupts. Enters: interrupt_request on the control channel; leaves: a main thread that runs no cell, whatever it did. First the main thread is asked;
 * when it does not answer, V8 is told to terminate what runs, again and again until it answers. A child process for which it waits gets signals.
 */
import { Session } from "node:inspector";
import { setTimeout as pause } from "node:timers/promises";
import { type InterruptMarks, interruptMarks } from "../wire/interrupt-marks.ts";
import type { Failure, ToMain, WireOptions } from "../wire/link.ts";
import { childEnder, waitsForChild } from "../wire/sync-child.ts";

/** A main thread that is not blocked answers within this time. */
const ASK_MS = 12;
/** A magic that winds down may draw meanwhile: terminated in that, it could not say how to go on. */
const LISTENING_MS = 1000;
/** An import that V8 terminates never ends: no magic would ever run. */
const LOADING_MS = 5000;
/** V8 is asked again when it has not terminated within this time: native code runs. */
const TERMINATE_MS = 25;
/** What ran was terminated, and something else runs before the interrupt is read: most likely what had waited for the thread, and does no harm. */
const COME_BACK_MS = 200;
/** Then the interrupt is given up; a loop in native code cannot be stopped. */
const GIVE_UP_MS = 10_000;
/** V8's orders are waited for so long. */
const ORDERS_MS = 200;

export interface InterruptHow {
  /** What the cell shows in the place of KeyboardInterrupt: it is the kernel that stops it. */
  readonly reason?: Failure;
  /** The kernel ends: what waits for the thread is not worth waiting for. */
  readonly leaving?: true;
}

export class Interrupter {
  readonly #post: (message: ToMain) => void;
  readonly #child: SharedArrayBuffer;
  readonly #marks: InterruptMarks;
  #session: Session | undefined;
  /** Interrupts so far: a cell that has not reached the main thread yet looks whether there was one. */
  count = 0;
  /** True while a magic listens to its cell's signal. */
  listening = false;
  /** True while the magics load. */
  loading = false;
  /** While an interrupt goes on: resolves with it. A cell that began before would get what V8 was told to terminate. */
  going: Promise<unknown> | undefined;
  /** Resolves when V8 has carried out every order to terminate. */
  #orders: Promise<unknown> = Promise.resolve();
  readonly #waiters = new Set<() => void>();

  constructor(post: (message: ToMain) => void, { child, interrupts }: Pick<WireOptions, "child" | "interrupts">) {
    this.#post = post;
    this.#child = child;
    this.#marks = interruptMarks(interrupts);
  }

  /** Resolves true when the main thread has given up its cells and V8 has no order left, false when it did not within GIVE_UP_MS. */
  interrupt(how: InterruptHow = {}): Promise<boolean> {
    const interrupted = this.#stop(how).then(async (isObeyed) => {
      await Promise.race([this.#orders, pause(ORDERS_MS)]);
      return isObeyed;
    });
    const going = Promise.allSettled([this.going, interrupted]).then(() => {
      if (this.going === going) this.going = undefined;
    });
    this.going = going;
    return interrupted;
  }

  async #stop({ reason, leaving }: InterruptHow): Promise<boolean> {
    const sequence = ++this.count;
    const isUsers = !reason && !leaving;
    if (isUsers) this.#marks.ask(sequence);
    const endChild = childEnder(this.#child);
    const ask = () => this.#post({ kind: "interrupt", sequence, ...(reason ? { reason } : {}) });
    const until = performance.now() + GIVE_UP_MS;
    for (let patience = ASK_MS; performance.now() < until; patience = TERMINATE_MS) {
      ask();
      if (await this.#obeyed(sequence, waitsForChild(this.#child) ? 0 : patience)) return true;
      const more = patience === ASK_MS ? this.#patience() : 0; // what the main thread said just before it was asked is heard by now
      if (more > 0 && (await this.#obeyed(sequence, more))) return true;
      const terminating = this.#terminate();
      endChild(); // V8 has the order: when the child's end lets the main thread go on, it is carried out
      const comeBackMs = (await terminating) && isUsers ? COME_BACK_MS : TERMINATE_MS;
      this.#post({ kind: "terminated" });
      for (let waited = 0; waited < comeBackMs; waited += TERMINATE_MS) {
        if (waited > 0) ask(); // it may be the reading of our own message that was terminated
        if (await this.#obeyed(sequence, TERMINATE_MS)) return true;
      }
    }
    return false;
  }

  #patience(): number {
    if (this.loading) return LOADING_MS;
    return this.listening ? LISTENING_MS : 0;
  }

  /** The main thread has obeyed, and the marks say which interrupt. */
  answered(): void {
    for (const look of this.#waiters) look();
  }

  /** Resolves when this interrupt was obeyed, or when the time is over. @returns whether it was */
  async #obeyed(sequence: number, timeoutMs: number): Promise<boolean> {
    const isObeyed = () => this.#marks.obeyed() >= sequence;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiters.delete(look);
        resolve();
      };
      const look = () => {
        if (isObeyed()) end();
      };
      const timer = setTimeout(end, timeoutMs);
      this.#waiters.add(look);
    });
    return isObeyed();
  }

  close(): void {
    this.#session?.disconnect();
    this.#session = undefined;
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
      session.post("Runtime.terminateExecution", (error) => resolve(error === null));
    });
    this.#orders = Promise.all([this.#orders, order]).then(() => this.#marks.terminating(false));
    return Promise.race([order, pause(TERMINATE_MS).then(() => false)]);
  }
}
