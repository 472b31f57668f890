/**
 * A sweeping cell's output. Enters: a search about to go; leaves: its snapshot shown at once, replaced in place every second, and as it stands at the
 * end, on interrupt and on error. Apart from search.ts, which also runs where nothing is shown.
 */
import { LeptonError, type NotebookHost } from "@lepton/contract";
import type { Search } from "./search.ts";
import { type Study, studyBundle } from "./study.ts";

/** Milliseconds between two snapshots. */
const snapshotEveryMs = 1000;

/**
 * Search to the end, shown in the notebook.
 * @throws LEPTON_INTERRUPTED (finished trials are kept), LEPTON_STUDY when all trials fail, LEPTON_DISK
 */
export async function watchSearch(
  study: Study,
  search: Search,
  host: NotebookHost,
  stop: AbortController,
): Promise<void> {
  const pictures = await showStudy(study, host);
  const interrupted = () => stop.abort("interrupted");
  host.onShutdown(async () => stop.abort("the notebook was shut down"));
  const signal = host.signal();
  if (signal.aborted) interrupted();
  signal.addEventListener("abort", interrupted, { once: true });
  try {
    await search.run();
  } finally {
    signal.removeEventListener("abort", interrupted);
    study.follow(undefined);
    await pictures.last();
  }
  if (stop.signal.aborted) throw interruption(study, String(stop.signal.reason));
}

function interruption(study: Study, reason: string): LeptonError {
  const { counts, planned } = study.view();
  return new LeptonError(
    "LEPTON_INTERRUPTED",
    `sweep ${reason} after ${counts.finished} of ${planned} trials; nothing is lost. Go on with: %lepton sweep --resume ${study.id}`,
  );
}

async function showStudy(study: Study, host: NotebookHost) {
  const handle = host.display(await studyBundle(study.snapshot()));
  let busy: Promise<void> = Promise.resolve();
  const draw = async () => handle.update(await studyBundle(study.snapshot()));
  const timer = setInterval(() => {
    busy = busy.then(draw);
  }, snapshotEveryMs);
  return {
    async last() {
      clearInterval(timer);
      await busy;
      await draw();
    },
  };
}
