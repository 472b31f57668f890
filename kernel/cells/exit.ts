/**
 * The process's end, by `process.exit()` in a cell or by a client. Enters: the call; leaves: a said reason, a reply for each waiting cell, listeners called, then the
 * end: after `process.exit()` Jupyter starts a new kernel.
 */

import type { InputBuffer } from "../wire/input-buffer.ts";
import type { ToWire } from "../wire/link.ts";
import { currentCell } from "./cell.ts";
import type { Output } from "./output.ts";
import type { Runner } from "./runner.ts";

export interface Exiting {
  readonly post: (message: ToWire) => void;
  readonly output: Output;
  readonly runner: Runner;
}

/** How long the process waits for its last messages to be sent. */
const LAST_WORDS_MS = 2000;

export function exitBy({ post, output, runner }: Exiting, shared: InputBuffer): void {
  process.exit = (code) => {
    const status = Number(code ?? process.exitCode ?? 0) || 0;
    const reason = `The cell called process.exit(${status}): this kernel ends and its variables are gone. Jupyter starts a new one.`;
    output.write(currentCell(), "stderr", `${reason}\n`);
    output.flush();
    runner.endAll("ProcessExit", reason);
    post({ kind: "exit" });
    Atomics.wait(shared.state, 2, 0, LAST_WORDS_MS);
    return endProcess(status);
  };
}

/** The end after the last words. Listeners of "exit" (libraries remove their temporary files there) are called as Node calls them; what they throw ends nothing but them. */
export function endProcess(status: number): never {
  process.exit = (code) => process.reallyExit(Number(code ?? status));
  try {
    process.exitCode = status;
    process.emit("exit", status);
  } catch {
    // there is nobody left to tell
  }
  return process.reallyExit(status);
}
