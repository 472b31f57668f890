/**
 * A study as others hold it: its folder's journal, read as it is now, and while this session searches also what runs. Enters: a folder; leaves: trials,
 * the best run and a snapshot. A class because it has an identity and follows a file.
 */
import { statSync } from "node:fs";
import path from "node:path";
import {
  type Displayable,
  displaySymbol,
  LeptonError,
  MIME,
  type MimeBundle,
  type ParameterValue,
  type StudyView,
  type TrialView,
} from "@lepton/contract";
import { formatParameter } from "../draw/format.ts";
import { drawStudy } from "../draw/study-chart.ts";
import { tableBundle } from "../draw/table.ts";
import { bestFirst } from "../draw/trial-order.ts";
import { askRun, isRunning } from "../train/control.ts";
import { loadRun, type Run, readableRun } from "../train/run.ts";
import type { Search } from "./search.ts";
import { journalFile, readJournal, type StudySpec } from "./storage.ts";
import { foldJournal, type StudyFold, type StudyRecords } from "./study-book.ts";
import { studySnapshot } from "./study-snapshot.ts";
import { type ActiveTrial, studyView } from "./study-view.ts";
import { TrialCurves } from "./trial-curves.ts";

export class Study implements Displayable {
  readonly folder: string;
  #fold: StudyFold;
  #readAt = -1;
  #search: Search | undefined;
  #seq = 0;
  /** True where another holder of this study, in this process or another, searched it when `refresh` asked. */
  #elsewhere = false;
  readonly #curves: TrialCurves;

  /** @throws LEPTON_STUDY when the folder holds no study */
  constructor(folder: string) {
    this.folder = folder;
    this.#fold = foldJournal(readJournal(folder));
    this.#curves = new TrialCurves(path.resolve(folder, "../../runs"), this.#fold.spec.metric);
  }

  get spec(): StudySpec {
    return this.#fold.spec;
  }

  get id(): string {
    return this.spec.id;
  }

  get name(): string {
    return this.spec.name;
  }

  get trials(): readonly TrialView[] {
    return this.view().trials;
  }

  /** The run of the best finished trial. @throws LEPTON_STUDY before one has finished */
  get best(): Run {
    const { run } = this.#bestTrial();
    if (run === null) throw new LeptonError("LEPTON_STUDY", `study ${this.id}: the best trial has no run.`);
    return loadRun(this.#runFolder(run));
  }

  /** Hyperparameters of the best finished trial. @throws LEPTON_STUDY before one has finished */
  get bestParameters(): Readonly<Record<string, ParameterValue>> {
    return this.#bestTrial().parameters;
  }

  /** The metric of the best finished trial. @throws LEPTON_STUDY before one has finished */
  get bestValue(): number {
    return this.#bestTrial().value!;
  }

  #bestTrial(): TrialView {
    const { trials, best } = this.view();
    const trial = trials.find((one) => one.number === best);
    if (trial) return trial;
    throw new LeptonError(
      "LEPTON_STUDY",
      `study ${this.id}: no trial has finished; resume it with %lepton sweep --resume ${this.id}`,
    );
  }

  /** The snapshot now. */
  view(): StudyView {
    const search = this.#search;
    const fold = search ? search.book : this.#read();
    const running = search !== undefined || (this.#elsewhere && fold.end === null);
    const active = search?.active ?? (running ? this.#openTrials(fold) : []);
    return studyView({ fold, active, running, seq: ++this.#seq, now: Date.now() });
  }

  /** Ask whether it is searched elsewhere, by another kernel or under another name; `view` tells so from then on. */
  async refresh(): Promise<this> {
    this.#elsewhere = this.#search === undefined && (await isRunning(this.folder));
    return this;
  }

  /** Trials that were begun and not told, as their runs say. */
  #openTrials(fold: StudyRecords): readonly ActiveTrial[] {
    return fold.trials.flatMap((trial) => {
      const run = trial.state === "open" && trial.run !== null ? readableRun(this.#runFolder(trial.run)) : undefined;
      if (!run) return [];
      const { epoch, epochs, seconds, best } = run.view();
      const value = best?.validation[fold.spec.metric] ?? null;
      const progress = { epoch, epochs, seconds, validation: null };
      return [{ trial, worker: trial.worker, run: { run: run.id }, progress, best: value }];
    });
  }

  #runFolder(id: string): string {
    return path.resolve(this.folder, "../../runs", id);
  }

  /** The snapshot that a notebook keeps: learning curves and importance too, at most 200 kB. */
  snapshot(): StudyView {
    return studySnapshot(this.view(), this.#curves);
  }

  /** All trials, best first, as a table that shows itself. */
  table(): Displayable {
    const view = this.view();
    return { [displaySymbol]: () => trialTable(view) };
  }

  /** Stop its search, by whichever kernel, and resolve when it has come to rest; its finished trials are kept. */
  async stop(reason = "stopped by its user"): Promise<this> {
    await askRun(this.folder, { do: "stop", reason });
    while (await isRunning(this.folder)) await new Promise((resolve) => setTimeout(resolve, 100));
    return this;
  }

  /** Show what a search does while it goes on; undefined again when it is over. */
  follow(search: Search | undefined): void {
    this.#search = search;
  }

  async [displaySymbol](): Promise<MimeBundle> {
    return await studyBundle((await this.refresh()).snapshot());
  }

  toJSON(): unknown {
    const { id, name, state, best, counts } = this.view();
    return { id, name, folder: this.folder, state, best, counts };
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    const { state, counts, planned, metric, trials, best } = this.view();
    const value = trials.find((trial) => trial.number === best)?.value;
    const found = value === undefined ? "" : `, best ${metric} ${value}`;
    return `Study ${this.id} "${this.name}": ${state}, ${counts.finished} of ${planned} trials finished${found}`;
  }

  /** The journal as it is on disk, read again when it has grown. */
  #read(): StudyFold {
    const { size } = statSync(journalFile(this.folder));
    if (size !== this.#readAt) this.#fold = foldJournal(readJournal(this.folder));
    this.#readAt = size;
    return this.#fold;
  }
}

/** A study by its folder. @throws LEPTON_STUDY */
export function loadStudy(folder: string): Study {
  return new Study(path.resolve(folder));
}

/** A study by its folder, or undefined where its journal is damaged: a list goes on without it. */
export function readableStudy(folder: string): Study | undefined {
  try {
    return loadStudy(folder);
  } catch (error) {
    if (error instanceof LeptonError) return undefined;
    throw error;
  }
}

/** What a notebook keeps of a study: our type with the whole snapshot, and pictures that need nothing installed. */
export async function studyBundle(view: StudyView): Promise<MimeBundle> {
  const drawn = await drawStudy(view);
  return { [MIME.study]: view, "image/svg+xml": drawn.svg, "image/png": drawn.png, "text/plain": drawn.text };
}

function trialTable(view: StudyView): MimeBundle {
  const names = Object.keys(view.space);
  const rows = bestFirst(view).map((trial) => [
    trial.number,
    trial.state,
    trial.value,
    ...names.map((name) => {
      const value = trial.parameters[name];
      return typeof value === "number" ? value : formatParameter(value);
    }),
    `${trial.epoch}/${trial.epochs}`,
    Number(trial.seconds.toFixed(2)),
    trial.run,
    trial.reason,
  ]);
  const columns = ["trial", "state", view.metric, ...names, "epochs", "seconds", "run", "reason"];
  return tableBundle({ caption: `${view.name}: ${view.direction} ${view.metric}`, columns, rows });
}
