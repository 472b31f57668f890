/**
 * The child process for which the main thread waits (`execSync` and the like). V8 cannot interrupt that wait; the child can be ended, as Ctrl-C does it in a
 * terminal. Enters: such a call, which says when it begins and ends; leaves: for the wire, the child with all that it started, to be signalled. By Linux's
 * /proc; elsewhere the interrupt waits for the child.
 */
import { readdirSync, readFileSync } from "node:fs";

/** Bytes that the two threads share. */
export const CHILD_BYTES = 8;

/** [0] 1 while the main thread waits for a child; [1] the newest child before that one. */
const stateOf = (shared: SharedArrayBuffer) => new Int32Array(shared, 0, 2);

/** The main thread's side. @returns what such a call is made in */
export function childWaiter(shared: SharedArrayBuffer): <T>(call: () => T) => T {
  const state = stateOf(shared);
  return (call) => {
    Atomics.store(state, 1, newestChild());
    Atomics.store(state, 0, 1);
    try {
      return call();
    } finally {
      Atomics.store(state, 0, 0);
    }
  };
}

/** The last that this process's main thread started and that lives; 0 without one. */
const newestChild = (): number => childrenOf(process.pid, `${process.pid}`).at(-1) ?? 0;

/** In the order in which the thread started them. */
function childrenOf(pid: number, thread: string): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return []; // it has ended, or there is no /proc
  }
}

function withDescendants(pid: number): readonly number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return [pid, ...threads.flatMap((thread) => childrenOf(pid, thread)).flatMap(withDescendants)];
  } catch {
    return []; // it has ended
  }
}

/** A child that does not heed the first signal gets the next so many milliseconds after the interrupt. */
const signals: readonly (readonly [number, NodeJS.Signals])[] = [
  [0, "SIGINT"],
  [3000, "SIGTERM"],
  [6000, "SIGKILL"],
];

/** The wire's side: true while the main thread waits for a child. */
export const waitsForChild = (shared: SharedArrayBuffer): boolean => Atomics.load(stateOf(shared), 0) === 1;

/** The wire's side: an interrupt begins. @returns what to call again and again until the main thread answers, each time after V8 was told to terminate */
export function childEnder(shared: SharedArrayBuffer): () => void {
  const began = performance.now();
  const left = [...signals];
  return () => {
    const [next] = left;
    if (!next || performance.now() - began < next[0]) return;
    const child = newestChild();
    if (child === 0 || child === Atomics.load(stateOf(shared), 1) || !waitsForChild(shared)) return; // not begun yet, or over
    left.shift();
    for (const pid of withDescendants(child)) signal(pid, next[1]);
  };
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended
  }
}

/** The main thread runs no cell: a call that was terminated could not say that it is over. */
export function noChild(shared: SharedArrayBuffer): void {
  Atomics.store(stateOf(shared), 0, 0);
}
