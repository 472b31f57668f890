/**
 * The one table of requests. Enters: a message of a channel; leaves: busy, the handler's reply, idle. Requests but execute_request are answered at
 * once, also while a cell runs; then the running cell's busy is said again, since clients show the latest status.
 */

import type { Json } from "../wire/frames.ts";
import { comm, commInfo } from "./comm.ts";
import { debug } from "./debug.ts";
import { inputReply } from "./input.ts";
import { kernelInfo, usage } from "./kernel-info.ts";
import { complete, inspect, isComplete, startForPage } from "./language.ts";
import { shutdown } from "./shutdown.ts";
import { createSubshell, deleteSubshell, listSubshells } from "./subshell.ts";
import { type Request, reply, status, type Wire } from "./wire.ts";

/** @returns the reply's content; nothing for messages without a reply, or whose reply comes later */
type Handler = (wire: Wire, request: Request) => Json | Promise<Json | undefined>;

const handlers: Readonly<Record<string, Handler>> = {
  kernel_info_request: kernelInfo,
  complete_request: complete,
  inspect_request: inspect,
  is_complete_request: isComplete,
  history_request: async (wire, { message }) => ({ status: "ok", history: await wire.history.find(message.content) }),
  comm_info_request: commInfo,
  comm_open: comm,
  comm_msg: comm,
  comm_close: comm,
  interrupt_request: interrupt,
  shutdown_request: shutdown,
  usage_request: usage,
  debug_request: debug,
  create_subshell_request: createSubshell,
  delete_subshell_request: deleteSubshell,
  list_subshell_request: listSubshells,
};

export function handle(wire: Wire, request: Request): void {
  const { header } = request.message;
  if (header.msg_type === "execute_request" && request.channel === "shell") return wire.executions.add(wire, request);
  if (header.msg_type === "input_reply") return inputReply(wire, request.message);
  startForPage(wire, header.msg_type);
  const handler = Object.hasOwn(handlers, header.msg_type) ? handlers[header.msg_type] : undefined;
  if (handler) void serve(wire, request, handler);
}

async function serve(wire: Wire, request: Request, handler: Handler): Promise<void> {
  const { header } = request.message;
  status(wire, "busy", header);
  try {
    const content = await handler(wire, request);
    if (content) reply(wire, request, content);
  } catch (error) {
    const evalue = error instanceof Error ? error.message : String(error);
    reply(wire, request, { status: "error", ename: "InternalError", evalue, traceback: [] });
  }
  status(wire, "idle", header);
  for (const running of wire.executions.running()) status(wire, "busy", running);
}

async function interrupt(wire: Wire): Promise<Json> {
  wire.executions.abort(wire);
  wire.asking = undefined;
  await wire.debugger.release();
  const isFree = await wire.interrupter.interrupt();
  if (isFree) return { status: "ok" };
  const evalue = "The cell is in native code that cannot be interrupted; restart the kernel.";
  return { status: "error", ename: "InterruptFailed", evalue, traceback: [] };
}
