/**
 * `prompt` and `password`: a cell asks the user and waits, as in a browser. Enters: a question; leaves: the answer, typed in the page. The main
 * thread sleeps meanwhile; an interrupt ends the sleep.
 */
import { type InputBuffer, InputState } from "../wire/input-buffer.ts";
import type { ToWire } from "../wire/link.ts";
import { currentCell } from "./cell.ts";
import type { Output } from "./output.ts";

export interface Asking {
  readonly post: (message: ToWire) => void;
  /** What was printed before is shown before the question. */
  readonly output: Output;
  readonly input: InputBuffer;
}

export function ask({ post, output, input: buffer }: Asking, text: string, password: boolean): string {
  const cell = currentCell();
  if (!cell?.allowStdin) {
    throw notAvailable("This client takes no input: the notebook is run without a person in front of it.");
  }
  Atomics.store(buffer.state, 0, InputState.waiting);
  output.flush();
  post({ kind: "input", parent: cell.parent, prompt: text, password });
  Atomics.wait(buffer.state, 0, InputState.waiting);
  const state = Atomics.load(buffer.state, 0);
  if (state === InputState.refused) {
    throw notAvailable(
      "The cell that asks has ended, so its client takes no question of it; ask before the cell ends.",
    );
  }
  if (state === InputState.tooLong) {
    throw notAvailable("The answer is longer than 268 million bytes; write it to a file and read that.");
  }
  // A copy: TextDecoder refuses shared memory.
  return new TextDecoder().decode(buffer.bytes.slice(0, buffer.state[1]));
}

function notAvailable(message: string): Error {
  const error = new Error(message);
  error.name = "StdinNotAvailable";
  return error;
}
