// A step of set-up: named, timed, its output in build/logs/NAME.log and shown only when it fails.

import { spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { places, root } from "./environment.mjs";

/** A failure that was already explained: the caller prints its message and no stack. */
export class StepFailed extends Error {}

/** Run `work` and print one line: what it did (the text it returns) and how long it took. Nothing when it returns undefined. */
export async function step(name, work) {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  try {
    const done = await work();
    if (done !== undefined) console.log(`  ${name}: ${done} (${seconds()})`);
  } catch (error) {
    console.error(`  ${name}: failed after ${seconds()}`);
    throw error;
  }
}

/** Run a command to its end with its output in a log. @throws StepFailed with the log's last lines */
export async function command(name, file, args, { env = process.env, cwd = root } = {}) {
  mkdirSync(places.logs, { recursive: true });
  const log = path.join(places.logs, `${name}.log`);
  writeFileSync(log, `$ ${[file, ...args].join(" ")}\n`);
  const out = openSync(log, "a");
  const shell = process.platform === "win32" && /^npm$|\.cmd$/.test(file);
  const code = await new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env, stdio: ["ignore", out, out], shell });
    child.on("error", reject);
    child.on("exit", (status, signal) => resolve(status ?? signal));
  }).catch((error) => String(error.message));
  if (code === 0) return;
  const tail = readFileSync(log, "utf8").trimEnd().split("\n").slice(-30).join("\n");
  throw new StepFailed(
    `${name}: \`${path.basename(file)} ${args.join(" ")}\` ended with ${code}. Its last lines (all: ${path.relative(root, log)}):\n${tail}`,
  );
}

/** Run a script's main function: an explained failure ends with its message, ours with its stack; both with exit code 1. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    console.error(error instanceof StepFailed ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
