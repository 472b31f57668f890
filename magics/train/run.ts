/**
 * A run as others hold it: its folder, followed. Enters: a folder; leaves: state, metrics, history and a snapshot, always as the files say now.
 * Apart from the run's process, which alone writes them. A class because it has an identity and follows a file.
 */
import path from "node:path";
import {
  type Displayable,
  displaySymbol,
  LeptonError,
  type Metrics,
  MIME,
  type MimeBundle,
  type RunSpec,
  type RunState,
  type RunView,
  type SplitName,
} from "@lepton/contract";
import { drawRun } from "../draw/run-chart.ts";
import { askRun, holdLease, isRunning, type Lease } from "./control.ts";
import type { Evaluation } from "./evaluation-view.ts";
import { changed, EventReader } from "./event-reader.ts";
import { readNotes } from "./notes.ts";
import type { PredictRow } from "./predict.ts";
import type { Predictions } from "./predict-verb.ts";
import { readSpec } from "./run-folder.ts";
import { emptyFold, fold, type RunFold, viewOf } from "./view.ts";

/** One epoch's row of `history`. */
export interface HistoryRow {
  readonly epoch: number;
  readonly step: number;
  readonly seconds: number;
  readonly train: Metrics;
  readonly validation: Metrics | null;
}

/** Milliseconds for which a process that answered is taken to live. */
const answerHoldsMs = 3000;

export class Run implements Displayable {
  readonly folder: string;
  readonly spec: RunSpec;
  #reader: EventReader;
  #fold: RunFold;
  #lost: string | null = null;
  /** When its process last answered, in milliseconds since 1970. */
  #answeredAt = 0;
  #lease: Lease | undefined;

  constructor(folder: string) {
    this.folder = folder;
    this.spec = readSpec(folder);
    this.#reader = new EventReader(folder);
    this.#fold = emptyFold(this.spec);
  }

  get id(): string {
    return this.spec.id;
  }

  get name(): string {
    return this.spec.name;
  }

  get state(): RunState {
    return this.view().state;
  }

  /** Of the test rows once finished, else of the best epoch's validation rows, else empty. */
  get metrics(): Metrics {
    this.#catchUp();
    const { end, epochs } = this.#fold;
    return end?.test ?? end?.best?.validation ?? epochs.findLast((epoch) => epoch.best)?.validation ?? {};
  }

  /** One row an epoch. */
  get history(): readonly HistoryRow[] {
    this.#catchUp();
    return this.#fold.epochs.map(({ epoch, step, seconds, train, validation }) => ({
      epoch,
      step,
      seconds,
      train,
      validation,
    }));
  }

  /** The snapshot now. */
  view(): RunView {
    this.#catchUp();
    const notes = readNotes(this.folder);
    // A process that goes on with a run answers some moments before it has told so in the events.
    if (Date.now() - this.#answeredAt < answerHoldsMs) return { ...viewOf({ ...this.#fold, end: null }), notes };
    return { ...viewOf(this.#fold, this.#lost ?? this.#lostNow()), notes };
  }

  /** Resolves when the run is over, `update` being called whenever there is something new. @throws LEPTON_RUN_FAILED when it fails */
  async wait(update: (run: Run) => void = () => undefined, signal?: { readonly aborted: boolean }): Promise<this> {
    while (!signal?.aborted) {
      const running = await this.#asksProcess();
      if (this.#catchUp()) update(this);
      if (!running) break;
      await changed(this.folder, 250);
    }
    if (signal?.aborted) return this;
    await this.refresh();
    const { state, reason } = this.view();
    if (state === "failed") throw new LeptonError("LEPTON_RUN_FAILED", `run ${this.id} failed: ${reason}`);
    return this;
  }

  /** Stop at the next step, with a checkpoint; resolves when the process has ended. A run that is over stays as it is. */
  async stop(reason = "stopped by its user"): Promise<this> {
    if (await askRun(this.folder, { do: "stop", reason })) {
      while (await isRunning(this.folder)) await changed(this.folder, 100);
    }
    return this.refresh();
  }

  /** Predict rows, as objects with the columns as keys or as arrays of numbers, by the best epoch's weights: `%lepton predict`. @throws what is wrong with a row */
  async predict(rows: PredictRow | readonly PredictRow[]): Promise<Predictions> {
    return (await import("./predict-verb.ts")).predictGiven(this, rows);
  }

  /** Measure on the rows of a split, by the best epoch's weights: `%lepton evaluate`. */
  async evaluate(on: SplitName = "test"): Promise<Evaluation> {
    return (await import("./evaluation-view.ts")).evaluateAndShow(this, on);
  }

  /** Look whether its process still lives, and read what is new. */
  async refresh(): Promise<this> {
    const running = await this.#asksProcess();
    this.#catchUp();
    this.#lost = running || this.#fold.end ? null : lostText(this.id);
    return this;
  }

  /** Keep it going for as long as this process lives: a run that is not in the background ends some minutes after its last lease. */
  hold(): void {
    this.#lease?.release();
    this.#lease = holdLease(this.folder);
  }

  release(): void {
    this.#lease?.release();
    this.#lease = undefined;
  }

  [displaySymbol](): Promise<MimeBundle> {
    return runBundle(this.view());
  }

  toJSON(): unknown {
    const { state, epoch, step } = this.view();
    return { id: this.id, name: this.name, folder: this.folder, state, epoch, step, metrics: this.metrics };
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    const { state, epoch, epochs, model, dataset } = this.view();
    return `Run ${this.id} "${this.name}" (${model} on ${dataset}): ${state}, epoch ${Math.floor(epoch)} of ${epochs}`;
  }

  async #asksProcess(): Promise<boolean> {
    const running = await isRunning(this.folder);
    this.#answeredAt = running ? Date.now() : 0;
    return running;
  }

  /** Fold what is new. */
  #catchUp(): boolean {
    const { reset, events } = this.#reader.read();
    if (reset) this.#fold = emptyFold(this.spec);
    for (const event of events) fold(this.#fold, event);
    if (reset || events.length > 0) this.#lost = null;
    return reset || events.length > 0;
  }

  /** Without asking the socket: the process of the last start is gone. */
  #lostNow(): string | null {
    const { end, pid } = this.#fold;
    return !end && pid !== null && !processLives(pid) ? lostText(this.id) : null;
  }
}

/** A run by its folder. @throws LEPTON_NAME_UNKNOWN when there is none */
export function loadRun(folder: string): Run {
  return new Run(path.resolve(folder));
}

/** What a notebook keeps of a run: our type with the whole snapshot, and pictures that need nothing installed. */
export async function runBundle(view: RunView): Promise<MimeBundle> {
  const drawn = await drawRun(view);
  return { [MIME.run]: view, "image/svg+xml": drawn.svg, "image/png": drawn.png, "text/plain": drawn.text };
}

function lostText(id: string): string {
  return `its process ended without a word (killed, or the machine went down); resume with %lepton train --resume ${id}`;
}

function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // it lives, but is another user's
  }
}

/** A run by its folder, or undefined where the folder is just being written, or damaged: a list goes on without it. */
export function readableRun(folder: string): Run | undefined {
  try {
    return loadRun(folder);
  } catch (error) {
    if (error instanceof LeptonError) return undefined;
    throw error;
  }
}
