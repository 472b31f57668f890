/** shutdown_request: magics finish what they must, the reply is sent, the process ends. */
import { plainFailure } from "../display/failure.ts";
import type { Failure } from "../wire/link.ts";
import { type Request, reply, type Wire } from "./wire.ts";

/** A main thread that does not answer is given this long; magics have 5 s of it. */
const PATIENCE_MS = 6500;

export async function shutdown(wire: Wire, request: Request): Promise<undefined> {
  wire.leaving = request;
  setTimeout(() => void leave(wire).then(() => process.kill(process.pid, "SIGKILL")), PATIENCE_MS).unref();
  await wire.debugger.release();
  await wire.interrupter.interrupt({ leaving: true });
  wire.post({ kind: "shutdown", restart: request.message.content.restart === true });
  return undefined;
}

/** Stop the cell that fills memory; a main thread that cannot be stopped ends with the process, whose reason the cell shows first. */
export async function stopForMemory(wire: Wire, reason: Failure): Promise<void> {
  wire.executions.abort(wire);
  if (await wire.interrupter.interrupt({ reason })) return;
  const said =
    "Memory runs out and the cell cannot be stopped: this kernel ends and its variables are gone. Jupyter starts a new one.";
  wire.executions.endAll(wire, plainFailure(reason.ename, said));
  await new Promise((resolve) => setImmediate(resolve)); // the replies are made in this turn
  await leave(wire);
  process.kill(process.pid, "SIGKILL");
}

/** Answer the client and send everything that waits. */
export async function leave(wire: Wire): Promise<void> {
  const request = wire.leaving;
  wire.leaving = undefined;
  if (request) reply(wire, request, { status: "ok", restart: request.message.content.restart === true });
  await wire.history.saved();
  wire.interrupter.close();
  await wire.debugger.end().catch(() => undefined); // a main thread that no longer answers is about to be killed
  await wire.sockets.close();
}
