/** debug_request on the control channel: DAP inside Jupyter's messages. Enters: a DAP request; leaves: its answer, and debug_event on iopub. */
import { runCommand } from "../debug/commands.ts";
import { type DapEvent, type DapResponse, dapRequest } from "../debug/dap.ts";
import { KernelDebugger } from "../debug/debugger.ts";
import type { Header, Json } from "../wire/frames.ts";
import { publish, type Request, type Wire } from "./wire.ts";

let sequence = 0;
/** Events name the last debug_request as their parent, as ipykernel's do. */
let lastAsked: Header | undefined;

export function createDebugger(wire: () => Wire): KernelDebugger {
  return new KernelDebugger((event, body) => {
    const content: DapEvent = { seq: ++sequence, type: "event", event, body };
    publish(wire(), { type: "debug_event", content: { ...content }, parent: lastAsked });
  });
}

export async function debug(wire: Wire, { message }: Request): Promise<Json> {
  lastAsked = message.header;
  const request = dapRequest(message.content);
  const { seq, command } = request;
  const base = { seq: ++sequence, type: "response", request_seq: seq, command } as const;
  try {
    const body = await runCommand(wire.debugger, request);
    return { ...base, success: true, body } satisfies DapResponse;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...base, success: false, message: reason, body: {} } satisfies DapResponse;
  }
}
