/**
 * Neighbouring pieces of one stream become one message. Enters: messages in order; leaves: messages in that order, fewer.
 */
import type { Message } from "./frames.ts";

/** Pieces of a stream are joined up to this many UTF-16 units. */
const JOIN_LIMIT = 1 << 20;
/**
 * A stream's first piece waits so long for more, in milliseconds: two prints are one message, and one output in a saved notebook. This thread has time to wait
 * where the one that printed may be in a loop by now.
 */
const GATHER_MS = 4;

interface Gathered {
  readonly message: Message;
  readonly text: string[];
  length: number;
}

export class Gathering {
  readonly #send: (message: Message) => void;
  #gathered: Gathered | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (message: Message) => void) {
    this.#send = send;
  }

  push(message: Message): void {
    const text = message.header.msg_type === "stream" ? String(message.content.text) : undefined;
    if (text !== undefined && this.#join(message, text)) return;
    this.flush();
    if (text === undefined) return this.#send(message);
    this.#gathered = { message, text: [text], length: text.length };
    this.#timer = setTimeout(() => this.flush(), GATHER_MS);
  }

  /** Send what waits. */
  flush(): void {
    const gathered = this.#gathered;
    if (!gathered) return;
    this.#gathered = undefined;
    clearTimeout(this.#timer);
    const { message, text } = gathered;
    this.#send({ ...message, content: { ...message.content, text: text.join("") } });
  }

  #join({ content, parent }: Message, text: string): boolean {
    const last = this.#gathered;
    if (!last || last.length + text.length > JOIN_LIMIT) return false;
    if (last.message.content.name !== content.name || last.message.parent.msg_id !== parent.msg_id) return false;
    last.text.push(text);
    last.length += text.length;
    return true;
  }
}
