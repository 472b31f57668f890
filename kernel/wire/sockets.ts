/**
 * The five sockets of a kernel, read and written. Enters: bound sockets; leaves: messages to `onMessage`, and a `send` for each socket. Runs in
 * the wire worker, so that the heartbeat answers whatever user code does.
 */
import { setTimeout } from "node:timers/promises";
import type { BoundSockets } from "./bind.ts";
import { decodeMessage, encodeMessage, FrameError, type Message } from "./frames.ts";
import { Gathering } from "./gathering.ts";
import type { RouterSocket } from "./peers.ts";
import type { Signer } from "./signing.ts";

export type Channel = "shell" | "control" | "stdin";

export interface SocketEvents {
  onMessage(channel: Channel, message: Message): void;
  /** A client subscribed to iopub; `topic` is what it asked for. */
  onSubscription(topic: Uint8Array): void;
  onRefused(reason: string): void;
}

export interface Sockets {
  /** When a message, a heartbeat too, last came; by performance.now(). */
  readonly lastMove: number;
  /** Hear what comes from now on, and what came before. */
  listen(): void;
  send(channel: Channel | "iopub", message: Message): void;
  /** What was sent goes now, not at the end of the turn. */
  flush(): void;
  /** Resolves when all that was sent has gone, or its clients do not read. */
  close(): Promise<void>;
}

/** Nothing is heard before `listen`: what hears may need to answer. */
export function serveSockets(bound: BoundSockets, signer: Signer, events: SocketEvents): Sockets {
  const { shell, control, stdin, hb, iopub } = bound;
  const all = [shell, control, stdin, hb, iopub];
  /** What cannot be sent is told; what comes after it is sent. */
  const encoded = (send: (frames: Uint8Array[]) => void) => (message: Message) => {
    try {
      send(encodeMessage(message, signer));
    } catch (error) {
      events.onRefused(`send: ${String(error)}`);
    }
  };
  const published = new Gathering(encoded((frames) => iopub.send(frames)));
  const answering: Readonly<Record<Channel, (message: Message) => void>> = {
    shell: encoded((frames) => void shell.send(frames)),
    control: encoded((frames) => void control.send(frames)),
    stdin: encoded((frames) => void ask(stdin, frames, events)),
  };
  let lastMove = performance.now();
  const hear = (channel: Channel) => (frames: Buffer[]) => {
    lastMove = performance.now();
    try {
      events.onMessage(channel, decodeMessage(frames, signer));
    } catch (error) {
      events.onRefused(`${channel}: ${error instanceof FrameError ? error.message : String(error)}`);
    }
  };
  for (const socket of all) socket.onRefused = events.onRefused;
  return {
    get lastMove() {
      return lastMove;
    },
    listen() {
      iopub.listen((topic) => events.onSubscription(topic));
      shell.listen(hear("shell"));
      control.listen(hear("control"));
      stdin.listen(hear("stdin"));
      hb.listen((frames) => {
        hb.send(frames);
        lastMove = performance.now();
      });
    },
    send(channel, message) {
      if (channel === "iopub") return published.push(message);
      published.flush(); // what was printed before a question is there before it
      answering[channel](message);
    },
    flush() {
      published.flush();
      for (const socket of all) socket.flush();
    },
    async close() {
      published.flush();
      await Promise.all(all.map((socket) => socket.close()));
    },
  };
}

/** A client's stdin may connect later than its shell: its first cell may ask before. The thread that asked sleeps meanwhile. */
const ASK_MS = 10_000;
const ASK_AGAIN_MS = 20;

async function ask(socket: RouterSocket, frames: readonly Uint8Array[], events: SocketEvents): Promise<void> {
  for (const until = performance.now() + ASK_MS; performance.now() < until; await setTimeout(ASK_AGAIN_MS)) {
    if (socket.send(frames)) return;
  }
  events.onRefused("stdin: nobody is there to answer");
}
