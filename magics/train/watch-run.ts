/**
 * A training cell's output. Enters: a run that goes; leaves: its snapshot shown at once, replaced in place at least every second, and as it stands at
 * the end, on interrupt and on error. Apart from Run, which also lives where nothing is shown.
 */
import { isLeptonError, LeptonError, type NotebookHost } from "@lepton/contract";
import { restartsWithin } from "./kept-runs.ts";
import { type Run, runBundle } from "./run.ts";

/** Milliseconds from an interrupt to the restart that it may be the first half of. */
const restartMs = 300;

/** Milliseconds between two snapshots. */
const snapshotEveryMs = 1000;

export interface WatchOptions {
  /** A run that failed is shown, not thrown: it failed long ago. */
  readonly failuresAreShown?: boolean;
}

/** Show a run until it is over. @throws LEPTON_INTERRUPTED (the run is stopped at a checkpoint), LEPTON_RUN_FAILED */
export async function watchRun(run: Run, host: NotebookHost, options: WatchOptions = {}): Promise<Run> {
  const handle = host.display(await runBundle(run.view()));
  const signal = host.signal();
  const pictures = createPictures(async () => handle.update(await runBundle(run.view())));
  try {
    await Promise.race([over(run, pictures.wanted, options), aborted(signal)]);
    if (signal.aborted) await interrupt(run, host);
    return run;
  } finally {
    await pictures.last();
  }
}

async function over(run: Run, update: () => void, { failuresAreShown = false }: WatchOptions): Promise<void> {
  try {
    await run.wait(update);
  } catch (error) {
    if (!failuresAreShown || !isLeptonError(error) || error.code !== "LEPTON_RUN_FAILED") throw error;
  }
}

/** The newest snapshot, one at a time and not too often. */
function createPictures(draw: () => Promise<void>) {
  let going: Promise<void> = Promise.resolve();
  let waiting = false;
  let over = false;
  const pause = () => new Promise<void>((resolve) => setTimeout(resolve, over ? 0 : snapshotEveryMs).unref());
  return {
    wanted(): void {
      if (waiting) return;
      waiting = true;
      going = going.then(async () => {
        waiting = false;
        if (over) return;
        await draw();
        await pause();
      });
    },
    async last(): Promise<void> {
      over = true;
      await draw();
    },
  };
}

function aborted(signal: ReturnType<NotebookHost["signal"]>): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

async function interrupt(run: Run, host: NotebookHost): Promise<never> {
  if (await restartsWithin(host, restartMs)) {
    const message = `the kernel restarts; run ${run.id} goes on. Look with: %lepton attach ${run.id}`;
    throw new LeptonError("LEPTON_INTERRUPTED", message);
  }
  await run.stop("interrupted");
  const { step, epoch, state } = run.view();
  if (state === "finished") throw new LeptonError("LEPTON_INTERRUPTED", `run ${run.id} had just finished.`);
  throw new LeptonError(
    "LEPTON_INTERRUPTED",
    `training stopped at step ${step} (epoch ${epoch.toFixed(1)}); everything is kept. Go on with: %lepton train --resume ${run.id}`,
  );
}
