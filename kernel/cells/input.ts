/**
 * `prompt` and `password`: a cell asks the user and waits, as in a browser. Enters: a question; leaves: the answer, typed in the page. The main
 * thread sleeps meanwhile; the wire puts the answer into shared memory. An interrupt ends the sleep.
 */
import type { ToWire } from "../wire/link.ts";
import { currentCell } from "./cell.ts";

/** Room for an answer, in bytes of UTF-8. */
export const INPUT_BYTES = 1 << 20;

/** Bytes that the wire and the main thread share. */
export const SHARED_BYTES = INPUT_BYTES + 12;

/** Shared with the wire: three numbers, then the text. */
export interface InputBuffer {
  /** [0] 0 waiting, 1 answered; [1] bytes; [2] 1 when all was sent and the process may exit. */
  readonly state: Int32Array;
  readonly bytes: Uint8Array;
}

export function inputBuffer(shared: SharedArrayBuffer): InputBuffer {
  return { state: new Int32Array(shared, 0, 3), bytes: new Uint8Array(shared, 12) };
}

export function ask(post: (message: ToWire) => void, buffer: InputBuffer, text: string, password: boolean): string {
  const cell = currentCell();
  if (!cell?.allowStdin) {
    const error = new Error("This client takes no input: the notebook is run without a person in front of it.");
    error.name = "StdinNotAvailable";
    throw error;
  }
  Atomics.store(buffer.state, 0, 0);
  post({ kind: "input", parent: cell.parent, prompt: text, password });
  Atomics.wait(buffer.state, 0, 0);
  // A copy: TextDecoder refuses shared memory.
  return new TextDecoder().decode(buffer.bytes.slice(0, buffer.state[1]));
}

/** Called by the wire. @param text cut to INPUT_BYTES / 4 UTF-16 units */
export function answer(buffer: InputBuffer, text: string): void {
  const bytes = new TextEncoder().encode(text.slice(0, INPUT_BYTES / 4));
  buffer.bytes.set(bytes);
  Atomics.store(buffer.state, 1, bytes.length);
  Atomics.store(buffer.state, 0, 1);
  Atomics.notify(buffer.state, 0);
}
