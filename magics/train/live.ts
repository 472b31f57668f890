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
import { askRun, isRunning } from "./control.ts";
import { changed, EventReader } from "./event-reader.ts";

/** Events of a message, and milliseconds between two messages of one kernel. */
const largestBatch = 1000;
const pauseMs = 50;

const served = new WeakSet<NotebookHost>();

/** Answer every page that wants to follow a run of this folder. Calling it again for the same kernel does nothing. */
export function serveLiveRuns(host: NotebookHost, place: LeptonFolder): void {
  if (served.has(host)) return;
  served.add(host);
  const pace = createPace();
  host.onComm(LIVE_TARGET, (comm, data) => {
    const { run, from } = data as LiveOpen;
    const folder = typeof run === "string" && /^[\w-]+$/.test(run) ? place.runs(run) : undefined;
    if (!folder || !existsSync(folder)) {
      const message: LiveMessage = { type: "gone", reason: `there is no run ${String(run)} in ${place.root}` };
      comm.send(message);
      comm.close();
      return;
    }
    follow(comm, folder, Number.isSafeInteger(from) ? from : 0, pace).catch((error: Error) => {
      comm.send({ type: "gone", reason: error.message } satisfies LiveMessage);
      comm.close();
    });
  });
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

async function follow(comm: Comm, folder: string, first: number, pace: () => Promise<void>): Promise<void> {
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
    wake();
    if (request.type === "stop") void askRun(folder, { do: "stop", reason: "stopped from the page" });
  });
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
