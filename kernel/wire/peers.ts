/**
 * The two kinds of ZeroMQ socket that a kernel binds: ROUTER, which answers who asked, and XPUB, which tells all who subscribed. Enters: an address; leaves: messages of
 * peers with their identity first, and messages to them. Our own, over Node's streams: libzmq's thread between the network and ours costs two wakings of a thread for
 * each way, some 7 % of a short cell's time.
 */
import { rmSync } from "node:fs";
import net from "node:net";
import { command, encodeFrames, greeting, readyCommand, ZmtpError, ZmtpReader } from "./zmtp.ts";

/** A peer that does not read is kept so many bytes and messages; what comes then is lost to it. */
const MOST_BEHIND_BYTES = 256 * 2 ** 20;
const MOST_BEHIND = 20_000;
/** Node is given about so many bytes at once: it tells only of all of them when they have gone. */
const AT_ONCE_BYTES = 2 ** 20;
/** One that has not said who it is and is silent for so long is left, in milliseconds. */
const HANDSHAKE_MS = 30_000;
/** Of a PING's context so many bytes go back. */
const CONTEXT_BYTES = 16;
/** What was sent may take so long to leave when a socket is closed, in milliseconds. */
const LINGER_MS = 1000;

export interface Address {
  /** An address, a name of one, or `*` for all; with a path, none. */
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
}

interface Peer {
  readonly socket: net.Socket;
  identity: Buffer;
  /** Beginnings of topics it wants, as keyOf. */
  readonly topics: string[];
  /** Messages that Node was not given yet. */
  readonly waiting: Parts[];
  waitingBytes: number;
  /** Node has some that it has not sent. */
  isWriting: boolean;
  /** To be closed when all was sent. */
  isEnding: boolean;
  /** Messages are lost to it; told when it begins. */
  isDeaf: boolean;
}

/** A message as bytes. */
type Parts = readonly Uint8Array[];

/** What both kinds do. @typeParam T what is heard of a peer */
abstract class BoundSocket<T> {
  readonly #server: net.Server;
  readonly #type: string;
  readonly #connected = new Set<Peer>();
  /** Those that have said who they are. */
  protected readonly peers = new Set<Peer>();
  /** Hears why a peer was left. */
  onRefused: (reason: string) => void = () => undefined;
  /** Each socket begins elsewhere: a name of one must not be another's on the next socket. */
  #lastIdentity = Math.floor(Math.random() * 2 ** 32);

  protected constructor(type: string) {
    this.#type = type;
    this.#server = net.createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  /** @throws when the address is taken */
  async bind({ host: name, port, path }: Address): Promise<this> {
    const host = name === "*" ? "0.0.0.0" : await numberOf(name);
    if (path !== undefined) rmSync(path, { force: true }); // left by a kernel that was killed
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      const listening = () => {
        this.#server.off("error", reject);
        this.#server.on("error", (error) => this.onRefused(error.message));
        resolve();
      };
      if (path !== undefined) this.#server.listen(path, listening);
      else this.#server.listen({ port, host }, listening);
    });
    return this;
  }

  #accept(socket: net.Socket): void {
    const identity = Buffer.alloc(5);
    this.#lastIdentity = (this.#lastIdentity + 1) >>> 0;
    identity.writeUInt32BE(this.#lastIdentity, 1);
    const state = { isWriting: false, isEnding: false, isDeaf: false };
    const peer: Peer = { socket, identity, topics: [], waiting: [], waitingBytes: 0, ...state };
    this.#connected.add(peer);
    socket.setTimeout(HANDSHAKE_MS, () => socket.destroy());
    const reader = new ZmtpReader({
      onGreeting: () => void socket.write(readyCommand(this.#type)),
      onReady: (properties) => {
        socket.setTimeout(0);
        const own = properties.get("identity");
        if (own?.length) peer.identity = Buffer.from(own);
        this.peers.add(peer);
        this.joined(peer);
      },
      onMessage: (frames) => this.heard(peer, frames),
      onCommand: (name, body) => {
        // Of a PING two bytes are a time; a context follows, which goes back.
        if (name === "PING") this.write(peer, [command("PONG", body.subarray(2, 2 + CONTEXT_BYTES))]);
        else this.commanded(peer, name, body);
      },
    });
    socket.on("data", (chunk) => {
      try {
        reader.push(chunk);
      } catch (error) {
        this.onRefused(error instanceof ZmtpError ? error.message : String(error));
        socket.destroy();
      }
    });
    socket.on("error", () => undefined); // it closes after it
    socket.on("close", () => {
      this.#connected.delete(peer);
      this.peers.delete(peer);
      this.left(peer);
    });
    socket.write(greeting);
  }

  /** What comes before somebody listens is kept. */
  readonly #early: T[] = [];
  #hear = (one: T): void => void this.#early.push(one);

  /** @param hear also what came already */
  listen(hear: (one: T) => void): void {
    this.#hear = hear;
    for (const one of this.#early.splice(0)) hear(one);
  }

  protected tell(one: T): void {
    this.#hear(one);
  }

  protected abstract heard(peer: Peer, frames: Buffer[]): void;
  protected joined(_peer: Peer): void {}
  protected left(_peer: Peer): void {}
  protected commanded(_peer: Peer, _name: string, _body: Buffer): void {}

  /** What is written in one turn, until no promise of it is left to settle, goes in one packet: for each its reader is woken. */
  protected write(peer: Peer, message: Parts): void {
    if (peer.waiting.length >= MOST_BEHIND || peer.waitingBytes > MOST_BEHIND_BYTES) {
      if (!peer.isDeaf) this.onRefused(`a client reads too slowly: messages to it are lost (${this.#type})`);
      peer.isDeaf = true;
      return;
    }
    if (peer.waiting.length === 0) queueMicrotask(() => process.nextTick(flush, peer));
    peer.waiting.push(message);
    peer.waitingBytes += sizeOf(message);
  }

  /** What was written in this turn goes now. */
  flush(): void {
    for (const peer of this.peers) flush(peer);
  }

  /** Resolves when all was sent, or after LINGER_MS. */
  async close(): Promise<void> {
    this.#server.close();
    await Promise.all([...this.#connected].map(ended));
  }
}

/** A name as libzmq takes it: what Jupyter's clients connect to has four numbers where it can. */
async function numberOf(host: string | undefined): Promise<string | undefined> {
  if (host === undefined || net.isIP(host) !== 0) return host;
  const { lookup } = await import("node:dns/promises"); // most kernels never need it
  return lookup(host, { family: 4 }).then(
    ({ address }) => address,
    () => host, // it may have other numbers; else `listen` says what is wrong
  );
}

const sizeOf = (message: Parts) => message.reduce((sum, part) => sum + part.length, 0);

function flush(peer: Peer): void {
  const { socket, waiting } = peer;
  if (waiting.length === 0 || peer.isWriting || !socket.writable) return;
  let bytes = 0;
  let count = 0;
  for (; count < waiting.length && bytes < AT_ONCE_BYTES; count++) bytes += sizeOf(waiting[count]!);
  const parts = waiting.splice(0, count).flat();
  peer.waitingBytes -= bytes;
  peer.isWriting = true;
  socket.cork();
  for (const [i, part] of parts.entries()) socket.write(part, i === parts.length - 1 ? () => gone(peer) : undefined);
  socket.uncork();
}

function gone(peer: Peer): void {
  peer.isWriting = false;
  if (peer.waiting.length > 0) return flush(peer);
  peer.isDeaf = false;
  if (peer.isEnding) peer.socket.end();
}

/** Both sides have ended it: one that is closed while its peer still sends would lose what is on its way to the peer. */
function ended(peer: Peer): Promise<void> {
  const { socket } = peer;
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
    peer.isEnding = true;
    flush(peer);
    if (!peer.isWriting) socket.end();
  });
}

/** Answers who asked. Heard of it: messages, the sender's identity first. */
export class RouterSocket extends BoundSocket<Buffer[]> {
  readonly #byIdentity = new Map<string, Peer>();

  constructor() {
    super("ROUTER");
  }

  /** @param frames whom to send to, and what. @returns false when that peer is not there */
  send(frames: readonly Uint8Array[]): boolean {
    const peer = this.#byIdentity.get(keyOf(frames[0]!));
    if (!peer) return false;
    this.write(peer, encodeFrames(frames.slice(1)));
    return true;
  }

  protected override heard(peer: Peer, frames: Buffer[]): void {
    this.#byIdentity.set(keyOf(peer.identity), peer);
    this.tell([peer.identity, ...frames]);
  }

  /** Of two under one name the one that spoke last is answered, or else that came last: a client comes again after its network failed, and Jupyter's may be made twice. */
  protected override joined(peer: Peer): void {
    this.#byIdentity.set(keyOf(peer.identity), peer);
  }

  protected override left(peer: Peer): void {
    const key = keyOf(peer.identity);
    if (this.#byIdentity.get(key) !== peer) return;
    const other = [...this.peers].find(({ identity }) => identity.equals(peer.identity));
    if (other) this.#byIdentity.set(key, other);
    else this.#byIdentity.delete(key);
  }
}

function keyOf(identity: Uint8Array): string {
  return Buffer.from(identity.buffer, identity.byteOffset, identity.length).toString("latin1");
}

/** Tells all who subscribed. Heard of it: the topic of each subscription. */
export class PublisherSocket extends BoundSocket<Buffer> {
  constructor() {
    super("XPUB");
  }

  /** @param frames the topic, and what is told */
  send(frames: readonly Uint8Array[]): void {
    if (this.peers.size === 0) return;
    const topic = keyOf(frames[0]!);
    const parts = encodeFrames(frames);
    for (const peer of this.peers) {
      if (peer.topics.some((one) => topic.startsWith(one))) this.write(peer, parts);
    }
  }

  /** ZMTP 3.0 has it as a message: 1 or 0, and the topic. */
  protected override heard(peer: Peer, [frame]: Buffer[]): void {
    if (frame?.[0] === 1) this.#subscribe(peer, frame.subarray(1));
    if (frame?.[0] === 0) cancel(peer, frame.subarray(1));
  }

  protected override commanded(peer: Peer, name: string, body: Buffer): void {
    if (name === "SUBSCRIBE") this.#subscribe(peer, body);
    if (name === "CANCEL") cancel(peer, body);
  }

  #subscribe(peer: Peer, topic: Buffer): void {
    peer.topics.push(keyOf(topic));
    this.tell(topic);
  }
}

function cancel(peer: Peer, topic: Buffer): void {
  const at = peer.topics.indexOf(keyOf(topic));
  if (at >= 0) peer.topics.splice(at, 1);
}
