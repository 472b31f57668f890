/**
 * A run's events for one page. Enter: the run's folder, what the page has, and what it asks again; leave: messages with the events that it lacks, in
 * order, as the run's process writes them. Apart from live.ts, which knows comms: nothing is kept here but a place in the file.
 */
import { statSync } from "node:fs";
import type { LiveMessage, LivePlace, RunEvent } from "@lepton/contract";
import { packSteps } from "@lepton/contract";
import { eventFile } from "./event-log.ts";
import { changed, EventReader } from "./event-reader.ts";

/** Of the file in one message: some 15,000 step events, which take half as much as columns. */
const messageBytes = 2 << 20;
/** A file that does not change is looked at ever more seldom; where the file system tells of changes, at once. */
const shortestWaitMs = 100;
const longestWaitMs = 1000;

export interface EventStream {
  /** Send again from the page's place. */
  sync(place: LivePlace): void;
  close(): void;
  /** Resolves when closed. @throws what reading the file throws */
  readonly done: Promise<void>;
}

/** @param pace  resolves when this kernel may send a message */
export function streamEvents(
  folder: string,
  first: LivePlace,
  send: (message: LiveMessage) => void,
  pace: () => Promise<void>,
): EventStream {
  const feed = new EventFeed(folder, first);
  let open = true;
  let wake: () => void = () => undefined;
  const run = async () => {
    let idle = 0;
    while (open) {
      if (feed.hasMore()) {
        await pace(); // what comes meanwhile goes with it
        const message = open ? feed.next() : undefined;
        if (message) {
          send(message);
          idle = 0;
          continue;
        }
      }
      const ms = Math.min(longestWaitMs, shortestWaitMs * ++idle);
      await Promise.race([changed(folder, ms), new Promise<void>((resolve) => (wake = resolve))]);
    }
  };
  return {
    sync(place) {
      feed.goTo(place);
      wake();
    },
    close() {
      open = false;
      wake();
    },
    done: run(),
  };
}

/** What a page lacks of a run's file, message by message. */
class EventFeed {
  readonly #folder: string;
  readonly #reader: EventReader;
  #size = -1;
  /** Of the last event that the page has or was sent. */
  #seq = 0;
  /** The page's place until it was compared with the file. */
  #unchecked: LivePlace | null = null;
  /** The page is to be told that what it has is void. */
  #reset = false;
  /** The page asked, or heard that there is more: it is to be told when it is level with the file. */
  #owesLevel = true;

  constructor(folder: string, place: LivePlace) {
    this.#folder = folder;
    this.#reader = new EventReader(folder, messageBytes);
    this.goTo(place);
  }

  goTo(place: LivePlace): void {
    const from = Number.isSafeInteger(place.from) && place.from > 0 ? place.from : 0;
    this.#reader.seek(from);
    this.#seq = from;
    this.#unchecked = from > 0 ? { from, ...(typeof place.time === "number" ? { time: place.time } : {}) } : null;
    this.#size = -1;
    this.#reset = false;
    this.#owesLevel = true;
  }

  /** Whether the file changed since all of it was read. */
  hasMore(): boolean {
    return fileSize(this.#folder) !== this.#size;
  }

  /** The next message, or undefined when the page has everything and knows it. */
  next(): LiveMessage | undefined {
    const size = fileSize(this.#folder);
    for (;;) {
      const fresh = this.#reader.read();
      if (fresh.reset) this.#voidAll();
      if (fresh.events.length === 0) {
        this.#size = size;
        // The page has more than the file: the file was cut off and has not grown back.
        if (this.#unchecked === null) return this.#level();
        this.#voidAll();
        this.#reader.seek(0);
        continue;
      }
      if (this.#differs(fresh.events)) {
        this.#voidAll();
        this.#reader.seek(0);
        continue;
      }
      const events = fresh.events.filter((event) => event.seq > this.#seq);
      if (events.length === 0) continue;
      this.#seq = events.at(-1)!.seq;
      const reset = this.#reset ? { reset: true as const } : {};
      this.#reset = false;
      this.#owesLevel = this.#reader.leftOff;
      // Nothing is behind it: the next turn is for what will be written, not for finding that out.
      if (!this.#owesLevel) this.#size = size;
      return { type: "events", events: packSteps(events), ...reset, ...(this.#owesLevel ? { more: true } : {}) };
    }
  }

  /** Nothing is new: said once to a page that waits for it. What is to be voided is so only with the first new event. */
  #level(): LiveMessage | undefined {
    if (!this.#owesLevel || this.#reset) return undefined;
    this.#owesLevel = false;
    return { type: "events", events: [] };
  }

  /** Whether the page's last event is another one in the file. */
  #differs(events: readonly RunEvent[]): boolean {
    const known = this.#unchecked;
    const same = known && events.find((event) => event.seq === known.from);
    if (!same) return false;
    this.#unchecked = null;
    return known.time !== undefined && same.time !== known.time;
  }

  #voidAll(): void {
    this.#seq = 0;
    this.#unchecked = null;
    this.#reset = true;
  }
}

function fileSize(folder: string): number {
  return statSync(eventFile(folder), { throwIfNoEntry: false })?.size ?? -1;
}
