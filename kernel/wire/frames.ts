/**
 * Jupyter messages as ZeroMQ frames. Enters: frames and the key; leaves: checked messages, and back. Pure: no sockets here.
 * Layout: identities…, "<IDS|MSG>", signature, header, parent, metadata, content, buffers… (Jupyter messaging 5.5).
 */
import { isUtf8 } from "node:buffer";
import { isSigned, type Signer, sign } from "./signing.ts";

export interface Header {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly version: string;
  readonly subshell_id?: string | null;
}

export type Json = Readonly<Record<string, unknown>>;

export interface Message {
  readonly identities: readonly Uint8Array[];
  readonly header: Header;
  readonly parent: Header | Json;
  readonly metadata: Json;
  readonly content: Json;
  readonly buffers: readonly Uint8Array[];
}

/** A message that must be refused; the text says why, for the kernel's log. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

const delimiter = Buffer.from("<IDS|MSG>");

/** @throws FrameError when the delimiter, the signature or the JSON is wrong */
export function decodeMessage(frames: readonly Buffer[], signer: Signer): Message {
  const at = frames.findIndex((frame) => frame.length === delimiter.length && delimiter.equals(frame));
  if (at < 0) throw new FrameError("no <IDS|MSG> frame");
  if (frames.length < at + 6)
    throw new FrameError(`${frames.length - at - 1} frames after <IDS|MSG>, at least 5 needed`);
  const parts = frames.slice(at + 2, at + 6);
  const signature = frames[at + 1]!;
  if (!isSigned(signature, parts, signer)) throw new FrameError("wrong signature");
  const [header, parent, metadata, content] = parts.map(parseObject) as [Json, Json, Json, Json];
  assertHeader(header);
  return { identities: frames.slice(0, at), header, parent, metadata, content, buffers: frames.slice(at + 6).map(own) };
}

/** With memory of its own: another thread would get a copy of all that came with it. */
const own = (frame: Buffer) => new Uint8Array(frame);

function parseObject(part: Buffer): Json {
  const text = part.toString();
  if (text === "{}") return {}; // most of what comes has two of them
  if (text.includes("\ufffd") && !isUtf8(part)) throw new FrameError("a part is not UTF-8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FrameError("a part is not JSON", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new FrameError("a part is no object");
  return value as Json;
}

function assertHeader(header: Json): asserts header is Json & Header {
  for (const name of ["msg_id", "msg_type", "session"]) {
    if (typeof header[name] !== "string") throw new FrameError(`the header has no ${name}`);
  }
}

/**
 * Half a pair of UTF-16 (`"😀"[0]`) has no UTF-8. JSON writes it as an escape, which Python reads and then cannot write: the notebook could not be saved any more. It
 * becomes U+FFFD, as on a terminal.
 */
function json(part: object): string {
  const text = JSON.stringify(part);
  return text.includes("\\ud") ? JSON.stringify(part, wellFormed) : text;
}

const wellFormed = (_: string, value: unknown) => (typeof value === "string" ? value.toWellFormed() : value);

/** A request's header is the parent of some five messages. */
const parents = new WeakMap<object, Buffer>();

function parentPart(parent: object): Buffer {
  const known = parents.get(parent);
  if (known) return known;
  const part = Buffer.from(json(parent));
  parents.set(parent, part);
  return part;
}

export function encodeMessage(message: Message, signer: Signer): Uint8Array[] {
  const { header, parent, metadata, content } = message;
  const [first, third, fourth] = [header, metadata, content].map((part) => Buffer.from(json(part)));
  const parts = [first!, parentPart(parent), third!, fourth!];
  return [...message.identities, delimiter, Buffer.from(sign(parts, signer)), ...parts, ...message.buffers];
}
