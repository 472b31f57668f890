/**
 * The five sockets of a kernel, bound. Enters: a connection; leaves: sockets at which clients can connect, though nobody listens to them yet. Apart
 * from sockets.ts, and with few imports, since it runs before the rest is loaded.
 */
import { addressOf, type Connection } from "./connection.ts";
import { PublisherSocket, RouterSocket } from "./peers.ts";

export interface BoundSockets {
  readonly shell: RouterSocket;
  readonly control: RouterSocket;
  readonly stdin: RouterSocket;
  readonly hb: RouterSocket;
  readonly iopub: PublisherSocket;
}

/** @throws when a port is taken */
export async function bindSockets(connection: Connection): Promise<BoundSockets> {
  const sockets = {
    shell: new RouterSocket(),
    control: new RouterSocket(),
    stdin: new RouterSocket(),
    hb: new RouterSocket(),
    iopub: new PublisherSocket(),
  };
  const names = ["iopub", "shell", "control", "stdin", "hb"] as const;
  const binding = await Promise.allSettled(names.map((name) => sockets[name].bind(addressOf(connection, name))));
  const refused = binding.find((outcome) => outcome.status === "rejected");
  if (refused) {
    for (const name of names) void sockets[name].close();
    throw new Error(`the ports of the connection file cannot be opened: ${String(refused.reason)}`);
  }
  return sockets;
}
