/**
 * What a page asks of a run besides its events. Enters: a request; leaves: what is sent back, or nothing. Apart from live.ts because each of these
 * happens once, when somebody presses something.
 */
import { statSync } from "node:fs";
import {
  isLeptonError,
  type LiveMessage,
  type LiveRequest,
  MIME,
  type MimeBundle,
  type NotebookHost,
} from "@lepton/contract";
import { addOwnPlugins } from "../data/own-plugins.ts";
import type { LeptonFolder } from "../folder.ts";
import type { Plugins } from "../plugins.ts";
import { checkpointFile } from "./checkpoint.ts";
import { askRun, isRunning } from "./control.ts";
import { samplesOf, weightsOf } from "./inspect-run.ts";
import { keepRun } from "./kept-runs.ts";
import { startRun } from "./make-run.ts";
import { writeNotes } from "./notes.ts";
import { prepareResume } from "./resume.ts";
import { loadRun, runBundle } from "./run.ts";

export interface PageContext {
  readonly host: NotebookHost;
  readonly place: LeptonFolder;
  readonly plugins: Plugins;
}

type Request = Exclude<LiveRequest, { type: "sync" }>;

/** Milliseconds that a run is given to write a checkpoint. */
const checkpointMs = 10_000;

/** @returns the answer, null where none is due. What the user can mend is an answer, not an error. */
export async function answerPage(run: string, request: Request, context: PageContext): Promise<LiveMessage | null> {
  try {
    return await answer(run, request, context);
  } catch (error) {
    if (!isLeptonError(error)) throw error;
    return { type: "refused", request: request.type, reason: error.message };
  }
}

async function answer(run: string, request: Request, context: PageContext): Promise<LiveMessage | null> {
  const folder = context.place.runs(run);
  switch (request.type) {
    case "stop":
      await askRun(folder, { do: "stop", reason: "stopped from the page" });
      return null;
    case "pause":
      if (await askRun(folder, { do: "pause" })) return null;
      return { type: "refused", request: "pause", reason: "This run does not go, so there is nothing to pause." };
    case "resume":
      await goOn(run, folder, context);
      return null;
    case "notes":
      return { type: "notes", notes: writeNotes(folder, request.notes) };
    case "weights":
      await addOwnPlugins(context.plugins, context.place.notebook); // the run's engine may be the user's own
      await freshCheckpoint(folder);
      return { type: "weights", weights: await weightsOf(folder, context.plugins) };
    case "samples":
      await addOwnPlugins(context.plugins, context.place.notebook);
      await freshCheckpoint(folder);
      return { type: "samples", samples: await samplesOf(folder, context.plugins, context.place.notebook) };
    case "output":
      return { type: "output", output: await outputOf(folder) };
    default:
      request satisfies never;
      return null;
  }
}

/** Whether a run goes is asked of its process: one that was killed wrote no last event. */
async function outputOf(folder: string): Promise<MimeBundle> {
  const view = (await loadRun(folder).refresh()).view();
  return view.state === "running" || view.state === "starting" ? { [MIME.run]: view } : runBundle(view);
}

/** A paused run goes on; one that was stopped or killed gets a process again. */
async function goOn(run: string, folder: string, { host, place }: PageContext): Promise<void> {
  if (await askRun(folder, { do: "resume" })) return;
  const ready = await prepareResume(run, null, {}, { host, folder: place });
  keepRun(await startRun(ready), host);
}

/** Have a run that goes write its weights as they are now; a paused one has just done so. */
async function freshCheckpoint(folder: string): Promise<void> {
  if (!(await isRunning(folder)) || loadRun(folder).view().paused) return;
  const before = writtenAt(folder);
  await askRun(folder, { do: "checkpoint" });
  const until = Date.now() + checkpointMs;
  while (writtenAt(folder) === before && Date.now() < until && (await isRunning(folder))) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function writtenAt(folder: string): number {
  return statSync(checkpointFile(folder), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
