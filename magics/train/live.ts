/**
 * Live deltas for pages. Enter: comms that a page opens on LIVE_TARGET for a run; leave: that run's events in batches, read from its own file, at most
 * 20 messages a second for a kernel. Apart because nothing of it is kept: a page that missed something asks again (contract/live.ts).
 */
import { existsSync } from "node:fs";
import {
  type Comm,
  LIVE_TARGET,
  type LiveMessage,
  type LiveOpen,
  type LiveRequest,
  type NotebookHost,
  type RunEvent,
} from "@lepton/contract";
import type { LeptonFolder } from "../folder.ts";
import type { Plugins } from "../plugins.ts";
import { isRunning } from "./control.ts";
import { changed, EventReader } from "./event-reader.ts";
import { readNotes } from "./notes.ts";
import { answerPage } from "./page-requests.ts";

/** Events of a message, and milliseconds between two messages of one kernel. */
const largestBatch = 1000;
const pauseMs = 50;

const served = new WeakSet<NotebookHost>();

/** Answer every page that wants to follow a run of this folder. Calling it again for the same kernel does nothing. */
export function serveLiveRuns(host: NotebookHost, place: LeptonFolder, plugins: Plugins): void {
  if (served.has(host)) return;
  served.add(host);
  const pace = createPace();
  const pages = new Set<Page>();
  host.onComm(LIVE_TARGET, (comm, data) => {
    const { run, from } = data as LiveOpen;
    const folder = typeof run === "string" && /^[\w-]+$/.test(run) ? place.runs(run) : undefined;
    if (!folder || !existsSync(folder)) {
      const message: LiveMessage = { type: "gone", reason: `there is no run ${String(run)} in ${place.root}` };
      comm.send(message);
      comm.close();
      return;
    }
    const page: Page = { run, send: (message) => comm.send(message) };
    pages.add(page);
    const answered = async (request: Exclude<LiveRequest, { type: "sync" }>) => {
      const message = await answerPage(run, request, { host, place, plugins });
      if (!message) return;
      await pace();
      // Notes are everybody's: whoever looks at the run sees them change.
      for (const one of pages) if (one === page || (message.type === "notes" && one.run === run)) one.send(message);
    };
    follow(comm, folder, Number.isSafeInteger(from) ? from : 0, pace, answered)
      .catch((error: Error) => {
        comm.send({ type: "gone", reason: error.message } satisfies LiveMessage);
        comm.close();
      })
      .finally(() => pages.delete(page));
  });
}

/** A comm that is open, for what all pages of a run are told. */
interface Page {
  readonly run: string;
  send(message: LiveMessage): void;
}

/** One queue for all comms of a kernel: a message, then a pause. */
function createPace(): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    const turn = last;
    last = turn.then(() => new Promise((resolve) => setTimeout(resolve, pauseMs)));
    return turn;
  };
}

async function follow(
  comm: Comm,
  folder: string,
  first: number,
  pace: () => Promise<void>,
  answer: (request: Exclude<LiveRequest, { type: "sync" }>) => Promise<void>,
): Promise<void> {
  let open = true;
  let from = first;
  const reader = new EventReader(folder);
  let events: RunEvent[] = [];
  let wake: () => void = () => undefined;
  comm.onClose(() => {
    open = false;
    wake();
  });
  comm.onMessage((data) => {
    const request = data as LiveRequest;
    if (request.type === "sync" && Number.isSafeInteger(request.from)) from = request.from;
    else if (request.type !== "sync") answer(request).then(wake, (error: Error) => refuse(comm, request, error));
    wake();
  });
  await pace();
  comm.send({ type: "notes", notes: readNotes(folder) } satisfies LiveMessage);
  while (open) {
    const fresh = reader.read();
    events = fresh.reset ? [...fresh.events] : events.concat(fresh.events);
    if (fresh.reset) from = 0;
    // seq counts from 1 without a gap, so events[from] is the one after `from`.
    const batch = events.slice(from, from + largestBatch);
    if (batch.length > 0) {
      await pace();
      if (!open) return;
      comm.send({ type: "events", events: batch } satisfies LiveMessage);
      from += batch.length;
      continue;
    }
    const waiting = (await isRunning(folder)) ? 100 : 1000;
    await Promise.race([changed(folder, waiting), new Promise<void>((resolve) => (wake = resolve))]);
    await new Promise((resolve) => setTimeout(resolve, 2 * pauseMs)); // let a batch gather
  }
}

/** A fault of ours is told too: the page must not wait for ever. */
function refuse(comm: Comm, request: LiveRequest, error: Error): void {
  comm.send({ type: "refused", request: request.type, reason: error.message } satisfies LiveMessage);
}
