/**
 * What a run's process takes of the machine. Enters: a function that takes usage events; leave: one every two seconds, less often the longer the run
 * goes, so that a day adds no more than some hundred. Apart because it knows processes and nvidia-smi, and training knows neither.
 */
import { execFile } from "node:child_process";
import type { RunEvent } from "@lepton/contract";

type Usage = Pick<Extract<RunEvent, { type: "usage" }>, "cpu" | "memoryBytes" | "gpu">;

const everyMs = 2000;
/** After this share of the time that the run took so far. */
const shareOfRun = 1 / 100;
const smiTimeoutMs = 4000;

/**
 * Sample until the returned function is called. The timer keeps no process alive.
 *
 * @param failed  told once when `take` throws, as it does on a full disk; no sample follows
 */
export function watchUsage(take: (usage: Usage) => void, failed: (error: unknown) => void): () => void {
  const begin = performance.now();
  let over = false;
  let timer: NodeJS.Timeout;
  let before = { cpu: process.cpuUsage(), at: begin };
  let gpuOf: (() => Promise<Usage["gpu"] | null>) | null = askSmi;
  const sample = async () => {
    const gpu = gpuOf ? await gpuOf() : undefined;
    if (gpu === null) gpuOf = null; // no nvidia-smi here: not asked again
    if (over) return;
    const now = { cpu: process.cpuUsage(before.cpu), at: performance.now() };
    const cpu = (now.cpu.user + now.cpu.system) / 1000 / (now.at - before.at);
    before = { cpu: process.cpuUsage(), at: now.at };
    take({ cpu: round(cpu), memoryBytes: process.memoryUsage.rss(), ...(gpu ? { gpu } : {}) });
    again();
  };
  const again = () => {
    timer = setTimeout(() => void sample().catch(failed), Math.max(everyMs, (performance.now() - begin) * shareOfRun));
    timer.unref();
  };
  again();
  return () => {
    over = true;
    clearTimeout(timer);
  };
}

/** The busiest GPU, undefined when it did not answer this time, null where there is no nvidia-smi. */
function askSmi(): Promise<Usage["gpu"] | null> {
  const args = ["--query-gpu=utilization.gpu,memory.used", "--format=csv,noheader,nounits"];
  return new Promise((resolve) => {
    execFile("nvidia-smi", args, { timeout: smiTimeoutMs, windowsHide: true }, (error, text) => {
      if (error) resolve((error as NodeJS.ErrnoException).code === "ENOENT" ? null : undefined);
      else resolve(busiest(text));
    });
  });
}

/** @param text  one line a GPU: percent of time busy, MiB in use */
export function busiest(text: string): Usage["gpu"] {
  const all = text
    .trim()
    .split("\n")
    .map((line) => line.split(",").map(Number))
    .filter(([busy, memory]) => Number.isFinite(busy) && Number.isFinite(memory));
  const [first] = all.sort((a, b) => b[0]! - a[0]! || b[1]! - a[1]!);
  return first && { busy: first[0]! / 100, memoryBytes: first[1]! * 1024 * 1024 };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
