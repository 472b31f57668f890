/**
 * One awaited queue for all sockets: zeromq.js refuses a send while another waits, and messages that are not awaited are lost.
 * Enters: messages in order; leaves: frames on sockets in that order. Neighbouring pieces of one stream become one message.
 */
import { encodeMessage, type Frame, type Message, type Signer } from "./frames.ts";

export interface Sendable {
  send(frames: Frame[]): Promise<void>;
}

interface Entry {
  readonly socket: Sendable;
  readonly message: Message;
  /** Text gathered so far, for stream messages. */
  text: string[] | undefined;
  length: number;
}

/** Pieces of a stream are joined up to this many UTF-16 units. */
const JOIN_LIMIT = 1 << 20;
/**
 * A stream's first piece waits so long for more, in milliseconds: two prints are one message, and one output in a saved notebook. This thread has time to wait
 * where the one that printed may be in a loop by now.
 */
const GATHER_MS = 4;

export class SendQueue {
  readonly #signer: Signer;
  readonly #entries: Entry[] = [];
  readonly #onError: (error: unknown) => void;
  #draining: Promise<void> | undefined;
  #hurry: (() => void) | undefined;

  constructor(signer: Signer, onError: (error: unknown) => void) {
    this.#signer = signer;
    this.#onError = onError;
  }

  push(socket: Sendable, message: Message): void {
    const text = message.header.msg_type === "stream" ? String(message.content.text) : undefined;
    if (text !== undefined && this.#join(socket, message, text)) return;
    this.#entries.push({ socket, message, text: text === undefined ? undefined : [text], length: text?.length ?? 0 });
    this.#draining ??= this.#drain(text !== undefined);
    if (text === undefined) this.#hurry?.();
  }

  /** Resolves when nothing waits to be handed to ZeroMQ. */
  async empty(): Promise<void> {
    while (this.#draining) await this.#draining;
  }

  #join(socket: Sendable, message: Message, text: string): boolean {
    const last = this.#entries.at(-1);
    if (!last?.text || last.socket !== socket || last.length + text.length > JOIN_LIMIT) return false;
    const same =
      last.message.content.name === message.content.name && last.message.parent.msg_id === message.parent.msg_id;
    if (!same) return false;
    last.text.push(text);
    last.length += text.length;
    return true;
  }

  /** @param isStream  true: what follows closely is joined to it, until something else is to be sent. Else at once: `busy` is on its way while the cell is compiled */
  async #drain(isStream: boolean): Promise<void> {
    if (isStream) await this.#gather();
    for (let entry = this.#entries.shift(); entry; entry = this.#entries.shift()) await this.#send(entry);
    this.#draining = undefined;
  }

  #gather(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#hurry?.(), GATHER_MS);
      this.#hurry = () => {
        clearTimeout(timer);
        this.#hurry = undefined;
        resolve();
      };
    });
  }

  async #send({ socket, message, text }: Entry): Promise<void> {
    const joined = text ? { ...message, content: { ...message.content, text: text.join("") } } : message;
    try {
      await socket.send(encodeMessage(joined, this.#signer));
    } catch (error) {
      this.#onError(error);
    }
  }
}
