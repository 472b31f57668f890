/**
 * Memory that the wire and the main thread share: the answer to a prompt, and the word that the process may exit. The main thread sleeps on it while
 * the wire works.
 */

/** Three numbers before the text, in bytes. */
const HEAD_BYTES = 12;
/** Address space that is kept for an answer, in bytes of UTF-8; memory is taken as answers need it. */
const MAX_BYTES = 2 ** 28;

/** Three numbers, then the text. */
export interface InputBuffer {
  /** [0] see `InputState`; [1] bytes; [2] 1 when all was sent and the process may exit. */
  readonly state: Int32Array;
  /** As long as the longest answer so far. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
}

export const InputState = { waiting: 0, answered: 1, refused: 2, tooLong: 3 } as const;

export function sharedInput(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEAD_BYTES, { maxByteLength: HEAD_BYTES + MAX_BYTES });
}

export function inputBuffer(shared: SharedArrayBuffer): InputBuffer {
  return { state: new Int32Array(shared, 0, 3), bytes: new Uint8Array(shared, HEAD_BYTES) };
}

/** Called by the wire. */
export function answer({ state, bytes }: InputBuffer, text: string): void {
  const encoded = new TextEncoder().encode(text);
  if (encoded.length > MAX_BYTES) return wake(state, InputState.tooLong);
  if (encoded.length > bytes.length) bytes.buffer.grow(HEAD_BYTES + encoded.length);
  bytes.set(encoded);
  Atomics.store(state, 1, encoded.length);
  wake(state, InputState.answered);
}

/** Called by the wire where nobody can be asked any more. */
export function refuse({ state }: InputBuffer): void {
  wake(state, InputState.refused);
}

function wake(state: Int32Array, value: number): void {
  Atomics.store(state, 0, value);
  Atomics.notify(state, 0);
}
