/**
 * One run from its first event to its last. Enter: a spec, a live run and the state it resumes from; leaves: what the end event says. Apart from
 * process.ts, which owns the folder, and from loop.ts, which only trains.
 */

import type { DatasetManifest, Executable, Program, RunSpec, SplitName } from "@lepton/contract";
import { environmentNow } from "../draw/card/environment.ts";
import type { Plugins } from "../plugins.ts";
import { readManifest, readSplit, type SplitArrays } from "./arrays.ts";
import { readWeights, type State, writeBest, writeCheckpoint } from "./checkpoint.ts";
import { curvesOf } from "./curves.ts";
import { evaluateSplit } from "./evaluate-split.ts";
import type { NewEvent } from "./event-log.ts";
import { startState, toldWeights } from "./given-weights.ts";
import { type Outcome, stepsPerEpoch, type TrainJob, train } from "./loop.ts";
import { programOfSpec } from "./model-of-spec.ts";
import { whereNotFinite } from "./not-finite.ts";
import { type Opened, openExecutable } from "./open-executable.ts";
import type { LiveRun } from "./process.ts";
import { datasetFolder } from "./run-folder.ts";
import { defaults } from "./spec.ts";
import { parameterCount, threadsFor } from "./thread-count.ts";

type NewEnd = NewEvent & { type: "end" };

interface Ready {
  readonly spec: RunSpec;
  readonly manifest: DatasetManifest;
  readonly program: Program;
  readonly executable: Executable;
  readonly splits: Readonly<Record<SplitName, SplitArrays>>;
}

export async function runToEnd(
  spec: RunSpec,
  live: LiveRun,
  from: State | undefined,
  plugins: Plugins,
): Promise<NewEnd> {
  const folder = datasetFolder(live.folder, spec);
  const manifest = readManifest(folder);
  const program = await programOfSpec(spec, live.folder, manifest);
  const opened = await openExecutable(plugins, program, { ...spec, threads: threadsFor(program, spec) });
  const { executable } = opened;
  try {
    const split = (name: SplitName) => readSplit(folder, manifest, name);
    const splits = { train: split("train"), validation: split("validation"), test: split("test") };
    await executable.load(from ?? startState(program, spec, live.folder));
    const ready = { spec, manifest, program, executable, splits };
    tellStart(ready, live, opened);
    const saver = createSaver(ready, live);
    const job = jobOf(ready, live, saver);
    const outcome = await train(job);
    if (outcome.state !== "failed") return await tellEnd(ready, live, saver, outcome);
    const compile = async (watching: Program) =>
      (await openExecutable(plugins, watching, { ...spec, ...opened })).executable;
    const cause = await whereNotFinite(job, program, live.folder, compile);
    const reason = `${outcome.reason}${cause === null ? "" : `: ${cause}`}; ${outcome.remedy}`;
    return await tellEnd(ready, live, saver, { ...outcome, reason });
  } finally {
    await executable.dispose();
  }
}

function tellStart({ spec, manifest, program }: Ready, live: LiveRun, { engine, device, choice }: Opened): void {
  const tellChoice = () => choice !== null && live.emit({ type: "message", level: "info", text: choice });
  const rows = manifest.rows.train;
  const tellBatch = () =>
    spec.batchSize > rows &&
    spec.batchSize !== defaults.batchSize && // nobody asked for it
    live.emit({
      type: "message",
      level: "warning",
      text: `a batch of ${spec.batchSize} is more than the ${rows} training rows: each epoch is one step of all rows.`,
    });
  if (live.resumed) {
    live.emit({
      type: "resume",
      pid: process.pid,
      step: live.position.step,
      epoch: live.position.epoch,
      epochs: spec.epochs,
      engine,
      device,
    });
    tellChoice();
    return;
  }
  live.emit({
    type: "start",
    pid: process.pid,
    engine,
    device,
    threads: threadsFor(program, spec),
    parameters: parameterCount(program),
    rows: manifest.rows,
    stepsPerEpoch: stepsPerEpoch(manifest.rows.train, spec.batchSize),
    epochs: spec.epochs,
    environment: environmentNow(),
  });
  tellBatch();
  if (spec.weights) live.emit({ type: "message", level: "info", text: toldWeights(spec.weights) });
  tellChoice();
}

function jobOf({ spec, manifest, program, executable, splits }: Ready, live: LiveRun, saver: Saver) {
  return {
    spec,
    entries: program.entries as TrainJob["entries"],
    executable,
    rowShape: manifest.rowShape,
    train: splits.train,
    validation: splits.validation,
    position: live.position,
    emit: live.emit,
    seconds: live.seconds,
    checkpointIfDue: saver.saveIfDue,
    keepBest: saver.keepBest,
    hold: () => (live.pause.isWanted() ? holdWith(live, saver) : null),
    stopReason: () => live.stopReason,
    progressWanted() {
      const wanted = live.progressWanted;
      live.progressWanted = false;
      return wanted;
    },
  };
}

/** A paused run is safe on disk: killed, it goes on from here. */
async function holdWith(live: LiveRun, saver: Saver): Promise<number> {
  const { step } = live.position;
  live.emit({ type: "pause", paused: true, step });
  await saver.save();
  live.emit({ type: "checkpoint", step });
  const ms = await live.pause.hold();
  live.emit({ type: "pause", paused: false, step });
  return ms;
}

/** Writes weights. The best ones stay in memory until the next checkpoint, and are on disk before it. */
interface Saver {
  keepBest(): Promise<void>;
  saveIfDue(): Promise<void>;
  save(): Promise<void>;
  /** Only the best weights, leaving the last checkpoint as it is. */
  saveBest(): void;
}

function createSaver({ spec, program, executable }: Ready, live: LiveRun): Saver {
  const served = program.state.filter(({ role }) => role === "parameter" || role === "statistic");
  let unsaved: State | null = null;
  let savedAt = performance.now();
  const saveBest = () => {
    if (unsaved) writeBest(live.folder, unsaved, live.position.best!.epoch);
    unsaved = null;
  };
  const save = async () => {
    saveBest();
    live.position.seq = live.log.seq;
    live.position.seconds = live.seconds();
    writeCheckpoint(live.folder, await executable.state(), live.position);
    savedAt = performance.now();
  };
  return {
    save,
    saveBest,
    async keepBest() {
      unsaved = Object.fromEntries(
        await Promise.all(served.map(async ({ name }) => [name, await executable.read(name)] as const)),
      );
    },
    async saveIfDue() {
      const isDue = performance.now() - savedAt >= spec.checkpointEverySeconds * 1000;
      if (!isDue && !live.checkpointWanted) return;
      live.checkpointWanted = false;
      await save();
      live.emit({ type: "checkpoint", step: live.position.step });
    },
  };
}

/** Save what is finite, then test the weights that are served. */
async function tellEnd(ready: Ready, live: LiveRun, saver: Saver, outcome: Outcome): Promise<NewEnd> {
  const { spec, executable, program, splits, manifest } = ready;
  const { position } = live;
  // A failed run has no finite weights: its last good checkpoint stays as it is, its best weights are kept.
  if (outcome.state === "failed") saver.saveBest();
  else await saver.save();
  const end = {
    type: "end",
    state: outcome.state,
    reason: outcome.reason,
    step: position.step,
    epoch: position.epoch,
    seconds: live.seconds(),
    best: position.best && { epoch: position.best.epoch, validation: position.best.validation },
    test: null,
    confusion: null,
  } as const;
  if (outcome.state !== "finished") return end;
  const split = splits.test.rows > 0 ? "test" : "validation";
  if (splits[split].rows === 0) return end;
  await executable.load(readWeights(live.folder));
  const judged = await evaluateSplit(executable, program.entries["evaluate"]!, splits[split], manifest.rowShape, spec);
  const { outputs, confusion } = judged;
  const predictions = {
    task: spec.task,
    outputs,
    targets: splits[split].y,
    width: outputs.length / splits[split].rows,
  };
  const names = manifest.target.classes ?? (spec.task === "regression" ? [manifest.target.name] : []);
  const curves = curvesOf(predictions, split, names);
  if (split === "validation") return { ...end, seconds: live.seconds(), curves };
  const classes = manifest.target.classes ?? confusion?.map((_, index) => String(index)) ?? [];
  return {
    ...end,
    seconds: live.seconds(),
    test: judged.metrics,
    confusion: confusion && { classes, counts: confusion },
    curves: { ...curves, confusion: null },
  };
}
