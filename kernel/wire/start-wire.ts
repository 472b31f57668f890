/** Starts the wire worker, which lies beside this file in source and in the build alike. */
import path from "node:path";
import { Worker } from "node:worker_threads";
import type { WireOptions } from "./link.ts";

export function startWire(options: WireOptions): Worker {
  const url = new URL(`./wire-worker${path.extname(import.meta.url)}`, import.meta.url);
  return new Worker(url, { workerData: options });
}
