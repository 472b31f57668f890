/**
 * The five ZeroMQ sockets of a kernel, bound. Enters: a connection; leaves: sockets at which clients can connect, though nobody reads them yet. Apart
 * from sockets.ts, and with few imports, since it runs before the rest is loaded.
 */
import { createRequire } from "node:module";
import type * as Zmq from "zeromq";
import { Backlog } from "./backlog.ts";
import { addressOf, type Connection } from "./connection.ts";

export interface BoundSockets {
  readonly shell: Zmq.Router;
  readonly control: Zmq.Router;
  readonly stdin: Zmq.Router;
  readonly hb: Zmq.Router;
  readonly iopub: Zmq.XPublisher;
  /** How much iopub keeps for a client that does not read. */
  readonly backlog: Backlog;
}

/** @throws when a port is taken */
export async function bindSockets(connection: Connection): Promise<BoundSockets> {
  const zmq = createRequire(import.meta.url)("zeromq") as typeof Zmq;
  const options = { linger: 1000 };
  const shell = new zmq.Router(options);
  const control = new zmq.Router(options);
  const stdin = new zmq.Router({ ...options, mandatory: true }); // a question that reaches nobody is an error, not lost
  const hb = new zmq.Router(options);
  const backlog = new Backlog();
  const iopub = new zmq.XPublisher({ ...options, sendHighWaterMark: backlog.limit });
  iopub.verbosity = "allSubs";
  const binding = await Promise.allSettled([
    iopub.bind(addressOf(connection, "iopub")),
    shell.bind(addressOf(connection, "shell")),
    control.bind(addressOf(connection, "control")),
    stdin.bind(addressOf(connection, "stdin")),
    hb.bind(addressOf(connection, "hb")),
  ]);
  const refused = binding.find((outcome) => outcome.status === "rejected");
  if (refused) {
    for (const socket of [shell, control, stdin, hb, iopub]) socket.close();
    throw new Error(`the ports of the connection file cannot be opened: ${String(refused.reason)}`);
  }
  return { shell, control, stdin, hb, iopub, backlog };
}
