/** create_, list_ and delete_subshell_request: further queues of cells, so that one may run while another awaits (protocol 5.5). */
import { randomUUID } from "node:crypto";
import type { Json } from "../wire/frames.ts";
import type { Request, Wire } from "./wire.ts";

export function createSubshell(wire: Wire): Json {
  const id = randomUUID();
  wire.executions.createSubshell(id);
  return { status: "ok", subshell_id: id };
}

export function deleteSubshell(wire: Wire, { message }: Request): Json {
  const id = String(message.content.subshell_id ?? "");
  if (wire.executions.deleteSubshell(id)) return { status: "ok" };
  return { status: "error", ename: "SubshellUnknown", evalue: `There is no subshell "${id}".`, traceback: [] };
}

export function listSubshells(wire: Wire): Json {
  return { status: "ok", subshell_id: wire.executions.subshells() };
}
