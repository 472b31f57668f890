/** The kernel's log: the terminal of whoever started it. Written to the file descriptor: in a worker the streams go through the main thread. */
import { writeSync } from "node:fs";

export function log(text: string): void {
  try {
    writeSync(2, `lepton: ${text}\n`);
  } catch (error) {
    // A closed or full terminal must not end the kernel.
    if (!/EPIPE|EAGAIN|EBADF|EIO/.test(String(error))) throw error;
  }
}
