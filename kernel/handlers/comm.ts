/** comm_open, comm_msg, comm_close and comm_info_request. The main thread runs listeners; which comms are open is known here, also while a cell runs. */
import type { Header, Json } from "../wire/frames.ts";
import type { CommEvent, Published } from "../wire/link.ts";
import type { Request, Wire } from "./wire.ts";

const actions = { comm_open: "open", comm_msg: "msg", comm_close: "close" } as const;
let next = 0;

/** Resolves when the listeners have run. */
export function comm(wire: Wire, { message }: Request): Promise<undefined> {
  const { content, header, metadata, buffers } = message;
  const action = actions[header.msg_type as keyof typeof actions];
  const id = String(content.comm_id ?? "");
  const target = String(content.target_name ?? wire.comms.get(id) ?? "");
  follow(wire, action, id, target);
  const event: CommEvent = {
    action,
    id,
    target,
    data: content.data ?? {},
    metadata,
    buffers,
    parent: header as Header,
  };
  const done = ++next;
  return new Promise((resolve) => {
    wire.handled.set(done, () => resolve(undefined));
    wire.post({ kind: "comm", event, done });
  });
}

/** Comms that the kernel opens and closes. */
export function followPublished(wire: Wire, { type, content }: Published): void {
  if (!Object.hasOwn(actions, type)) return;
  follow(wire, actions[type as keyof typeof actions], String(content.comm_id), String(content.target_name ?? ""));
}

function follow(wire: Wire, action: CommEvent["action"], id: string, target: string): void {
  if (action === "open") wire.comms.set(id, target);
  if (action === "close") wire.comms.delete(id);
}

export function commInfo(wire: Wire, { message }: Request): Json {
  const wanted = message.content.target_name;
  const open = [...wire.comms].filter(([, target]) => typeof wanted !== "string" || wanted === "" || wanted === target);
  return { status: "ok", comms: Object.fromEntries(open.map(([id, target]) => [id, { target_name: target }])) };
}
