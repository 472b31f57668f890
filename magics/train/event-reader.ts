/**
 * Following events.jsonl while another process writes it. Enter: calls of `read`; leave: the events that are new, or word that the past was
 * rewritten (a resumed run cuts off what came after its checkpoint). Apart because it is all the kernel knows of a run that goes.
 */
import { closeSync, fstatSync, openSync, readSync, watch } from "node:fs";
import type { RunEvent } from "@lepton/contract";
import { eventFile, parseEvent } from "./event-log.ts";

export interface NewEvents {
  /** True when these are all events from the first on, and earlier ones are void. */
  readonly reset: boolean;
  readonly events: readonly RunEvent[];
}

const none: NewEvents = { reset: false, events: [] };

export class EventReader {
  readonly #file: string;
  readonly #mostBytes: number;
  #offset = 0;
  #seq = 0;
  #leftOff = false;
  /** Where reads ended, in order: what `seek` can go back to. */
  #marks: { readonly seq: number; readonly offset: number }[] = [];

  /** @param mostBytes  of the file in one read, as far as a line is no longer; the rest is for the next read */
  constructor(folder: string, mostBytes = Number.POSITIVE_INFINITY) {
    this.#file = eventFile(folder);
    this.#mostBytes = mostBytes;
  }

  /** seq of the last event read. */
  get seq(): number {
    return this.#seq;
  }

  /** Whether the last read ended before the file did. */
  get leftOff(): boolean {
    return this.#leftOff;
  }

  /** Go back (or on) to a place from where the next reads give the event `seq` and what follows it; earlier ones may come too. */
  seek(seq: number): void {
    const mark = this.#marks.findLast((one) => one.seq < seq);
    this.#marks = mark ? this.#marks.slice(0, this.#marks.indexOf(mark) + 1) : [];
    this.#offset = mark?.offset ?? 0;
    this.#seq = mark?.seq ?? 0;
  }

  /** Whole lines written since the last call. */
  read(): NewEvents {
    const descriptor = openIfThere(this.#file);
    if (descriptor === undefined) return none;
    try {
      const size = fstatSync(descriptor).size;
      this.#leftOff = false;
      if (size === this.#offset) return none;
      const more = size > this.#offset ? this.#take(descriptor, size) : undefined;
      if (more) return { reset: false, events: more };
      this.seek(0);
      return { reset: true, events: this.#take(descriptor, size) ?? [] };
    } finally {
      closeSync(descriptor);
    }
  }

  /** Events from the offset on; undefined when they do not follow the ones before. */
  #take(descriptor: number, size: number): RunEvent[] | undefined {
    const bytes = this.#bytes(descriptor, size);
    const end = bytes.lastIndexOf(10) + 1; // a line without its end is still being written
    const events: RunEvent[] = [];
    for (const line of bytes.toString("utf8", 0, end).split("\n")) {
      if (line === "") continue;
      const event = parseEvent(line);
      if (event?.seq !== this.#seq + events.length + 1) return undefined;
      events.push(event);
    }
    this.#offset += end;
    this.#seq += events.length;
    if (events.length > 0) this.#marks.push({ seq: this.#seq, offset: this.#offset });
    return events;
  }

  /** The next part of the file, with at least one line's end in it where the file has one. */
  #bytes(descriptor: number, size: number): Buffer {
    for (let most = this.#mostBytes; ; most *= 4) {
      const bytes = Buffer.alloc(Math.min(size - this.#offset, most));
      const part = bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, this.#offset));
      this.#leftOff = most < size - this.#offset;
      if (!this.#leftOff || part.includes(10)) return part;
    }
  }
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Resolves when something in the folder changed, at the latest after `ms` (some file systems never tell). */
export function changed(folder: string, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      watcher?.close();
      resolve();
    };
    const timer = setTimeout(done, ms);
    const watcher = watchOrPoll(folder, done);
  });
}

function watchOrPoll(folder: string, listener: () => void) {
  try {
    return watch(folder, listener).on("error", listener);
  } catch (error) {
    // No watches left (inotify's limit) or a file system without them: the timer alone polls.
    if (["ENOSPC", "EMFILE", "ENOSYS"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
