/**
 * Trials as normal runs in warm processes, one process a worker. Enter: a study's folder, its data and how a trial's settings are made; leaves: a
 * TrialRunner. Every trial is a folder under `.lepton/runs`, so attach, card, evaluate and deploy know it like any other run.
 */
import { cpSync, existsSync, rmSync } from "node:fs";
import path from "node:path";
import type { Metrics, RunEvent } from "@lepton/contract";
import type { LeptonFolder } from "../folder.ts";
import { isRunning } from "../train/control.ts";
import { readEvents } from "../train/event-log.ts";
import { changed } from "../train/event-reader.ts";
import { makeRun, newRunFolder, type TrainableData } from "../train/make-run.ts";
import type { End } from "../train/process.ts";
import { readSpec } from "../train/run-folder.ts";
import { TrialWorker } from "../train/trial-workers.ts";
import { trialSettings, trialSource } from "./settings.ts";
import type { StudySpec } from "./storage.ts";
import type { TrialOutcome, TrialProgress, TrialRequest, TrialRunner } from "./trial-runner.ts";

export interface WarmRunnerOptions {
  readonly place: LeptonFolder;
  readonly studyFolder: string;
  readonly spec: StudySpec;
  readonly data: TrainableData;
  readonly plugins: readonly string[];
}

export function createWarmRunner(options: WarmRunnerOptions): TrialRunner {
  const workers = new Map<number, TrialWorker>();
  const workerOf = (number: number): TrialWorker => {
    const worker = workers.get(number) ?? new TrialWorker();
    workers.set(number, worker);
    return worker;
  };
  return {
    async start(request, onProgress) {
      const { id, folder } = trialRun(options, request);
      const follower = followTrial(readSpec(folder).epochs, onProgress);
      const { end, stop } = workerOf(request.worker).run(folder, follower.event);
      const outcome = end.then(
        (event) => outcomeOf(event, follower.last().epochs),
        (error: Error) => brokenOutcome(error, follower.last()),
      );
      return { run: id, outcome, stop };
    },
    async recover(run, signal) {
      const folder = options.place.runs(run);
      while (!signal.aborted && (await isRunning(folder))) await changed(folder, 250); // a worker of a killed kernel comes to its checkpoint
      if (signal.aborted) return undefined;
      const end = readEvents(folder).findLast((event) => event.type === "end");
      return end?.type === "end" ? outcomeOf(end, readSpec(folder).epochs) : undefined;
    },
    async close() {
      await Promise.all([...workers.values()].map((worker) => worker.close()));
      workers.clear();
    },
  };
}

/** The run of an interrupted try goes on from its checkpoint; else a new run is made. @throws LEPTON_OPTION_VALUE and the like */
function trialRun(options: WarmRunnerOptions, request: TrialRequest): { id: string; folder: string } {
  const { place, spec, data, plugins, studyFolder } = options;
  if (request.earlier !== null && existsSync(path.join(place.runs(request.earlier), "spec.json"))) {
    return { id: request.earlier, folder: place.runs(request.earlier) };
  }
  const fresh = newRunFolder(place);
  try {
    copyModules(studyFolder, fresh.folder);
    makeRun(fresh, data, trialSettings(spec, request.parameters), {
      name: `${spec.name}-${request.number}`,
      source: trialSource(spec, request.parameters),
      study: { id: spec.id, trial: request.number },
      plugins,
    });
  } catch (error) {
    rmSync(fresh.folder, { recursive: true, force: true }); // a run without a spec is none
    throw error;
  }
  return fresh;
}

/** Modules of models and losses of one's own lie in the study's folder; each run keeps its own copy. */
function copyModules(from: string, to: string): void {
  const folder = path.join(from, modulesFolder);
  if (existsSync(folder)) cpSync(folder, to, { recursive: true });
}

/** Where a study keeps the modules of its model. */
export const modulesFolder = "modules";

interface Position {
  readonly epoch: number;
  readonly epochs: number;
  readonly seconds: number;
}

/** A trial's events as progress. */
function followTrial(epochs: number, onProgress: (progress: TrialProgress) => void) {
  let last: Position = { epoch: 0, epochs, seconds: 0 };
  const startedAt = performance.now();
  const tell = (epoch: number, validation: Metrics | null) => {
    last = { epoch, epochs, seconds: (performance.now() - startedAt) / 1000 };
    onProgress({ ...last, validation });
  };
  return {
    last: () => last,
    event(event: RunEvent): void {
      if (event.type === "start") tell(0, null);
      if (event.type === "step") tell(Math.floor(event.epoch), null);
      if (event.type === "epoch") tell(event.epoch, event.validation);
    },
  };
}

function outcomeOf(end: End, epochs: number): TrialOutcome {
  const { state, reason, seconds, epoch, best } = end;
  return { state, reason, seconds, epoch: Math.floor(epoch), epochs, validation: best?.validation ?? null };
}

/** Its process could not begin it, or died. */
function brokenOutcome(error: Error, last: Position): TrialOutcome {
  return { state: "failed", reason: error.message, validation: null, ...last };
}
