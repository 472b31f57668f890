/**
 * What the two threads know at once of interrupts, without a message. Enters: that the user interrupts, and that it was obeyed; leaves: for the main
 * thread, that an interrupt waits behind the messages it is about to read; for the wire, that nothing is left to terminate. Without it V8 would be told to
 * terminate the page's own requests, which waited behind the loop and run before the interrupt's message is read; or a cell in the middle of Node's list of
 * timers, which stays broken then.
 */

/** Bytes that the two threads share. */
export const MARKS_BYTES = 12;

/** Numbers of interrupts, from 1: [0] the last that a user asked for, [1] the last that was obeyed. [2] 1 while V8 is told to terminate what runs. */
const stateOf = (shared: SharedArrayBuffer) => new Int32Array(shared, 0, 3);

/** An order to terminate reaches a sleeping thread within this time, in milliseconds; where it does not, the thread goes on. */
const ORDER_MS = 25;

export interface InterruptMarks {
  asked(): number;
  ask(sequence: number): void;
  obeyed(): number;
  obey(sequence: number): void;
  /** The wire's side: V8 is about to be told, or has answered. */
  terminating(isSo: boolean): void;
  /** The main thread's side, where it must not be terminated a moment later: sleeps, so that an order that is on its way reaches it here. */
  beSafe(): void;
}

export function interruptMarks(shared: SharedArrayBuffer): InterruptMarks {
  const state = stateOf(shared);
  return {
    asked: () => Atomics.load(state, 0),
    ask: (sequence) => void Atomics.store(state, 0, sequence),
    obeyed: () => Atomics.load(state, 1),
    obey(sequence) {
      Atomics.store(state, 1, Math.max(sequence, Atomics.load(state, 1)));
      Atomics.store(state, 2, 0);
    },
    terminating(isSo) {
      Atomics.store(state, 2, Number(isSo));
      Atomics.notify(state, 2);
    },
    beSafe: () => void (Atomics.load(state, 2) === 1 && Atomics.wait(state, 2, 1, ORDER_MS)),
  };
}
