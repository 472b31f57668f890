/**
 * One process at a time at a small file that several kernels change. Enters: the file and what is to be done, without an await; leaves: what that gives
 * back. The lock is a file beside it, held for milliseconds: where one stays for seconds, its holder was killed.
 */
import { closeSync, openSync, rmSync } from "node:fs";
import { diskError } from "./durable-file.ts";

const pauseMs = 5;
const mostPauses = 600;

/** @throws LEPTON_DISK when the folder takes no file */
export function alone<T>(file: string, action: () => T): T {
  const lock = `${file}.lock`;
  for (let pauses = 0; !take(lock); pauses++) {
    if (pauses < mostPauses) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    else rmSync(lock, { force: true });
  }
  try {
    return action();
  } finally {
    rmSync(lock, { force: true });
  }
}

function take(lock: string): boolean {
  try {
    closeSync(openSync(lock, "wx"));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw diskError(lock, error);
  }
}
