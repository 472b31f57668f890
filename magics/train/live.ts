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
  type LivePlace,
  type LiveRequest,
  type NotebookHost,
} from "@lepton/contract";
import type { LeptonFolder } from "../folder.ts";
import type { Plugins } from "../plugins.ts";
import { streamEvents } from "./live-events.ts";
import { readNotes } from "./notes.ts";
import { answerPage } from "./page-requests.ts";

/** From one message of a kernel to the next: 20 a second, with room for a timer that comes early. */
const periodMs = 51;
/** Cells get this much of it, however long a message takes to make. */
const shortestPauseMs = 25;
/** Messages whose making is looked back on. */
const lookBack = 10;

const served = new WeakSet<NotebookHost>();

/** Answer every page that wants to follow a run of this folder. Calling it again for the same kernel does nothing. */
export function serveLiveRuns(host: NotebookHost, place: LeptonFolder, plugins: Plugins): void {
  if (served.has(host)) return;
  served.add(host);
  const pace = createPace();
  const pages = new Set<Page>();
  host.onComm(LIVE_TARGET, (comm, data) => {
    const { run, ...first } = data as LiveOpen;
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
    follow(comm, folder, first, pace, answered)
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
  const took: number[] = [];
  const pause = async () => {
    const began = performance.now();
    await new Promise((resolve) => setImmediate(resolve)); // what waited for this turn is made and sent by then
    took.push(performance.now() - began);
    if (took.length > lookBack) took.shift();
    // The next turn begins early by what its message will take at least: messages are a period apart, their news is not older than it must be.
    await new Promise((resolve) => setTimeout(resolve, Math.max(shortestPauseMs, periodMs - Math.min(...took))));
  };
  return () => {
    const turn = last;
    last = turn.then(pause);
    return turn;
  };
}

async function follow(
  comm: Comm,
  folder: string,
  first: LivePlace,
  pace: () => Promise<void>,
  answer: (request: Exclude<LiveRequest, { type: "sync" }>) => Promise<void>,
): Promise<void> {
  const notes = pace().then(() => comm.send({ type: "notes", notes: readNotes(folder) } satisfies LiveMessage));
  const stream = streamEvents(folder, first, (message) => comm.send(message), pace);
  comm.onClose(() => stream.close());
  comm.onMessage((data) => {
    const request = data as LiveRequest;
    if (request.type === "sync") stream.sync(request);
    else answer(request).catch((error: Error) => refuse(comm, request, error));
  });
  await Promise.all([notes, stream.done]);
}

/** A fault of ours is told too: the page must not wait for ever. */
function refuse(comm: Comm, request: LiveRequest, error: Error): void {
  comm.send({ type: "refused", request: request.type, reason: error.message } satisfies LiveMessage);
}
