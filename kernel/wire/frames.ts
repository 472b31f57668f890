/**
 * Jupyter messages as ZeroMQ frames. Enters: frames and the key; leaves: checked messages, and back. Pure: no sockets here.
 * Layout: identities…, "<IDS|MSG>", signature, header, parent, metadata, content, buffers… (Jupyter messaging 5.5).
 */
import { isUtf8 } from "node:buffer";
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import type { Frame } from "./zmtp.ts";

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

export interface Signer {
  readonly key: string;
  /** "sha256" of "hmac-sha256". */
  readonly hash: string;
}

/** A message that must be refused; the text says why, for the kernel's log. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

/** A part that is longer goes as bytes, turned into UTF-8 once. In UTF-16 units. */
const TEXT_LENGTH = 16 * 1024;

const delimiter = Buffer.from("<IDS|MSG>");

/** Keys as OpenSSL has them: made anew for each message they cost more than the signature. */
const keys = new WeakMap<Signer, KeyObject>();

function keyOf(signer: Signer): KeyObject {
  const known = keys.get(signer);
  if (known) return known;
  const key = createSecretKey(signer.key, "utf8");
  keys.set(signer, key);
  return key;
}

/** @returns hexadecimal; nothing without a key */
function sign(parts: readonly Frame[], signer: Signer): string {
  if (signer.key === "") return "";
  const hmac = createHmac(signer.hash, keyOf(signer));
  // Texts in one call: each call goes from V8 to OpenSSL.
  if (parts.every((part) => typeof part === "string")) hmac.update(parts.join(""));
  else for (const part of parts) hmac.update(part);
  return hmac.digest("hex");
}

/** @throws FrameError when the delimiter, the signature or the JSON is wrong */
export function decodeMessage(frames: readonly Buffer[], signer: Signer): Message {
  const at = frames.findIndex((frame) => frame.length === delimiter.length && delimiter.equals(frame));
  if (at < 0) throw new FrameError("no <IDS|MSG> frame");
  if (frames.length < at + 6)
    throw new FrameError(`${frames.length - at - 1} frames after <IDS|MSG>, at least 5 needed`);
  const parts = frames.slice(at + 2, at + 6);
  const signature = frames[at + 1]!;
  const expected = Buffer.from(sign(parts, signer));
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
    throw new FrameError("wrong signature");
  }
  const [header, parent, metadata, content] = parts.map(parseObject) as [Json, Json, Json, Json];
  assertHeader(header);
  return { identities: frames.slice(0, at), header, parent, metadata, content, buffers: frames.slice(at + 6).map(own) };
}

/** With memory of its own: another thread would get a copy of all that came with it. */
const own = (frame: Buffer) => new Uint8Array(frame);

/** Most of what comes has two of them. */
const empty = Buffer.from("{}");

function parseObject(part: Buffer): Json {
  if (part.length === empty.length && empty.equals(part)) return {};
  if (!isUtf8(part)) throw new FrameError("a part is not UTF-8");
  let value: unknown;
  try {
    value = JSON.parse(part.toString());
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

export function encodeMessage(message: Message, signer: Signer): Frame[] {
  const parts = [message.header, message.parent, message.metadata, message.content].map((part) => {
    const text = json(part);
    return text.length > TEXT_LENGTH ? Buffer.from(text) : text;
  });
  return [...message.identities, delimiter, sign(parts, signer), ...parts, ...message.buffers];
}
