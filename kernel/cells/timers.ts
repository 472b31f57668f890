/**
 * Timers know their cell, so that interrupting it stops them; an awaited sleep or fetch listens to the cell's signal. Enters: what looks for an interrupt;
 * leaves: the timer functions of globalThis, node:timers and node:timers/promises, replaced.
 */
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers";
import timersPromises from "node:timers/promises";
import { inspect } from "node:util";
import { currentCell } from "./cell.ts";

type Starter = (callback: (...args: unknown[]) => void, ...rest: unknown[]) => { close?(): unknown };

export interface TimerCare {
  /** Called before each timer's callback: obeys an interrupt that came while the thread was blocked, before this callback is taken for what blocks. */
  readonly heed: () => void;
  /** Called before one of our functions changes Node's list of timers: terminated in the middle of that, no timer would work any more. */
  readonly letOrderLand: () => void;
}

export function followTimers(care: TimerCare): void {
  for (const name of ["setTimeout", "setInterval", "setImmediate"] as const) {
    const followed = follow(timers[name] as unknown as Starter, name, care);
    Object.assign(timers, { [name]: followed });
    Object.assign(globalThis, { [name]: followed });
  }
  for (const name of ["clearTimeout", "clearInterval", "clearImmediate"] as const) followClear(name, care);
  for (const name of ["setTimeout", "setImmediate", "setInterval"] as const) followSleep(name);
  followFetch();
  for (const timer of [setTimeout(() => undefined), setImmediate(() => undefined)]) hideInside(timer);
  syncBuiltinESMExports();
}

/** A timer as a cell's last line is shown by its name: inside it holds the cell and much of Node. */
function hideInside(timer: NodeJS.Timeout | NodeJS.Immediate): void {
  const prototype = Object.getPrototypeOf(timer);
  const value = () => `${prototype.constructor.name} {}`;
  Object.defineProperty(prototype, inspect.custom, { value, configurable: true });
  timer[Symbol.dispose]();
}

function follow(start: Starter, name: string, { heed, letOrderLand }: TimerCare): Starter {
  const once = name !== "setInterval";
  const followed: Starter = (callback, ...rest) => {
    letOrderLand();
    const cell = currentCell();
    if (!cell || typeof callback !== "function") return start(callback, ...rest);
    const stop = name === "setImmediate" ? globalThis.clearImmediate : globalThis.clearTimeout;
    let closed = false;
    const entry = {
      close() {
        closed = true;
        stop(timer as never);
      },
    };
    const timer = start(
      function (this: unknown, ...args) {
        heed();
        if (closed) return; // by that very interrupt
        if (once) cell.timers.delete(entry);
        callback.apply(this, args);
      },
      ...rest,
    );
    if (cell.timers.size < KEPT_TIMERS) {
      cell.timers.add(entry);
      forgetters.set(timer, () => cell.timers.delete(entry));
    }
    return timer;
  };
  Object.defineProperty(followed, "name", { value: name });
  // util.promisify(setTimeout) finds node's own promise form here.
  for (const symbol of Object.getOwnPropertySymbols(start)) {
    Object.defineProperty(followed, symbol, Object.getOwnPropertyDescriptor(start, symbol)!);
  }
  return followed;
}

/** A timer ─► what takes it out of its cell. */
const forgetters = new WeakMap<object, () => void>();

/** A timer that is cleared is no longer its cell's. */
function followClear(name: "clearTimeout" | "clearInterval" | "clearImmediate", { letOrderLand }: TimerCare): void {
  const original = timers[name] as (timer: unknown) => void;
  const followed = (timer?: unknown) => {
    letOrderLand();
    if (typeof timer === "object" && timer !== null) forgetters.get(timer)?.();
    original(timer);
  };
  Object.defineProperty(followed, "name", { value: name });
  Object.assign(timers, { [name]: followed });
  Object.assign(globalThis, { [name]: followed });
}

/** A cell that has more timers than this at once keeps only the first for its interrupt. */
const KEPT_TIMERS = 100_000;

/** `await setTimeout(ms)` of node:timers/promises rejects when its cell is interrupted. */
function followSleep(name: "setTimeout" | "setImmediate" | "setInterval"): void {
  const original = timersPromises[name] as (...args: unknown[]) => unknown;
  const at = name === "setImmediate" ? 1 : 2;
  Object.assign(timersPromises, {
    [name]: (...args: unknown[]) => {
      const cell = currentCell();
      const options = args[at] as { signal?: AbortSignal } | undefined;
      if (!cell || options?.signal) return original(...args);
      while (args.length < at) args.push(undefined);
      args[at] = { ...options, signal: cell.controller.signal };
      return original(...args);
    },
  });
}

function followFetch(): void {
  const original = globalThis.fetch;
  globalThis.fetch = function fetch(input, init) {
    const cell = currentCell();
    if (!cell || init?.signal) return original(input, init);
    const { signal: own } = cell.controller;
    // A Request always has a signal, given by its maker or not.
    const signal = input instanceof Request ? AbortSignal.any([input.signal, own]) : own;
    return original(input, { ...init, signal });
  };
}
