/**
 * A sweeping cell's output. Enters: a search about to go; leaves: its snapshot shown at once, replaced in place every second, and as it stands at the
 * end, on interrupt and on error. Apart from search.ts, which also runs where nothing is shown.
 */
import { LeptonError, MIME, type MimeBundle, type NotebookHost } from "@lepton/contract";
import { studySvg } from "../draw/study-chart.ts";
import { studyText } from "../draw/study-text.ts";
import type { Search } from "./search.ts";
import { type Study, studyBundle } from "./study.ts";

/** Milliseconds between two snapshots, and between two of them with fresh pixels. */
const snapshotEveryMs = 1000;
const pixelsEveryMs = 10_000;

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
  let full = await studyBundle(study.view());
  let pixelsAt = performance.now();
  const handle = host.display(full);
  let busy: Promise<void> = Promise.resolve();
  const draw = async (pixels: boolean) => {
    const view = study.view();
    if (pixels) {
      full = await studyBundle(view);
      pixelsAt = performance.now();
      handle.update(full);
    } else handle.update({ ...full, ...cheapBundle(view) });
  };
  const timer = setInterval(() => {
    busy = busy.then(() => draw(performance.now() - pixelsAt > pixelsEveryMs));
  }, snapshotEveryMs);
  return {
    async last() {
      clearInterval(timer);
      await busy;
      await draw(true);
    },
  };
}

/** All but the pixels. */
function cheapBundle(view: ReturnType<Study["view"]>): MimeBundle {
  return { [MIME.study]: view, "image/svg+xml": studySvg(view), "text/plain": studyText(view) };
}
