/**
 * What V8 must be told for cells. Enters: the first cell; leaves: V8 with our flag. Not on the command line: code caches made with other flags are refused,
 * Node's own among them, and the kernel would start 100 ms later.
 */
import { setFlagsFromString } from "node:v8";

let told = false;

/**
 * Keep every loop interruptible: with this optimisation V8 takes some endless loops (`for (;;) list.push(new Array(100).fill(0))`) for short ones and leaves out
 * the check by which they are interrupted.
 */
export function keepLoopsInterruptible(): void {
  if (told) return;
  told = true;
  setFlagsFromString("--no-turboshaft-loop-unrolling");
}
