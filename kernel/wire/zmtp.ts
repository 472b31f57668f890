/**
 * ZMTP 3.1, what ZeroMQ's sockets say over a stream (rfc.zeromq.org/spec/37), with the mechanism NULL. Enters: bytes as they come; leaves: messages and commands, and
 * back. Pure: no sockets here.
 */

/** A peer that breaks the protocol, or speaks another; the text says how. */
export class ZmtpError extends Error {
  override readonly name = "ZmtpError";
}

export interface Heard {
  /** It speaks this protocol: its handshake may be answered. */
  onGreeting(): void;
  /** The peer's part of the handshake; once, before any message. */
  onReady(properties: ReadonlyMap<string, Buffer>): void;
  onMessage(frames: Buffer[]): void;
  onCommand(name: string, body: Buffer): void;
}

const MORE = 1;
const LONG = 2;
const COMMAND = 4;
const GREETING_BYTES = 64;
const SIGNATURE_BYTES = 10;
/** A message that is longer is no message of a notebook: its sender is left. In bytes. */
const MOST_BYTES = 2 ** 30;
const MOST_FRAMES = 100_000;
/** A frame from this length on is handed over as it is, not copied into its neighbours' buffer. */
const OWN_BUFFER_BYTES = 16 * 1024;

/** What each side sends first: signature, version, mechanism. */
export const greeting = Buffer.alloc(GREETING_BYTES);
greeting[0] = 0xff;
greeting[SIGNATURE_BYTES - 1] = 0x7f;
greeting[SIGNATURE_BYTES] = 3;
greeting[SIGNATURE_BYTES + 1] = 1;
greeting.write("NULL", SIGNATURE_BYTES + 2, "latin1");

/** The handshake's command, sent when the peer's greeting has come. */
export function readyCommand(socketType: string): Buffer {
  const value = Buffer.from(socketType, "latin1");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  const identity = Buffer.from("\x08Identity\0\0\0\0", "latin1");
  return command("READY", Buffer.concat([Buffer.from("\x0bSocket-Type", "latin1"), length, value, identity]));
}

/** @param body of at most 200 bytes */
export function command(name: string, body: Uint8Array): Buffer {
  const head = Buffer.from([COMMAND, 1 + name.length + body.length, name.length]);
  return Buffer.concat([head, Buffer.from(name, "latin1"), body]);
}

/** @returns the bytes of one message: short frames in one buffer, long ones as they came */
export function encodeFrames(frames: readonly Uint8Array[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const [i, frame] of frames.entries()) {
    const isLong = frame.length >= OWN_BUFFER_BYTES;
    if (!isLong && i < frames.length - 1) continue;
    parts.push(together(frames.slice(from, i + 1), { isLong, isLast: i === frames.length - 1 }));
    if (isLong) parts.push(frame);
    from = i + 1;
  }
  return parts;
}

/** Heads and bodies of neighbouring frames; of a long one at their end only its head. */
function together(frames: readonly Uint8Array[], { isLong, isLast }: { isLong: boolean; isLast: boolean }): Buffer {
  const own = isLong ? frames.at(-1) : undefined;
  const bytes = frames.reduce((sum, frame) => sum + headBytes(frame.length) + (frame === own ? 0 : frame.length), 0);
  const buffer = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const [i, frame] of frames.entries()) {
    at = writeHead(buffer, at, frame.length, !(isLast && i === frames.length - 1));
    if (frame === own) break;
    buffer.set(frame, at);
    at += frame.length;
  }
  return buffer;
}

const headBytes = (size: number) => (size > 255 ? 9 : 2);

function writeHead(buffer: Buffer, at: number, size: number, more: boolean): number {
  buffer[at] = (more ? MORE : 0) | (size > 255 ? LONG : 0);
  if (size <= 255) return buffer.writeUInt8(size, at + 1);
  buffer.writeUInt32BE(Math.floor(size / 2 ** 32), at + 1);
  return buffer.writeUInt32BE(size >>> 0, at + 5);
}

/** Reads what one peer sends. */
export class ZmtpReader {
  readonly #heard: Heard;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** So many bytes must be there for the next frame. */
  #need = 0;
  #step: "greeting" | "handshake" | "traffic" = "greeting";
  #frames: Buffer[] = [];
  #messageBytes = 0;

  constructor(heard: Heard) {
    this.#heard = heard;
  }

  /** @throws ZmtpError when this is no peer to talk to */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#step !== "greeting" && this.#bytes < this.#need) return;
    const all = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    let at = 0;
    if (this.#step === "greeting") {
      assertGreeting(all);
      if (all.length < GREETING_BYTES) {
        this.#chunks = [all];
        return;
      }
      this.#step = "handshake";
      this.#heard.onGreeting();
      at = GREETING_BYTES;
    }
    for (;;) {
      this.#need = needed(all, at);
      if (all.length - at < this.#need) break;
      at = this.#frame(all, at);
    }
    this.#chunks = at < all.length ? [all.subarray(at)] : [];
    this.#bytes = all.length - at;
  }

  #frame(all: Buffer, at: number): number {
    const flags = all[at]!;
    const head = flags & LONG ? 9 : 2;
    const end = at + this.#need;
    const body = all.subarray(at + head, end);
    if (flags & COMMAND) this.#command(body);
    else if (this.#step !== "traffic") throw new ZmtpError("a message before the handshake");
    else {
      this.#frames.push(body);
      this.#messageBytes += body.length;
      if (this.#frames.length > MOST_FRAMES) throw new ZmtpError(`a message of more than ${MOST_FRAMES} frames`);
      if (this.#messageBytes > MOST_BYTES) throw new ZmtpError(`a message of more than ${MOST_BYTES} bytes`);
      if (!(flags & MORE)) {
        const frames = this.#frames;
        this.#frames = [];
        this.#messageBytes = 0;
        this.#heard.onMessage(frames);
      }
    }
    return end;
  }

  #command(body: Buffer): void {
    const end = 1 + (body[0] ?? 0);
    if (body.length < end) throw new ZmtpError("a command without its name");
    const name = body.toString("latin1", 1, end);
    const rest = body.subarray(end);
    if (this.#step === "traffic") return this.#heard.onCommand(name, rest);
    if (name !== "READY") throw new ZmtpError(`the peer says ${name} instead of READY`);
    this.#step = "traffic";
    this.#heard.onReady(properties(rest));
  }
}

/** As much of it as has come: a peer of another version waits for us after its first bytes. */
function assertGreeting(all: Buffer): void {
  const isZeroMq = all[0] === 0xff && (all.length < SIGNATURE_BYTES || all[SIGNATURE_BYTES - 1] === 0x7f);
  if (!isZeroMq) throw new ZmtpError("no greeting of ZeroMQ");
  const version = all[SIGNATURE_BYTES];
  if (version !== undefined && version < 3) throw new ZmtpError(`version ${version} of ZMTP, 3 is needed`);
  if (all.length < GREETING_BYTES) return;
  const mechanism = all.toString("latin1", SIGNATURE_BYTES + 2, SIGNATURE_BYTES + 22).replace(/\0+$/, "");
  if (mechanism !== "NULL") throw new ZmtpError(`mechanism ${mechanism}, NULL is needed`);
}

/** @returns how many bytes the frame at `at` has, its head too, or must have before that is known */
function needed(all: Buffer, at: number): number {
  const have = all.length - at;
  if (have < 2) return 2;
  const flags = all[at]!;
  if (flags > (MORE | LONG | COMMAND) || (flags & COMMAND && flags & MORE)) {
    throw new ZmtpError(`a frame with the flags ${flags}`);
  }
  if (!(flags & LONG)) return 2 + all[at + 1]!;
  if (have < 9) return 9;
  const size = Number(all.readBigUInt64BE(at + 1));
  if (size > MOST_BYTES) throw new ZmtpError(`a frame of ${size} bytes, at most ${MOST_BYTES} are taken`);
  return 9 + size;
}

function properties(body: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (let at = 0; at < body.length; ) {
    const nameEnd = at + 1 + body[at]!;
    if (nameEnd + 4 > body.length) throw new ZmtpError("a property without its value");
    const end = nameEnd + 4 + body.readUInt32BE(nameEnd);
    if (end > body.length) throw new ZmtpError("a property without its value");
    found.set(body.toString("latin1", at + 1, nameEnd).toLowerCase(), body.subarray(nameEnd + 4, end));
    at = end;
  }
  return found;
}
