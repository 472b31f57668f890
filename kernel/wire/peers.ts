/**
 * The two kinds of ZeroMQ socket that a kernel binds: ROUTER, which answers who asked, and XPUB, which tells all who subscribed. Enters: an address; leaves: messages of
 * peers with their identity first, and messages to them. Our own, over Node's streams: libzmq's thread between the network and ours costs two wakings of a thread for
 * each way, a tenth of a short cell's time.
 */
import { rmSync } from "node:fs";
import net from "node:net";
import { command, encodeFrames, greeting, readyCommand, ZmtpError, ZmtpReader } from "./zmtp.ts";

/** A peer that does not read is kept so many bytes and messages; what comes then is lost to it. */
const MOST_BYTES = 256 * 2 ** 20;
const MOST_MESSAGES = 20_000;
/** What was sent may take so long to leave when a socket is closed, in milliseconds. */
const LINGER_MS = 1000;

export interface Address {
  /** A name or number of a network interface, or `*` for all; with a path, none. */
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
}

interface Peer {
  readonly socket: net.Socket;
  identity: Buffer;
  /** Beginnings of topics it wants, as keyOf. */
  readonly topics: string[];
  /** Messages of this turn. */
  waiting: Parts[];
  /** Messages that the network has not taken yet. */
  behind: number;
  /** Whether messages are lost to it; told once. */
  isDeaf: boolean;
}

/** A message as bytes. */
type Parts = readonly Uint8Array[];

/** What both kinds do. */
abstract class BoundSocket {
  readonly #server: net.Server;
  readonly #type: string;
  readonly #sockets = new Set<net.Socket>();
  /** Those that have said who they are. */
  protected readonly peers = new Set<Peer>();
  /** Hears why a peer was left. */
  onRefused: (reason: string) => void = () => undefined;
  #lastIdentity = 0;

  protected constructor(type: string) {
    this.#type = type;
    this.#server = net.createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  /** @throws when the address is taken */
  async bind({ host, port, path }: Address): Promise<this> {
    if (path !== undefined) rmSync(path, { force: true }); // left by a kernel that was killed
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      const listening = () => {
        this.#server.off("error", reject);
        resolve();
      };
      if (path !== undefined) this.#server.listen(path, listening);
      else this.#server.listen({ port, host: host === "*" ? "0.0.0.0" : host }, listening);
    });
    return this;
  }

  #accept(socket: net.Socket): void {
    const identity = Buffer.alloc(5);
    identity.writeUInt32BE(++this.#lastIdentity, 1);
    const peer: Peer = { socket, identity, topics: [], waiting: [], behind: 0, isDeaf: false };
    this.#sockets.add(socket);
    const reader = new ZmtpReader({
      onGreeting: () => void socket.write(readyCommand(this.#type)),
      onReady: (properties) => {
        const own = properties.get("identity");
        if (own?.length) peer.identity = Buffer.from(own);
        this.peers.add(peer);
        this.joined(peer);
      },
      onMessage: (frames) => this.heard(peer, frames),
      onCommand: (name, body) => {
        // Of a PING two bytes are a time; a context follows, which goes back.
        if (name === "PING") this.write(peer, [command("PONG", body.subarray(2))]);
        else this.commanded(peer, name, body);
      },
    });
    socket.on("data", (chunk) => {
      try {
        reader.push(chunk);
      } catch (error) {
        if (!(error instanceof ZmtpError)) throw error;
        this.onRefused(error.message);
        socket.destroy();
      }
    });
    socket.on("error", () => undefined); // it closes after it
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.peers.delete(peer);
      this.left(peer);
    });
    socket.write(greeting);
  }

  protected abstract heard(peer: Peer, frames: Buffer[]): void;
  protected joined(_peer: Peer): void {}
  protected left(_peer: Peer): void {}
  protected commanded(_peer: Peer, _name: string, _body: Buffer): void {}

  /** What is written in one turn goes in one packet. */
  protected write(peer: Peer, message: Parts): void {
    if (peer.behind >= MOST_MESSAGES || peer.socket.writableLength > MOST_BYTES) {
      if (!peer.isDeaf) this.onRefused(`a client reads too slowly: messages to it are lost (${this.#type})`);
      peer.isDeaf = true;
      return;
    }
    if (peer.waiting.length === 0) queueMicrotask(() => flush(peer));
    peer.behind++;
    peer.waiting.push(message);
  }

  /** What was written in this turn goes now. */
  flush(): void {
    for (const peer of this.peers) flush(peer);
  }

  /** Resolves when all was sent, or after LINGER_MS. */
  async close(): Promise<void> {
    this.flush();
    this.#server.close();
    await Promise.all([...this.#sockets].map(ended));
  }
}

function flush(peer: Peer): void {
  const { socket, waiting } = peer;
  if (waiting.length === 0) return;
  peer.waiting = [];
  if (socket.destroyed) return;
  const taken = () => {
    peer.behind -= waiting.length;
  };
  socket.cork();
  const parts = waiting.flat();
  for (const [i, part] of parts.entries()) socket.write(part, i === parts.length - 1 ? taken : undefined);
  socket.uncork();
}

/** Both sides have ended it: one that is closed while its peer still sends would lose what is on its way to the peer. */
function ended(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
    socket.end();
  });
}

/** Answers who asked. */
export class RouterSocket extends BoundSocket {
  readonly #byIdentity = new Map<string, Peer>();
  /** What comes before somebody listens is kept. */
  #early: Buffer[][] = [];
  #onMessage: ((frames: Buffer[]) => void) | undefined;

  constructor() {
    super("ROUTER");
  }

  /** @param hear messages, the sender's identity first */
  listen(hear: (frames: Buffer[]) => void): void {
    this.#onMessage = hear;
    const early = this.#early;
    this.#early = [];
    for (const frames of early) hear(frames);
  }

  /** @param frames whom to send to, and what. @returns false when that peer is not there */
  send(frames: readonly Uint8Array[]): boolean {
    const peer = this.#byIdentity.get(keyOf(frames[0]!));
    if (!peer) return false;
    this.write(peer, encodeFrames(frames.slice(1)));
    return true;
  }

  protected override heard(peer: Peer, frames: Buffer[]): void {
    frames.unshift(peer.identity);
    if (this.#onMessage) this.#onMessage(frames);
    else this.#early.push(frames);
  }

  /** A client that comes again under its name, after its network failed, takes its place. */
  protected override joined(peer: Peer): void {
    const key = keyOf(peer.identity);
    const before = this.#byIdentity.get(key);
    this.#byIdentity.set(key, peer);
    before?.socket.destroy();
  }

  protected override left(peer: Peer): void {
    const key = keyOf(peer.identity);
    if (this.#byIdentity.get(key) === peer) this.#byIdentity.delete(key);
  }
}

function keyOf(identity: Uint8Array): string {
  return Buffer.from(identity.buffer, identity.byteOffset, identity.length).toString("latin1");
}

/** Tells all who subscribed. */
export class PublisherSocket extends BoundSocket {
  #early: Buffer[] = [];
  #onSubscription: ((topic: Buffer) => void) | undefined;

  constructor() {
    super("XPUB");
  }

  /** @param hear the topic of each subscription, also of one that is there already */
  listen(hear: (topic: Buffer) => void): void {
    this.#onSubscription = hear;
    const early = this.#early;
    this.#early = [];
    for (const topic of early) hear(topic);
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
    if (this.#onSubscription) this.#onSubscription(topic);
    else this.#early.push(topic);
  }
}

function cancel(peer: Peer, topic: Buffer): void {
  const at = peer.topics.indexOf(keyOf(topic));
  if (at >= 0) peer.topics.splice(at, 1);
}
