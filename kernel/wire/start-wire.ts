/**
 * Starts the wire worker, which lies beside this file in source and in the build alike. Enters: a connection file; leaves: a worker that opens the
 * sockets while the main thread still loads.
 */

import { getCompileCacheDir } from "node:module";
import path from "node:path";
import { getHeapStatistics } from "node:v8";
import { Worker } from "node:worker_threads";
import { readConnection } from "./connection.ts";
import { FLOW_BYTES } from "./flow.ts";
import { sharedInput } from "./input-buffer.ts";
import { MARKS_BYTES } from "./interrupt-marks.ts";
import type { ToMain, WireOptions } from "./link.ts";
import { CHILD_BYTES } from "./sync-child.ts";

export interface StartedWire {
  readonly worker: Worker;
  readonly options: WireOptions;
  /** Hear what the worker says, from its first message on. Once. */
  readonly listen: (hear: (message: ToMain) => void) => void;
}

/** @param provider the word after `%` of the magics that will be loaded. @throws Error when the connection file is wrong */
export function startWire(connectionFile: string, folder: string, provider: string | undefined): StartedWire {
  const connection = readConnection(connectionFile);
  const magics = provider === undefined ? ["npm"] : ["npm", provider];
  const heapLimit = getHeapStatistics().heap_size_limit - youngBytes();
  const input = sharedInput();
  const flow = new SharedArrayBuffer(FLOW_BYTES);
  const child = new SharedArrayBuffer(CHILD_BYTES);
  const interrupts = new SharedArrayBuffer(MARKS_BYTES);
  const options = { connection, connectionFile, folder, magics, input, flow, child, interrupts, heapLimit };
  const url = new URL(`./wire-worker${path.extname(import.meta.url)}`, import.meta.url);
  const cache = getCompileCacheDir();
  // A worker has Node's compile cache only by the environment.
  const env = cache === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: path.dirname(cache) };
  const worker = new Worker(url, { workerData: options, env });
  return { worker, options, listen: keepEarly(worker) };
}

/** A worker's messages that come while nobody listens are lost: the first cell may be there before the main thread is. */
function keepEarly(worker: Worker): StartedWire["listen"] {
  const early: ToMain[] = [];
  const keep = (message: ToMain) => early.push(message);
  worker.on("message", keep);
  return (hear) => {
    worker.off("message", keep);
    for (const message of early) hear(message);
    worker.on("message", hear);
  };
}

/** V8's limit counts three semi-spaces beside the old space. */
function youngBytes(): number {
  const flags = [process.env.NODE_OPTIONS ?? "", ...process.execArgv].join(" ");
  return 3 * Number(/--max[-_]semi[-_]space[-_]size[= ](\d+)/.exec(flags)?.[1] ?? 64) * 2 ** 20;
}
