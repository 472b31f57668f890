/**
 * What every handler works with: the wire's state in its worker, and how a message is published. Enters: nothing; leaves: types, `publish`,
 * `reply`. Handlers are functions of this state, so that none holds the others.
 */
import { randomUUID } from "node:crypto";
import type { KernelDebugger } from "../debug/debugger.ts";
import type { Language } from "../language/client.ts";
import type { Header, Json, Message } from "../wire/frames.ts";
import type { Asker, MainAnswers, Published, ToMain, WireOptions } from "../wire/link.ts";
import type { Channel, Sockets } from "../wire/sockets.ts";
import type { Executions } from "./execute.ts";
import type { History } from "./history.ts";
import type { Interrupter } from "./interrupt.ts";
import type { MemoryWatch } from "./memory.ts";

export interface Request {
  readonly channel: Channel;
  readonly message: Message;
}

export interface Wire {
  readonly options: WireOptions;
  readonly session: string;
  sockets: Sockets;
  readonly post: (message: ToMain) => void;
  readonly main: Asker<MainAnswers>;
  readonly executions: Executions;
  readonly interrupter: Interrupter;
  readonly memory: MemoryWatch;
  readonly history: History;
  readonly language: Language;
  readonly debugger: KernelDebugger;
  /** Open comms: ID ─► target. */
  readonly comms: Map<string, string>;
  /** Messages that the main thread still handles: ID ─► what to do then. */
  readonly handled: Map<number, () => void>;
  /** Resolves when the magics are there. */
  readonly ready: Promise<void>;
  isReady: boolean;
  /** Words that are magics after `%`. */
  readonly magics: readonly string[];
  declarations: string;
  /** When CPU time was last looked at. */
  usage: { readonly cpuSeconds: number; readonly at: number };
  /** Why the kernel before this one ended, for the first cell. */
  lastWords: Promise<string | undefined>;
  /** The input_request that is not answered yet. */
  asking: string | undefined;
  /** A client's shutdown_request, answered when the main thread is done. */
  leaving: Request | undefined;
}

export const PROTOCOL = "5.5";

let sent = 0;

/** Of a new message. */
export function header(wire: Wire, type: string, parent?: Partial<Header>): Header {
  const base = {
    msg_id: `${wire.session}_${++sent}`,
    msg_type: type,
    session: wire.session,
    username: "kernel",
    date: new Date().toISOString(),
    version: PROTOCOL,
  };
  return parent?.subshell_id ? { ...base, subshell_id: parent.subshell_id } : base;
}

export function newSession(): string {
  return randomUUID();
}

/** Send on iopub. */
export function publish(wire: Wire, { type, content, parent, metadata, buffers }: Published): void {
  wire.sockets.send("iopub", {
    identities: [Buffer.from(type)],
    header: header(wire, type),
    parent: parent ?? {},
    metadata: metadata ?? {},
    content,
    buffers: buffers ?? [],
  });
}

export function status(wire: Wire, state: "busy" | "idle" | "starting", parent?: Header): void {
  publish(wire, { type: "status", content: { execution_state: state }, parent });
}

export function reply(wire: Wire, request: Request, content: Json, metadata: Json = {}): void {
  const { channel, message } = request;
  wire.sockets.send(channel, {
    identities: message.identities,
    header: header(wire, message.header.msg_type.replace(/_request$/, "_reply"), message.header),
    parent: message.header,
    metadata,
    content,
    buffers: [],
  });
}
