/**
 * The five ZeroMQ sockets of a kernel, read and written. Enters: bound sockets; leaves: messages to `onMessage`, and a `send` for each socket. Runs in
 * the wire worker, so that the heartbeat answers whatever user code does.
 */
import { setTimeout } from "node:timers/promises";
import type * as Zmq from "zeromq";
import type { BoundSockets } from "./bind.ts";
import { decodeMessage, type Frame, FrameError, type Message, type Signer } from "./frames.ts";
import { type Sendable, SendQueue } from "./send-queue.ts";

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
  send(channel: Channel | "iopub", message: Message): void;
  /** Resolves when nothing waits to be handed over. */
  drained(): Promise<void>;
  close(): Promise<void>;
}

/** Read every socket and send in order. */
export function serveSockets(bound: BoundSockets, signer: Signer, events: SocketEvents): Sockets {
  const { shell, control, stdin, hb, iopub, backlog } = bound;
  const published: Sendable = {
    send(frames) {
      const limit = backlog.sent(frames.reduce((sum, frame) => sum + frame.length, 0));
      if (limit !== undefined) iopub.sendHighWaterMark = limit; // libzmq tells its open pipes
      return iopub.send(frames);
    },
  };
  const questions: Sendable = { send: async (frames) => void ask(stdin, frames, events) };
  const sending = { shell, control, stdin: questions, iopub: published } as Readonly<
    Record<Channel | "iopub", Sendable>
  >;
  const all = { shell, control, stdin };
  const queue = new SendQueue(signer, (error) => events.onRefused(`send: ${String(error)}`));
  const moves = { lastMove: performance.now() };
  const onMessage: SocketEvents["onMessage"] = (channel, message) => {
    moves.lastMove = performance.now();
    events.onMessage(channel, message);
  };
  const heard = { ...events, onMessage };
  for (const channel of ["shell", "control", "stdin"] as const) void receive(all[channel], channel, signer, heard);
  void echo(hb, moves);
  void subscriptions(iopub, events);
  return {
    get lastMove() {
      return moves.lastMove;
    },
    send: (channel, message) => queue.push(sending[channel], message),
    drained: () => queue.empty(),
    async close() {
      await queue.empty();
      for (const socket of [shell, control, stdin, hb, iopub]) socket.close();
    },
  };
}

/** A client's stdin may connect later than its shell: its first cell may ask before. The thread that asked sleeps meanwhile. */
const ASK_MS = 10_000;
const ASK_AGAIN_MS = 20;

/** Apart from the queue: what else is to be sent does not wait for it. */
async function ask(socket: Zmq.Router, frames: Frame[], events: SocketEvents): Promise<void> {
  for (const until = performance.now() + ASK_MS; ; await setTimeout(ASK_AGAIN_MS)) {
    try {
      return await socket.send(frames);
    } catch (error) {
      const isEarly = (error as NodeJS.ErrnoException).code === "EHOSTUNREACH" && performance.now() < until;
      if (!isEarly) return events.onRefused(`stdin: nobody is there to answer (${String(error)})`);
    }
  }
}

async function receive(socket: Zmq.Router, channel: Channel, signer: Signer, events: SocketEvents): Promise<void> {
  for await (const frames of socket) {
    try {
      events.onMessage(channel, decodeMessage(frames, signer));
    } catch (error) {
      events.onRefused(`${channel}: ${error instanceof FrameError ? error.message : String(error)}`);
    }
  }
}

async function echo(socket: Zmq.Router, moves: { lastMove: number }): Promise<void> {
  for await (const frames of socket) {
    await socket.send(frames);
    moves.lastMove = performance.now();
  }
}

async function subscriptions(socket: Zmq.XPublisher, events: SocketEvents): Promise<void> {
  for await (const [frame] of socket) {
    if (frame?.[0] === 1) events.onSubscription(frame.subarray(1));
  }
}
