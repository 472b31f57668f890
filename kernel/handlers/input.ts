/** stdin: questions of cells and the answers of people. Enters: a prompt of a cell that runs, or an input_reply; leaves: an input_request, or the main thread awake. */
import type { Json, Message } from "../wire/frames.ts";
import { answer, inputBuffer } from "../wire/input-buffer.ts";
import { header, type Request, type Wire } from "./wire.ts";

/** Ask the person at the client that sent `request`. */
export function askClient(wire: Wire, request: Request, content: Json): void {
  const asking = header(wire, "input_request", request.message.header);
  wire.asking = asking.msg_id;
  wire.sockets.send("stdin", {
    identities: request.message.identities,
    header: asking,
    parent: request.message.header,
    metadata: {},
    content,
    buffers: [],
  });
}

/** A reply counts for the question that its parent is. Python's client names no parent: then it counts for the question that is open. */
export function inputReply(wire: Wire, { parent, content }: Message): void {
  const { msg_id: asked } = parent as { msg_id?: unknown };
  const isOther = typeof asked === "string" && asked.startsWith(`${wire.session}_`) && asked !== wire.asking;
  if (wire.asking === undefined || isOther) return; // of a prompt that was interrupted, or a second answer
  wire.asking = undefined;
  answer(inputBuffer(wire.options.input), String(content.value ?? ""));
}
