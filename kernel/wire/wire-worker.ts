/**
 * The wire worker's entry. Its sockets are bound before anything else is loaded: a client that finds a port closed comes back 100 to 200 ms later, and
 * what arrives meanwhile is kept. Enters: WireOptions; leaves: the wire's thread.
 */
import { workerData } from "node:worker_threads";
import { bindSockets } from "./bind.ts";
import type { WireOptions } from "./link.ts";

const binding = bindSockets((workerData as WireOptions).connection);
// Node listens a turn later: the rest would be loaded before. What went wrong startThread says.
await binding.catch(() => undefined);
const { startThread } = await import("./wire-thread.ts");
await startThread(binding);
