/**
 * What the two threads know at once of interrupts, without a message. Enters: that the user interrupts, and that it was obeyed; leaves: for the main
 * thread, that an interrupt waits behind the messages it is about to read; for the wire, that nothing is left to terminate. Without it V8 would be told to
 * terminate the page's own requests, which waited behind the loop and run before the interrupt's message is read; or a cell in the middle of Node's list of
 * timers, which stays broken then.
 */

/** Bytes that the two threads share. */
export const MARKS_BYTES = 12;

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
  letOrderLand(): void;
}

export function interruptMarks(shared: SharedArrayBuffer): InterruptMarks {
  // [0] the number of the last interrupt that a user asked for, [1] of the last that was obeyed, the kernel's own too; [2] 1 while V8 is told to terminate.
  const state = new Int32Array(shared, 0, 3);
  return {
    asked: () => Atomics.load(state, 0),
    ask: (sequence) => void Atomics.store(state, 0, sequence),
    obeyed: () => Atomics.load(state, 1),
    obey: (sequence) => void Atomics.store(state, 1, Math.max(sequence, Atomics.load(state, 1))),
    terminating(isSo) {
      Atomics.store(state, 2, Number(isSo));
      Atomics.notify(state, 2);
    },
    letOrderLand() {
      const isPending = Atomics.load(state, 2) === 1 && Atomics.load(state, 0) > Atomics.load(state, 1);
      if (isPending) Atomics.wait(state, 2, 1, ORDER_MS);
    },
  };
}
