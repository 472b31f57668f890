/**
 * The runs that a kernel keeps going. Enters: a run that was started, resumed or attached; leaves: a lease while the kernel lives, and a stop at a
 * checkpoint when it is shut down cleanly. A run that it only found gets the lease alone: another notebook of the folder may be its owner.
 * Apart because it is the one thing about runs that ends with the kernel.
 */
import { readdirSync } from "node:fs";
import type { NotebookHost } from "@lepton/contract";
import type { LeptonFolder } from "../folder.ts";
import { askRun, isRunning } from "./control.ts";
import { type Run, readableRun } from "./run.ts";

interface Kept {
  readonly runs: Set<Run>;
  /** Who asked whether the kernel restarts. */
  readonly restart: Set<() => void>;
  isRestarting: boolean;
}

const keptBy = new WeakMap<NotebookHost, Kept>();

/** Milliseconds that a shutdown waits for its runs; the kernel itself waits 5,000. */
const shutdownMs = 4500;

export function keepRun(run: Run, host: NotebookHost): void {
  if (run.spec.background) return;
  keptOf(host).runs.add(run);
  run.hold();
}

function keptOf(host: NotebookHost): Kept {
  const known = keptBy.get(host);
  if (known) return known;
  const kept: Kept = { runs: new Set(), restart: new Set(), isRestarting: false };
  keptBy.set(host, kept);
  host.onShutdown(async (restart) => {
    kept.isRestarting = restart;
    if (restart) for (const tell of kept.restart) tell();
    else await stopAll([...kept.runs]);
  });
  return kept;
}

/** True once the kernel is told to restart; false when it is not within `ms`. Jupyter interrupts a kernel a moment before it restarts it. */
export function restartsWithin(host: NotebookHost, ms: number): Promise<boolean> {
  const { restart, isRestarting } = keptOf(host);
  if (isRestarting) return Promise.resolve(true);
  return new Promise((resolve) => {
    const end = (restarts: boolean) => () => {
      restart.delete(told);
      resolve(restarts);
    };
    const told = end(true);
    restart.add(told);
    setTimeout(end(false), ms);
  });
}

/** Hold the runs that go in this folder (an earlier kernel may have left them), so that they do not end themselves; no shutdown stops them. */
export async function holdLiveRuns(place: LeptonFolder): Promise<void> {
  for (const id of runIds(place)) {
    if (!(await isRunning(place.runs(id)))) continue;
    const run = readableRun(place.runs(id));
    if (run && !run.spec.background) run.hold();
  }
}

/** All runs of the folder, oldest first. */
export function runIds(place: LeptonFolder): readonly string[] {
  try {
    return readdirSync(place.runs()).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

async function stopAll(runs: readonly Run[]): Promise<void> {
  const reason = "the notebook was shut down";
  const stopped = Promise.all(
    runs.map(async (run) => {
      if (await askRun(run.folder, { do: "stop", reason })) await run.wait().catch(() => undefined); // a failed run is over too
    }),
  );
  await Promise.race([stopped, new Promise((resolve) => setTimeout(resolve, shutdownMs).unref())]);
}
