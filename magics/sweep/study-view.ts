/** A study's trials as what is drawn of it. Enter: the folded journal and what runs now; leaves: a StudyView, JSON only, at most 1,000 trials. */
import type { StudyState, StudyView, TrialState, TrialView } from "@lepton/contract";
import { bestFirst } from "../draw/trial-order.ts";
import { meaningful } from "./conditions.ts";
import type { Active } from "./search.ts";
import { bestTrial, type StudyRecords, type Trial } from "./study-book.ts";

const most = 1000;

/** A trial that runs now, here or in another process. */
export interface ActiveTrial extends Pick<Active, "trial" | "worker" | "progress" | "best"> {
  readonly run: { readonly run: string } | null;
}

export interface StudyNow {
  readonly fold: StudyRecords;
  /** Empty for a study that nobody runs. */
  readonly active: readonly ActiveTrial[];
  /** True while this session searches, or another process that answered. */
  readonly running: boolean;
  readonly seq: number;
  readonly now: number;
}

export function studyView(from: StudyNow): StudyView {
  const { spec, planned, end } = from.fold;
  const trials = from.fold.trials.map((trial) => trialView(trial, from));
  const best = bestTrial(from.fold);
  const startedAt = Date.parse(spec.createdAt);
  const updatedAt = from.running ? from.now : (end?.time ?? lastTime(from.fold.trials, startedAt));
  return {
    version: 1,
    id: spec.id,
    name: spec.name,
    ...stateOf(from),
    seq: from.seq,
    startedAt,
    updatedAt,
    seconds: Math.max(0, updatedAt - startedAt) / 1000,
    etaSeconds: from.running ? secondsLeft(from) : null,
    dataset: spec.dataset.name,
    model: spec.model,
    metric: spec.metric,
    direction: spec.direction,
    sampler: spec.sampler,
    seed: spec.seed,
    workers: spec.workers,
    space: spec.space,
    planned,
    counts: counts(trials),
    trials: trials.length <= most ? trials : newestAndBest(trials, spec.direction, most),
    best: best?.number ?? null,
  };
}

/** A study that was cut off (its kernel was killed) reads as stopped. */
function stateOf(from: StudyNow): { state: StudyState; reason: string | null } {
  if (from.running) return { state: "running", reason: null };
  const { end } = from.fold;
  return end
    ? { state: end.state, reason: end.reason }
    : { state: "stopped", reason: "it was cut off; resume it to go on" };
}

function trialView(trial: Trial, from: StudyNow): TrialView {
  const active = from.active.find((one) => one.trial.number === trial.number);
  const state: TrialState = trial.state !== "open" ? trial.state : active ? "running" : "stopped";
  const going = trial.state === "open" ? active : undefined;
  return {
    number: trial.number,
    state,
    parameters: meaningful(trial.parameters, trial.parameters, from.fold.spec),
    value: going ? going.best : trial.value,
    run: going?.run?.run ?? trial.run,
    epoch: going?.progress?.epoch ?? trial.epoch,
    epochs: going?.progress?.epochs ?? trial.epochs,
    seconds: going?.progress?.seconds ?? trial.seconds,
    worker: going?.worker ?? trial.worker,
    reason: trial.reason,
    from: secondsSince(from.fold.spec, trial.startedAt),
    to: trial.state === "open" ? null : secondsSince(from.fold.spec, trial.endedAt),
  };
}

function secondsSince({ createdAt }: StudyRecords["spec"], time: number | null): number | null {
  return time === null ? null : Math.max(0, time - Date.parse(createdAt)) / 1000;
}

function counts(trials: readonly TrialView[]): StudyView["counts"] {
  const count = { running: 0, finished: 0, pruned: 0, failed: 0, stopped: 0 };
  for (const trial of trials) count[trial.state]++;
  return count;
}

function lastTime(trials: readonly Trial[], startedAt: number): number {
  return trials.reduce((last, trial) => Math.max(last, trial.askedAt + trial.seconds * 1000), startedAt);
}

/** At the mean time of the finished trials, shared by the workers; null before the first. */
function secondsLeft({ fold, active }: StudyNow): number | null {
  const done = fold.trials.filter((trial) => trial.state === "finished" || trial.state === "pruned");
  if (done.length === 0) return null;
  const mean = done.reduce((sum, trial) => sum + trial.seconds, 0) / done.length;
  const over = fold.trials.filter((trial) => trial.state !== "open").length;
  const spent = active.reduce((sum, one) => sum + Math.min(mean, one.progress?.seconds ?? 0), 0);
  return Math.max(0, (fold.planned - over) * mean - spent) / fold.spec.workers;
}

/** About `most` trials: half of them the best, half the newest. */
export function newestAndBest(
  trials: readonly TrialView[],
  direction: StudyView["direction"],
  most: number,
): TrialView[] {
  const half = Math.ceil(most / 2);
  const best = bestFirst({ trials, direction }).slice(0, half);
  const kept = new Set([...best, ...trials.slice(-half)]);
  return trials.filter((trial) => kept.has(trial));
}
