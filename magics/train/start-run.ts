/**
 * Starting a run's process. Enters: a folder with spec.json; leaves: a detached process that outlives the kernel. Apart because what must be true
 * of that process (its own group, no pipe to us, an environment for speed) is easy to break and hard to see.
 */
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { LeptonError } from "@lepton/contract";
import { isRunning } from "./control.ts";
import { readEvents } from "./event-log.ts";
import { logFile } from "./run-folder.ts";

/** kernel/run.ts in source; run.js beside us in the flat build. */
export function runEntry(): string {
  const here = import.meta.url;
  return fileURLToPath(new URL(here.endsWith(".ts") ? "../../kernel/run.ts" : "./run.js", here));
}

/** glibc keeps freed memory for the next step instead of giving it back: a CNN's step takes 0.6 of the time. */
export function runEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, MALLOC_MMAP_THRESHOLD_: "1073741824", MALLOC_TRIM_THRESHOLD_: "1073741824" };
}

/** Start the process of a folder and resolve to its id when it answers (or has already ended). @throws LEPTON_RUN_FAILED with its last words */
export async function startProcess(folder: string): Promise<number> {
  const log = openSync(logFile(folder), "a");
  const child = spawn(process.execPath, [runEntry(), folder], {
    detached: true, // Jupyter ends the kernel's whole process group
    stdio: ["ignore", log, log], // a pipe would break with the kernel
    env: runEnvironment(),
    windowsHide: true,
  });
  closeSync(log);
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once("exit", resolve);
    child.once("error", reject);
  });
  let over = false;
  exited.then(
    () => (over = true),
    () => (over = true),
  );
  while (!over && !(await isRunning(folder))) await new Promise((resolve) => setTimeout(resolve, 10));
  if (over && (await exited) !== 0) {
    const message = `the run's process could not start: ${lastWords(folder)}`;
    throw new LeptonError("LEPTON_RUN_FAILED", message);
  }
  child.unref();
  return child.pid!;
}

/** Why the process ended: its end event, else the end of log.txt. */
export function lastWords(folder: string): string {
  const last = readEvents(folder).at(-1);
  if (last?.type === "end" && last.reason) return last.reason;
  const lines = readFileSync(logFile(folder), "utf8").trim().split("\n").slice(-6);
  return lines.join(" ").slice(-600) || `it said nothing; see ${path.join(folder, "log.txt")}.`;
}
