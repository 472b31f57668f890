/**
 * Why the kernel before this one ended. When V8 itself ends the process (one allocation was more than it had left, so that no cell could be stopped in time), Node
 * leaves a report. Enters: the connection file, which Jupyter keeps over a restart; leaves: a sentence for the next cell, once.
 */
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { stateFolder } from "./history.ts";

/** Node's report of the process that uses this connection file. */
function reportFile(connectionFile: string): string {
  const name = createHash("sha256").update(path.resolve(connectionFile)).digest("hex").slice(0, 16);
  return path.join(stateFolder(), `end-${name}.json`);
}

/** Have Node write a report when V8 gives up; nothing of the environment is in it. */
export function leaveLastWords(connectionFile: string): void {
  const file = reportFile(connectionFile);
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  } catch (error) {
    process.emitWarning(`no reports: ${String(error)}`);
    return;
  }
  const report = process.report as typeof process.report & { excludeEnv: boolean; excludeNetwork: boolean };
  Object.assign(report, {
    directory: path.dirname(file),
    filename: path.basename(file),
    compact: true,
    excludeEnv: true,
    excludeNetwork: true,
    reportOnFatalError: true,
  });
}

/** @returns a sentence for the user, when the kernel before ended so. Read once: the file is removed */
export async function lastWords(connectionFile: string): Promise<string | undefined> {
  const file = reportFile(connectionFile);
  const text = await readFile(file, "utf8").catch(() => undefined); // none: it ended well
  if (text === undefined) return undefined;
  await rm(file, { force: true });
  const used = /"usedMemory":\s*(\d+)/.exec(text)?.[1];
  const size = used === undefined ? "" : ` at ${Math.round(Number(used) / 2 ** 20).toLocaleString("en")} MB`;
  const reason = /out of memory/i.test(text) ? `ran out of memory${size}` : "was ended by V8";
  return `The kernel before this one ${reason}; its variables are gone.\n`;
}
