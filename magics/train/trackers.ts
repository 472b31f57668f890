/**
 * Trackers beside a run: each sees the run's events in order, one after the other, and none that has started can slow or end the training. Enter: trackers and
 * events; leaves: a fault, told once for each tracker that fails. Apart from process.ts because what others wrote fails in its own ways.
 */
import type { RunEvent, RunSpec, Tracker } from "@lepton/contract";

export interface Tracking {
  /** @throws what a tracker's onStart throws: a run that is to be tracked and cannot be should not begin */
  start(spec: RunSpec): Promise<void>;
  event(event: RunEvent): void;
  /** Waits for what is under way, at most `endMs`. */
  end(): Promise<void>;
}

export interface TrackingOptions {
  /** Called once for a tracker that fails; it gets no more events. */
  readonly onFault: (sentence: string) => void;
  /** Milliseconds that trackers have for what is left when the run is over. */
  readonly endMs?: number;
  /** Milliseconds that a tracker has to start. */
  readonly startMs?: number;
}

interface Line {
  readonly tracker: Tracker;
  /** Gets events: started and not failed. */
  open: boolean;
  work: Promise<void>;
}

export function trackRun(
  trackers: readonly Tracker[],
  { onFault, endMs = 30_000, startMs = 30_000 }: TrackingOptions,
): Tracking {
  const lines = trackers.map((tracker): Line => ({ tracker, open: false, work: Promise.resolve() }));
  const enqueue = (line: Line, call: () => Promise<void>) => {
    line.work = line.work.then(async () => {
      if (!line.open) return;
      try {
        await call();
      } catch (error) {
        line.open = false;
        onFault(`tracker ${line.tracker.name} failed and sees no more of this run: ${messageOf(error)}.`);
      }
    });
  };
  const ended = async (line: Line) => {
    enqueue(line, () => line.tracker.onEnd());
    await within(endMs, line.work, () => {
      line.open = false; // what waits is dropped: a warm process may begin its next run
      onFault(lateness(line.tracker, endMs));
    });
  };
  return {
    async start(spec) {
      for (const line of lines) await started(line, spec, startMs);
    },
    event(event) {
      for (const line of lines) if (line.open) enqueue(line, () => line.tracker.onEvent(event));
    },
    async end() {
      await Promise.all(lines.map(ended));
    },
  };
}

async function started(line: Line, spec: RunSpec, startMs: number): Promise<void> {
  try {
    let late = false;
    const start = (async () => line.tracker.onStart(spec))();
    await within(startMs, start, () => (late = true));
    if (late) throw new Error(`it had not done so after ${startMs / 1000} s`);
    line.open = true;
  } catch (error) {
    throw new Error(`tracker ${line.tracker.name} could not start: ${messageOf(error)}.`, { cause: error });
  }
}

async function within(limitMs: number, work: Promise<void>, onLate: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      onLate();
      resolve();
    }, limitMs);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

const lateness = ({ name }: Tracker, endMs: number) =>
  `tracker ${name} was not done ${endMs / 1000} s after the run's end; what it had not written is lost.`;

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
