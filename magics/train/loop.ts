/**
 * The loop: what happens between a model's first weights and its last, in one place to read. Enter: an executable, arrays and a position to start
 * from; leave: events, checkpoints and the reason it ended. Apart from processes, files and sockets: those are the job's functions.
 */
import type { Entry, Executable, Metrics, RunSpec } from "@lepton/contract";
import type { SplitArrays } from "./arrays.ts";
import { type Batches, createBatches, type Feeds } from "./batches.ts";
import type { LoopPosition } from "./checkpoint.ts";
import { evaluateSplit } from "./evaluate-split.ts";
import type { NewEvent } from "./event-log.ts";
import { predictedClasses } from "./metrics.ts";
import { epochOrder, stepFeeds } from "./random-feeds.ts";
import { learningRateAt } from "./schedule.ts";
import { defaults, improves } from "./spec.ts";
import { startReport } from "./step-report.ts";
import { turnIfDue } from "./turn.ts";

export interface TrainJob {
  readonly spec: RunSpec;
  /** `accumulate` and `update` instead of `train` where gradients of several batches are averaged. */
  readonly entries: Readonly<Record<"train" | "evaluate", Entry>> &
    Readonly<Partial<Record<"accumulate" | "update", Entry>>>;
  readonly executable: Executable;
  readonly rowShape: readonly number[];
  readonly train: SplitArrays;
  readonly validation: SplitArrays;
  /** Where the loop is; it moves with the loop, and what it says at a checkpoint is where a resumed run goes on. */
  readonly position: LoopPosition;
  emit(event: NewEvent): void;
  /** Called between steps: writes a checkpoint when one is due. */
  checkpointIfDue(): Promise<void>;
  /** Called when an epoch is the best so far: keeps its weights. */
  keepBest(): Promise<void>;
  /** Holds when someone asked for it: milliseconds held, or null at once where nobody did. */
  hold(): Promise<number> | null;
  /** A reason to stop at the next step, or null. */
  stopReason(): string | null;
  /** Seconds of training so far, those before a resume included. */
  seconds(): number;
  /** True once for each time someone asked for progress now. */
  progressWanted(): boolean;
}

export type Outcome =
  | { readonly state: "finished"; readonly reason: string | null }
  | { readonly state: "stopped"; readonly reason: string }
  /** At the job's position the loss was not finite: what happened, and what to do about it. */
  | { readonly state: "failed"; readonly reason: string; readonly remedy: string };

export function stepsPerEpoch(rows: number, batchSize: number): number {
  return Math.ceil(rows / batchSize);
}

export async function train(job: TrainJob): Promise<Outcome> {
  const { spec, position: at } = job;
  const batches = createBatches(job.train, job.rowShape, spec.batchSize, spec.classWeights);
  while (at.epoch < spec.epochs && !at.done) {
    const early = await trainEpoch(job, batches, epochOrder(spec.seed, at.epoch, job.train.rows));
    if (early) return early;
    await endEpoch(job);
    await job.checkpointIfDue();
  }
  const reason = at.done
    ? `early stopping: no better ${monitorOf(spec)} for ${spec.earlyStopping?.patience} epochs`
    : null;
  return { state: "finished", reason };
}

/** The rest of the present epoch, from at.stepInEpoch on. Returns an outcome when the run ends inside it. */
async function trainEpoch(job: TrainJob, batches: Batches, order: Uint32Array): Promise<Outcome | null> {
  const { spec, position: at } = job;
  const perEpoch = stepsPerEpoch(job.train.rows, spec.batchSize);
  const report = startReport();
  const feedsOf = (step: number) => {
    const from = step * spec.batchSize;
    return batches.gather(order, from, Math.min(spec.batchSize, job.train.rows - from));
  };
  let feeds = feedsOf(at.stepInEpoch);
  while (at.stepInEpoch < perEpoch) {
    const turn = turnIfDue();
    if (turn) await turn;
    const held = job.hold();
    if (held) report.leaveOut(await held);
    const reason = job.stopReason();
    if (reason !== null) return { state: "stopped", reason };

    const learningRate = learningRateAt(spec, at.step, perEpoch * spec.epochs);
    const running = takeStep(job, feeds, learningRate, perEpoch);
    const next = at.stepInEpoch + 1 < perEpoch ? feedsOf(at.stepInEpoch + 1) : feeds; // gathered while the engine works
    const outputs = await running;

    const loss = Number(outputs.loss!.data[0]);
    if (!Number.isFinite(loss)) return notFinite(job, loss, learningRate);
    addToSums(job, feeds, outputs.prediction!.data as Float32Array, loss);
    at.step++;
    at.stepInEpoch++;
    report.add(loss, feeds.x!.shape[0]!);
    feeds = next;
    if (
      report.isDue(perEpoch - at.stepInEpoch) ||
      at.step === 1 ||
      at.stepInEpoch === perEpoch ||
      job.progressWanted()
    ) {
      job.emit({
        type: "step",
        step: at.step,
        epoch: at.epoch + at.stepInEpoch / perEpoch,
        learningRate,
        ...report.take(),
      });
    }
    if (at.stepInEpoch < perEpoch) await job.checkpointIfDue();
  }
  return null;
}

/** One batch: its gradients move the weights, at once or with those of the batches before. */
export async function takeStep(
  { spec, entries, executable, position: at }: TrainJob,
  batch: Feeds,
  rate: number,
  perEpoch: number,
) {
  const { accumulate, update } = entries;
  if (!accumulate || !update) return executable.run("train", stepFeeds(entries.train, batch, spec.seed, at.step, rate));
  const outputs = await executable.run("accumulate", stepFeeds(accumulate, batch, spec.seed, at.step, rate));
  const done = at.stepInEpoch + 1;
  const isFull = done % (spec.gradientAccumulationSteps ?? 1) === 0 || done === perEpoch;
  if (isFull) await executable.run("update", stepFeeds(update, {}, spec.seed, at.step, rate));
  return outputs;
}

/** Validate, compare with the best epoch so far, and decide about early stopping. */
async function endEpoch(job: TrainJob): Promise<void> {
  const { spec, position: at } = job;
  const validation =
    job.validation.rows > 0
      ? (await evaluateSplit(job.executable, job.entries.evaluate, job.validation, job.rowShape, spec)).metrics
      : null;
  const trained = trainMetrics(job);
  at.epoch++;
  at.stepInEpoch = 0;
  const value = validation?.[monitorOf(spec)] ?? Number.NaN;
  const best =
    validation !== null && improves(monitorOf(spec), value, at.best?.value ?? null, spec.earlyStopping?.minDelta ?? 0);
  if (best) {
    at.best = { epoch: at.epoch, value, validation };
    await job.keepBest();
  }
  if (spec.earlyStopping && validation && at.epoch - (at.best?.epoch ?? 0) >= spec.earlyStopping.patience)
    at.done = true;
  const seconds = job.seconds() - at.epochStart;
  at.epochStart = job.seconds();
  at.sums = { loss: 0, weight: 0, rows: 0, right: 0 };
  job.emit({ type: "epoch", epoch: at.epoch, step: at.step, seconds, train: trained, validation, best });
}

/** Training loss and accuracy over the epoch's batches, as they were met (weights changed in between, dropout was on). */
function trainMetrics({ spec, position: { sums } }: TrainJob): Metrics {
  const loss = sums.loss / sums.weight;
  return spec.task === "regression" ? { loss } : { loss, accuracy: sums.right / sums.rows };
}

function addToSums({ spec, position: { sums } }: TrainJob, feeds: Feeds, outputs: Float32Array, loss: number): void {
  const rows = feeds.x!.shape[0]!;
  const weight = feeds.weight ? sumOf(feeds.weight.data as Float32Array) : rows;
  sums.loss += loss * weight;
  sums.weight += weight;
  sums.rows += rows;
  if (spec.task === "regression") return;
  const targets = feeds.y!.data;
  const classes = predictedClasses(outputs, outputs.length / rows);
  for (let row = 0; row < rows; row++) if (classes[row] === targets[row]) sums.right++;
}

function sumOf(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function notFinite({ position: at }: TrainJob, loss: number, learningRate: number): Outcome {
  const kept = at.best ? ` The weights of epoch ${at.best.epoch}, the best one, are kept.` : "";
  const reason = `the loss became ${loss} at step ${at.step + 1} (epoch ${at.epoch + 1}) with learning rate ${learningRate}`;
  const smaller = Number(Math.min(learningRate / 10, defaults.learningRate * 10).toPrecision(3));
  const remedy = `try a smaller one, such as --learning-rate ${smaller} or what --find-learning-rate suggests, and look for extreme values in the data.${kept}`;
  return { state: "failed", reason, remedy };
}

/** The metric whose best epoch is kept, and that early stopping watches. */
export function monitorOf(spec: RunSpec): string {
  return spec.earlyStopping?.monitor ?? "loss";
}
