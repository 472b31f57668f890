// Runs one area's test files with vitest in a process group of its own. Leaves a tally whatever happens: a run that dies or goes past its
// time counts as failed, with the names of the tests that were running, and is ended together with all that it started.

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { environment, places, root } from "./environment.mjs";

/** An area is ended when it takes this many times its budget: its budget is for a quiet machine of two cores. */
const patience = Number(process.env.LEPTON_TEST_PATIENCE ?? 1.5);

/**
 * @param {Readonly<Record<string, string>>} extra  variables that this area's tests get besides
 * @returns {Promise<{ name: string, minutes: number, passed: number, failures: string[], skips: string[], flaky: string[], seconds: number }>}
 */
export async function runArea(area, extra = {}) {
  const started = performance.now();
  const progress = path.join(places.logs, `${area.name}.progress.jsonl`);
  mkdirSync(places.logs, { recursive: true });
  rmSync(progress, { force: true });
  const mark = randomUUID();
  const { reason, code } = await runVitest(area, extra, { LEPTON_TEST_PROGRESS: progress, LEPTON_TEST_MARK: mark });
  const tally = readTally(progress, area.files, reason);
  const left = await endLeftovers(mark);
  const failures = [...tally.failures, ...left.map((text) => `a process was left running: ${text}`)];
  if (code !== 0 && failures.length === 0) failures.push(`vitest ended with ${code ?? reason} though no test failed`);
  return { name: area.name, minutes: area.minutes, ...tally, failures, seconds: (performance.now() - started) / 1000 };
}

/** Resolves to vitest's exit code, and why the run did not end by itself (null when it did). */
function runVitest(area, extra, marks) {
  const vitest = path.join(places.modules, "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", `--reporter=${path.join(root, ".house", "progress.mjs")}`];
  const child = spawn(places.node, [vitest, "run", ...reporters, ...area.files], {
    cwd: root,
    env: { ...environment("test"), ...extra, ...marks },
    stdio: ["ignore", "inherit", "inherit"],
    detached: true,
    shell: process.platform === "win32",
  });
  return new Promise((resolve) => {
    let reason = null;
    const limit = area.minutes * patience;
    const timer = setTimeout(() => {
      reason = `ended after ${limit.toFixed(1)} minutes`;
      endGroup(child.pid);
    }, limit * 60_000);
    child.on("error", (error) => resolve({ code: null, reason: `vitest did not start: ${error.message}` }));
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, reason: reason ?? (signal ? `vitest was ended by ${signal}` : null) });
    });
  });
}

function endGroup(pid) {
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/** Fold the progress file: what passed, failed and was skipped; what had begun and never ended; which files never had their turn. */
function readTally(progress, files, outcome) {
  const lines = existsSync(progress) ? readFileSync(progress, "utf8").trim().split("\n").filter(Boolean) : [];
  const tally = { passed: 0, failures: [], skips: [], flaky: [] };
  const running = new Map();
  const open = new Set();
  const done = new Set();
  for (const line of lines.map((text) => JSON.parse(text))) {
    const name = `${line.file} > ${line.test}`;
    if (line.event === "file") open.add(line.file);
    if (line.event === "test" && !done.has(line.file)) running.set(name, line.file);
    if (line.event === "result") {
      running.delete(name);
      count(tally, name, line);
    }
    if (line.event === "file-end") {
      open.delete(line.file);
      done.add(line.file);
      // vitest sends in batches: a test's beginning may come after its result. What belongs to a file that ended has ended.
      for (const [test, file] of running) if (file === line.file) running.delete(test);
      tally.failures.push(...line.errors.map((error) => `${line.file}: ${error}`));
    }
    if (line.event === "end") tally.failures.push(...line.errors.map((error) => `unhandled: ${error}`));
  }
  const busy = new Set(running.values());
  for (const name of running.keys()) tally.failures.push(`${name}: never ended (${outcome ?? "vitest stopped"})`);
  for (const file of open)
    if (!busy.has(file)) tally.failures.push(`${file}: never ended (${outcome ?? "vitest stopped"})`);
  for (const file of files) {
    if (!done.has(file) && !open.has(file))
      tally.failures.push(`${file}: was not run (${outcome ?? "vitest left it out"})`);
  }
  return tally;
}

function count(tally, name, { state, note, message, flaky }) {
  if (flaky) tally.flaky.push(name);
  if (state === "passed") tally.passed++;
  else if (state === "failed") tally.failures.push(`${name}: ${message ?? "failed"}`);
  else tally.skips.push(note ? `${name}: ${note}` : name);
}

/** What was told to end gets so long to do so; on a machine with other work it takes seconds. */
const leavingMs = 5000;

/** Processes that tests started and left behind carry the area's mark in their environment (Linux). They are ended and told. */
async function endLeftovers(mark) {
  if (process.platform !== "linux") return [];
  const until = performance.now() + leavingMs;
  let left = marked(mark);
  while (left.length > 0 && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    left = marked(mark);
  }
  return left.map((pid) => {
    const text = peek(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim().slice(0, 200);
    endOne(Number(pid));
    return `${pid} ${text}`;
  });
}

const marked = (mark) => readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && carries(pid, mark));
const carries = (pid, mark) => peek(`/proc/${pid}/environ`).includes(mark);

/** A file of /proc, or "" when its process has just gone or is not ours. */
function peek(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH", "EACCES"].includes(error.code)) return "";
    throw error;
  }
}

function endOne(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}
