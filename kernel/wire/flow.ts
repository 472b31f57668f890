/**
 * How far the main thread may be ahead of the wire with what it publishes. Enters: that a message was posted, and that it was taken; leaves: a main
 * thread that sleeps until the wire has caught up. Without it a loop that displays fills the wire's port: an interrupt waits behind a minute of messages, and
 * they fill the memory.
 */

/** Bytes that the two threads share. */
export const FLOW_BYTES = 8;
/** Messages that may be on their way; the wire looks at its sockets after as many. */
const MOST = 64;
/** The main thread goes on when so many are left. */
const FEW = 16;
/** And after this time, in milliseconds, whatever is left: a wire that does not answer must not stop a cell for ever. */
const PATIENCE_MS = 1000;

/** [0] messages taken, counted round; [1] 1 when nobody takes any more. */
const stateOf = (shared: SharedArrayBuffer) => new Int32Array(shared, 0, 2);

/** The main thread's side. @returns what to call after each post; it may sleep */
export function inflow(shared: SharedArrayBuffer): () => void {
  const state = stateOf(shared);
  let posted = 0;
  return () => {
    posted = (posted + 1) | 0;
    let taken = Atomics.load(state, 0);
    if (((posted - taken) | 0) <= MOST) return;
    const until = performance.now() + PATIENCE_MS;
    while (((posted - taken) | 0) > FEW && Atomics.load(state, 1) === 0) {
      const rest = until - performance.now();
      if (rest <= 0 || Atomics.wait(state, 0, taken, rest) === "timed-out") return;
      taken = Atomics.load(state, 0);
    }
  };
}

export interface Outflow {
  /** Called for each message that came. */
  took(): void;
  /** Nobody waits for this thread from now on. */
  end(): void;
}

/** The wire's side. It tells once a turn, so that its sockets are read between. */
export function outflow(shared: SharedArrayBuffer): Outflow {
  const state = stateOf(shared);
  let taken = 0;
  let telling = false;
  const tell = () => {
    telling = false;
    Atomics.add(state, 0, taken);
    taken = 0;
    Atomics.notify(state, 0);
  };
  return {
    took() {
      taken++;
      if (telling) return;
      telling = true;
      setImmediate(tell);
    },
    end() {
      Atomics.store(state, 1, 1);
      Atomics.notify(state, 0);
    },
  };
}
