/**
 * Signatures of Jupyter messages: HMAC (RFC 2104) of a message's parts. Enters: the connection's key; leaves: hexadecimal. Short messages are signed
 * by two calls of OpenSSL's hash: the wire's thread sleeps between messages, and what it calls then is in no cache, where its HMAC takes a third more.
 */
import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";

export interface Signer {
  readonly key: string;
  /** "sha256" of "hmac-sha256". */
  readonly hash: string;
}

/** SHA-256's block and result, in bytes. */
const BLOCK = 64;
const RESULT = 32;
/** Messages up to this length are signed by two calls of the hash. In bytes. */
const SHORT = 16 * 1024;

interface Keyed {
  readonly secret: KeyObject;
  /** The key by RFC 2104's inner pad, with room for a short message; undefined where the hash is not SHA-256. */
  readonly inner: Buffer | undefined;
  /** The key by its outer pad, with room for the inner hash. */
  readonly outer: Buffer;
}

const known = new WeakMap<Signer, Keyed>();

function keyed(signer: Signer): Keyed {
  const found = known.get(signer);
  if (found) return found;
  const key = Buffer.from(signer.key);
  const block = Buffer.alloc(BLOCK);
  (key.length > BLOCK ? hash("sha256", key, "buffer") : key).copy(block);
  const inner = Buffer.alloc(BLOCK + SHORT);
  const outer = Buffer.alloc(BLOCK + RESULT);
  for (const [i, byte] of block.entries()) {
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  const made = { secret: createSecretKey(key), inner: signer.hash === "sha256" ? inner : undefined, outer };
  known.set(signer, made);
  return made;
}

/** @returns hexadecimal; nothing without a key */
export function sign(parts: readonly Uint8Array[], signer: Signer): string {
  if (signer.key === "") return "";
  const { secret, inner, outer } = keyed(signer);
  let end = BLOCK;
  for (const part of parts) end += part.length;
  if (!inner || end > inner.length) {
    const hmac = createHmac(signer.hash, secret);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }
  let at = BLOCK;
  for (const part of parts) {
    inner.set(part, at);
    at += part.length;
  }
  outer.set(hash("sha256", inner.subarray(0, end), "buffer"), BLOCK);
  return hash("sha256", outer, "hex");
}

/** In the same time wherever they differ. @param signature as it came, of bytes */
export function isSigned(signature: Uint8Array, parts: readonly Uint8Array[], signer: Signer): boolean {
  const expected = sign(parts, signer);
  if (signature.length !== expected.length) return false;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) difference |= expected.charCodeAt(i) ^ signature[i]!;
  return difference === 0;
}
