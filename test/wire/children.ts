/** Processes that a kernel started, asked for while it lives: once it is gone they have another parent. Linux alone. */
import { readdirSync, readFileSync } from "node:fs";

/** State and parent of a process, or null when there is none of this number. */
function stat(pid: number | string): { state: string; parent: number } | null {
  try {
    // pid (name) state parent ...; a name may hold blanks and brackets.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return { state: fields[0]!, parent: Number(fields[1]) };
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}

export const childrenOf = (pid: number): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && stat(name)?.parent === pid)
    .map(Number);

/** One that has ended and was not waited for is not alive. */
export function isAlive(pid: number): boolean {
  const found = stat(pid);
  return found !== null && found.state !== "Z";
}
