/**
 * Memory that the wire and the main thread share: the answer to a prompt, and the word that the process may exit. The main thread sleeps on it while
 * the wire works.
 */

/** Room for an answer, in bytes of UTF-8. */
const INPUT_BYTES = 1 << 20;

/** Bytes that the two threads share. */
export const SHARED_BYTES = INPUT_BYTES + 12;

/** Three numbers, then the text. */
export interface InputBuffer {
  /** [0] 0 waiting, 1 answered, 2 refused; [1] bytes; [2] 1 when all was sent and the process may exit. */
  readonly state: Int32Array;
  readonly bytes: Uint8Array;
}

export function inputBuffer(shared: SharedArrayBuffer): InputBuffer {
  return { state: new Int32Array(shared, 0, 3), bytes: new Uint8Array(shared, 12) };
}

/** Called by the wire. @param text cut to INPUT_BYTES / 4 UTF-16 units */
export function answer(buffer: InputBuffer, text: string): void {
  const bytes = new TextEncoder().encode(text.slice(0, INPUT_BYTES / 4));
  buffer.bytes.set(bytes);
  Atomics.store(buffer.state, 1, bytes.length);
  Atomics.store(buffer.state, 0, 1);
  Atomics.notify(buffer.state, 0);
}

/** Called by the wire where nobody can be asked any more. */
export function refuse({ state }: InputBuffer): void {
  Atomics.store(state, 0, 2);
  Atomics.notify(state, 0);
}
