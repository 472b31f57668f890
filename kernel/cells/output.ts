/**
 * Everything a cell prints or shows, in order. Enters: writes and messages; leaves: few messages to the wire. The first texts after a silence go at once, what
 * follows closely is gathered for a moment; `flush` sends it: before anything else is published, before this thread sleeps, and before the cell's reply.
 */
import type { Published, ToWire } from "../wire/link.ts";
import type { Cell } from "./cell.ts";

export type StreamName = "stdout" | "stderr";

/** A piece is sent when it is this long, in UTF-16 units. */
const PIECE = 64 * 1024;
/** Or when its first text has waited this long; a sync loop looks at the clock, other code has a timer. */
const WAIT_MS = 25;
/** At a cell's begin and after a silence of WAIT_MS so many texts are not gathered: this thread may be blocked right after them, by a long loop, and no timer would send them. */
const PROMPT_TEXTS = 32;
/** One cell's streams beyond this are cut; the end is kept. In UTF-16 units. */
const LIMIT = 16 * 1024 * 1024;
/** How much of the end is kept. */
const TAIL = 64 * 1024;

interface Cut {
  readonly name: StreamName;
  dropped: number;
  tail: string;
}

export class Output {
  readonly #post: (message: ToWire) => void;
  readonly #cuts = new Map<Cell, Cut>();
  /** Cells that ended; false once it was said that what their timers print beyond the limit is left out. */
  readonly #ended = new WeakMap<Cell, boolean>();
  // Native timers: a cell's interrupt must not clear this one.
  readonly #setTimeout = globalThis.setTimeout;
  #parts: string[] = [];
  #length = 0;
  #cell: Cell | undefined;
  #name: StreamName = "stdout";
  #since = 0;
  /** When text was last sent, and how many more go at once. */
  #sent = 0;
  #prompt = PROMPT_TEXTS;
  #timer: NodeJS.Timeout | undefined;

  constructor(post: (message: ToWire) => void) {
    this.#post = post;
  }

  write(cell: Cell | undefined, name: StreamName, text: string): void {
    if (text === "" || cell?.shown === false) return;
    const isFull = cell && (cell.written + text.length > LIMIT || this.#cuts.has(cell));
    if (isFull && this.#ended.has(cell)) return this.#leaveOut(cell, name);
    if (isFull) return this.#cut(cell, name, text);
    if (cell) cell.written += text.length;
    if (this.#cell !== cell || this.#name !== name) this.#send();
    this.#append(cell, name, text);
  }

  publish(message: Published): void {
    this.#send();
    this.#post({ kind: "publish", message });
  }

  /** Send what is gathered; for a cell that ends, its kept tail too. */
  flush(ending?: Cell): void {
    const cut = ending && this.#cuts.get(ending);
    if (cut) {
      this.#cuts.delete(ending);
      if (this.#cell !== ending || this.#name !== cut.name) this.#send();
      const said = `\n… ${cut.dropped.toLocaleString("en")} characters left out: a cell's output is kept to ${LIMIT / 1024 / 1024} million …\n`;
      this.#append(ending, cut.name, said + cut.tail);
    }
    this.#send();
    if (!ending) return;
    this.#ended.set(ending, true);
    this.#prompt = PROMPT_TEXTS; // what a cell printed in a flood does not hold back the next one's first line
  }

  /** A cell that ended has no end at which a tail could be shown. */
  #leaveOut(cell: Cell, name: StreamName): void {
    if (!this.#ended.get(cell)) return;
    this.#ended.set(cell, false);
    if (this.#cell !== cell || this.#name !== name) this.#send();
    this.#append(cell, name, `\n… more is left out: a cell's output is kept to ${LIMIT / 1024 / 1024} million …\n`);
  }

  #append(cell: Cell | undefined, name: StreamName, text: string): void {
    const now = performance.now();
    if (this.#length === 0) {
      this.#cell = cell;
      this.#name = name;
      this.#since = now;
      if (now - this.#sent > WAIT_MS) this.#prompt = PROMPT_TEXTS;
    }
    this.#parts.push(text);
    this.#length += text.length;
    if (this.#prompt > 0 || this.#length > PIECE || now - this.#since > WAIT_MS) return this.#send(now);
    if (this.#timer) return;
    this.#timer = this.#setTimeout(() => this.#tick(), WAIT_MS);
    this.#timer.unref();
  }

  #tick(): void {
    this.#timer = undefined;
    this.#send();
  }

  #send(now = performance.now()): void {
    if (this.#length === 0) return;
    this.#sent = now;
    this.#prompt--;
    const text = this.#parts.join("");
    this.#parts = [];
    this.#length = 0;
    const content = { name: this.#name, text };
    this.#post({ kind: "publish", message: { type: "stream", content, parent: this.#cell?.parent } });
    this.#cell = undefined;
  }

  #cut(cell: Cell, name: StreamName, text: string): void {
    const cut = this.#cuts.get(cell) ?? { name, dropped: 0, tail: "" };
    this.#cuts.set(cell, cut);
    const tail = cut.tail + text.slice(-TAIL);
    const over = Math.max(0, tail.length - TAIL);
    cut.dropped += over + Math.max(0, text.length - TAIL);
    cut.tail = tail.slice(over);
  }
}
