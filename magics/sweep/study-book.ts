/**
 * A study's trials, by ask and tell over the journal. Enter: what happened (each step is on disk before it counts); leaves: the next trial to
 * run. Knows nothing of runs, processes or time limits; the search (search.ts) does.
 */
import { LeptonError, type ParameterValue } from "@lepton/contract";
import { samplerOf } from "./samplers/by-name.ts";
import type { Observation } from "./samplers/sampler.ts";
import { trialStream } from "./samplers/stream.ts";
import { type Journal, type JournalRecord, openJournal, readJournal, type StudySpec } from "./storage.ts";

export interface Trial {
  readonly number: number;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** open: asked for, not told. Whether it runs now, only the search knows. */
  state: "open" | "finished" | "pruned" | "failed";
  value: number | null;
  reason: string | null;
  run: string | null;
  worker: number;
  seconds: number;
  epoch: number;
  epochs: number;
  askedAt: number;
  /** When its run was last started and when it was told, in milliseconds since 1970; null before. */
  startedAt: number | null;
  endedAt: number | null;
  /** Epoch ─► metric, where a pruner asked for it. */
  readonly reports: Map<number, number>;
}

export type Told = Omit<Extract<JournalRecord, { type: "tell" }>, "type" | "trial" | "time">;

/** What the records of a journal add up to, to be read. */
export interface StudyRecords {
  readonly spec: StudySpec;
  /** Trials wanted. */
  readonly planned: number;
  readonly trials: readonly Trial[];
  readonly end: Extract<JournalRecord, { type: "end" }> | null;
}

/** The same while it grows. */
export interface StudyFold extends StudyRecords {
  spec: StudySpec;
  planned: number;
  readonly trials: Trial[];
  end: Extract<JournalRecord, { type: "end" }> | null;
}

export function foldJournal(records: readonly JournalRecord[]): StudyFold {
  const first = records[0] as Extract<JournalRecord, { type: "study" }>;
  const into: StudyFold = { spec: first.spec, planned: first.spec.trials, trials: [], end: null };
  for (const record of records) foldRecord(into, record);
  return into;
}

function foldRecord(into: StudyFold, record: JournalRecord): void {
  if (record.type !== "end") into.end = null;
  switch (record.type) {
    case "study":
      into.spec = record.spec;
      return;
    case "plan":
      into.planned = record.trials;
      return;
    case "ask":
      into.trials[record.trial] = openTrial(record.trial, record.parameters, record.time);
      return;
    case "start":
      Object.assign(trialOf(into, record.trial), { run: record.run, worker: record.worker, startedAt: record.time });
      return;
    case "report":
      trialOf(into, record.trial).reports.set(record.epoch, record.value);
      return;
    case "tell": {
      const { type: _type, trial, time: endedAt, ...told } = record;
      Object.assign(trialOf(into, trial), told, { endedAt });
      return;
    }
    case "end":
      into.end = record;
      return;
    default:
      record satisfies never;
  }
}

/** @throws LEPTON_STUDY when the line that asked for it is not there */
function trialOf({ spec, trials }: StudyFold, number: number): Trial {
  const trial = trials[number];
  if (trial) return trial;
  throw new LeptonError(
    "LEPTON_STUDY",
    `sweep: the journal of study ${spec.id} tells of trial ${number} before it asked for it; put it back from a copy.`,
  );
}

function openTrial(number: number, parameters: Trial["parameters"], askedAt: number): Trial {
  const nothing = {
    startedAt: null,
    endedAt: null,
    value: null,
    reason: null,
    run: null,
    worker: 0,
    seconds: 0,
    epoch: 0,
    epochs: 0,
  };
  return { number, parameters, askedAt, state: "open", reports: new Map(), ...nothing };
}

/** A study open for writing. */
export class StudyBook implements StudyRecords {
  readonly folder: string;
  readonly #journal: Journal;
  readonly #fold: StudyFold;

  private constructor(folder: string, journal: Journal, fold: StudyFold) {
    this.folder = folder;
    this.#journal = journal;
    this.#fold = fold;
  }

  static create(folder: string, spec: StudySpec): StudyBook {
    const journal = openJournal(folder);
    const record = { type: "study", spec } as const;
    journal.append(record);
    return new StudyBook(folder, journal, foldJournal([record]));
  }

  /** @throws LEPTON_STUDY */
  static open(folder: string): StudyBook {
    const fold = foldJournal(readJournal(folder));
    return new StudyBook(folder, openJournal(folder), fold);
  }

  get spec(): StudySpec {
    return this.#fold.spec;
  }
  get planned(): number {
    return this.#fold.planned;
  }
  get trials(): readonly Trial[] {
    return this.#fold.trials;
  }
  get end(): StudyRecords["end"] {
    return this.#fold.end;
  }

  #append(record: JournalRecord): void {
    this.#journal.append(record);
    foldRecord(this.#fold, record);
  }

  /** Want another number of trials in total. */
  plan(trials: number): void {
    if (trials !== this.planned) this.#append({ type: "plan", trials, time: Date.now() });
  }

  /** The next trial: one that was asked for earlier and never told, else a new one; undefined when all planned trials are given out. */
  ask(isRunning: (trial: Trial) => boolean): Trial | undefined {
    const left = this.trials.find((trial) => trial.state === "open" && !isRunning(trial));
    if (left) return left;
    const number = this.trials.length;
    if (number >= this.planned) return undefined;
    const { sampler, space, seed } = this.spec;
    const observations = observationsOf(this.#fold);
    const tried = this.trials.map((trial) => trial.parameters);
    const random = trialStream(seed, number);
    const parameters = samplerOf(sampler).suggest({ space, number, observations, tried, random });
    this.#append({ type: "ask", trial: number, time: Date.now(), parameters });
    return this.trials[number]!;
  }

  started(trial: Trial, run: string, worker: number): void {
    this.#append({ type: "start", trial: trial.number, time: Date.now(), run, worker });
  }

  report(trial: Trial, epoch: number, value: number): void {
    this.#append({ type: "report", trial: trial.number, epoch, value });
  }

  tell(trial: Trial, told: Told): void {
    this.#append({ type: "tell", trial: trial.number, time: Date.now(), ...told });
  }

  finish(state: "finished" | "stopped" | "failed", reason: string | null): void {
    this.#append({ type: "end", time: Date.now(), state, reason });
  }

  close(): void {
    this.#journal.close();
  }
}

/** Trials as samplers see them: small is good. */
export function observationsOf(fold: StudyRecords): Observation[] {
  const sign = fold.spec.direction === "minimize" ? 1 : -1;
  return fold.trials.flatMap((trial): Observation[] => {
    if (trial.state === "failed") return [];
    const value = trial.value === null ? null : sign * trial.value;
    return [
      {
        number: trial.number,
        parameters: trial.parameters,
        value,
        state: trial.state === "open" ? "running" : trial.state,
      },
    ];
  });
}

/** The best finished trial, the earlier one of equals. */
export function bestTrial(fold: Pick<StudyRecords, "spec" | "trials">): Trial | undefined {
  const sign = fold.spec.direction === "minimize" ? 1 : -1;
  let best: Trial | undefined;
  for (const trial of fold.trials) {
    if (trial.state !== "finished" || trial.value === null) continue;
    if (!best || sign * trial.value < sign * best.value!) best = trial;
  }
  return best;
}
