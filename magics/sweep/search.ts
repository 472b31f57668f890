/**
 * The search: keeps `workers` trials running until all planned ones are told or someone stops it. Enter: a book and a runner; leave: told trials,
 * and a call for each change worth drawing. What is told is never lost; a stopped trial stays open and is run again on resume.
 */
import { isLeptonError, LeptonError, type Metrics } from "@lepton/contract";
import { prunerOf } from "./pruners/pruner.ts";
import type { StudyBook, Told, Trial } from "./study-book.ts";
import type { RunningTrial, TrialOutcome, TrialProgress, TrialRunner } from "./trial-runner.ts";

/** A trial that runs now. */
export interface Active {
  readonly trial: Trial;
  readonly worker: number;
  run: RunningTrial | null;
  progress: TrialProgress | null;
  /** Best value of the metric so far. */
  best: number | null;
  pruned: string | null;
}

export interface SearchOptions {
  readonly workers: number;
  /** Stops all trials when aborted; the reason is what the user reads. */
  readonly signal: AbortSignal;
  readonly onChange?: () => void;
}

/** As many trials failing alike, with none good, say that the study itself is wrong. */
const hopeless = 3;

/** A full disk is no fault of the trial: it stays open, and the study ends. */
const isFullDisk = ({ state, reason }: TrialOutcome) =>
  state === "failed" && /the disk is full|ENOSPC/.test(reason ?? "");

export class Search {
  readonly book: StudyBook;
  readonly #runner: TrialRunner;
  readonly #options: SearchOptions;
  readonly #active = new Map<number, Active>();
  #broken: unknown;

  constructor(book: StudyBook, runner: TrialRunner, options: SearchOptions) {
    this.book = book;
    this.#runner = runner;
    this.#options = options;
  }

  get active(): readonly Active[] {
    return [...this.#active.values()];
  }

  /** Run to the end. @throws LEPTON_STUDY when the first trials all fail for one reason; LEPTON_DISK when the journal cannot be written */
  async run(): Promise<void> {
    const { signal } = this.#options;
    const stop = () => this.#stopAll(String(signal.reason ?? "stopped"));
    signal.addEventListener("abort", stop, { once: true });
    try {
      await this.#recover();
      await Promise.all(Array.from({ length: this.#options.workers }, (_, worker) => this.#work(worker)));
    } finally {
      signal.removeEventListener("abort", stop);
    }
    if (this.#broken) throw this.#fail(this.#broken);
    if (signal.aborted) this.book.finish("stopped", String(signal.reason ?? "stopped"));
    else this.book.finish("finished", null);
    this.#options.onChange?.();
  }

  #fail(error: unknown): unknown {
    this.book.finish("failed", error instanceof Error ? error.message : String(error));
    this.#options.onChange?.();
    return error;
  }

  #stopAll(reason: string): void {
    for (const active of this.#active.values()) active.run?.stop(reason);
  }

  /** Trials of an earlier session whose runs ended while nobody listened. */
  async #recover(): Promise<void> {
    const { signal } = this.#options;
    for (const trial of this.book.trials) {
      if (signal.aborted) return;
      if (trial.state !== "open" || trial.run === null) continue;
      const outcome = await this.#runner.recover(trial.run, signal);
      if (outcome && outcome.state !== "stopped" && !isFullDisk(outcome))
        this.book.tell(trial, this.#told(outcome, null));
    }
  }

  async #work(worker: number): Promise<void> {
    while (!this.#options.signal.aborted && this.#broken === undefined) {
      const trial = this.book.ask((one) => this.#active.has(one.number));
      if (!trial) return;
      const active: Active = { trial, worker, run: null, progress: null, best: null, pruned: null };
      this.#active.set(trial.number, active);
      this.#options.onChange?.();
      try {
        await this.#runTrial(active);
        this.#giveUpWhenHopeless();
      } catch (error) {
        this.#broken ??= error;
        this.#stopAll("the study cannot go on");
      } finally {
        this.#active.delete(trial.number);
      }
      this.#options.onChange?.();
    }
  }

  async #runTrial(active: Active): Promise<void> {
    const { trial, worker } = active;
    const outcome = await this.#start(active);
    if ("failed" in outcome) {
      this.book.tell(trial, { state: "failed", value: null, reason: outcome.failed, seconds: 0, epoch: 0, epochs: 0 });
      return;
    }
    this.book.started(trial, outcome.run, worker);
    active.run = outcome;
    if (this.#options.signal.aborted || this.#broken) outcome.stop(String(this.#options.signal.reason ?? "stopped"));
    const ended = await outcome.outcome;
    if (isFullDisk(ended)) throw new LeptonError("LEPTON_DISK", ended.reason!);
    if (ended.state === "stopped" && active.pruned === null) this.#stopped(trial, ended);
    else this.book.tell(trial, this.#told(ended, active.pruned));
  }

  /** With the whole study it stays open, to be run again on resume; alone (someone stopped this run) it is over. */
  #stopped(trial: Trial, { reason, seconds, epoch, epochs }: TrialOutcome): void {
    if (this.#options.signal.aborted || this.#broken) return;
    this.book.tell(trial, { state: "failed", value: null, reason: `stopped: ${reason}`, seconds, epoch, epochs });
  }

  /** A trial that cannot even begin fails by itself where its parameters are the cause. */
  async #start(active: Active): Promise<RunningTrial | { readonly failed: string }> {
    const { trial, worker } = active;
    try {
      return await this.#runner.start(
        { number: trial.number, parameters: trial.parameters, worker, earlier: trial.run },
        (progress) => this.#progress(active, progress),
      );
    } catch (error) {
      if (!isLeptonError(error) || error.code === "LEPTON_DISK") throw error;
      return { failed: error.message };
    }
  }

  #progress(active: Active, progress: TrialProgress): void {
    active.progress = progress;
    const value = progress.validation?.[this.book.spec.metric];
    try {
      if (value !== undefined && Number.isFinite(value)) this.#valued(active, progress.epoch, value);
    } catch (error) {
      this.#broken ??= error; // called by a worker's message: nobody above would catch it
      this.#stopAll("the study cannot go on");
    }
    this.#options.onChange?.();
  }

  #valued(active: Active, epoch: number, value: number): void {
    const { direction, pruner } = this.book.spec;
    const sign = direction === "minimize" ? 1 : -1;
    if (active.best === null || sign * value < sign * active.best) active.best = value;
    if (pruner === "none" || active.pruned !== null) return;
    this.book.report(active.trial, epoch, value);
    const curves = this.book.trials.map((trial) => ({
      state: trial.state,
      reports: new Map([...trial.reports].map(([at, one]) => [at, sign * one])),
    }));
    const own = curves[active.trial.number]!;
    active.pruned = prunerOf(pruner).verdict(
      own,
      epoch,
      curves.filter((one) => one !== own),
    );
    if (active.pruned !== null) active.run?.stop(active.pruned);
  }

  #told(outcome: TrialOutcome, pruned: string | null): Told {
    const { seconds, epoch, epochs } = outcome;
    const value = metricValue(outcome.validation, this.book.spec.metric);
    const where = { seconds, epoch, epochs };
    if (outcome.state === "failed") return { state: "failed", value: null, reason: outcome.reason, ...where };
    if (outcome.state === "stopped") return { state: "pruned", value, reason: pruned, ...where };
    if (value !== null) return { state: "finished", value, reason: null, ...where };
    const reason = `its ${this.book.spec.metric} on validation rows is not a number`;
    return { state: "failed", value: null, reason, ...where };
  }

  #giveUpWhenHopeless(): void {
    const over = this.book.trials.filter((trial) => trial.state !== "open");
    const first = over[0];
    if (over.length < Math.min(hopeless, this.book.planned) || first?.state !== "failed") return;
    if (!over.every((trial) => trial.state === "failed" && trial.reason === first.reason)) return;
    throw new LeptonError("LEPTON_STUDY", `sweep: the first ${over.length} trials all failed: ${first.reason}`);
  }
}

function metricValue(metrics: Metrics | null, metric: string): number | null {
  const value = metrics?.[metric];
  return value !== undefined && Number.isFinite(value) ? value : null;
}
