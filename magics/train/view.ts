/**
 * Events become a picture's data. Enter: a run's spec and its events in order; leaves: a RunView, a whole snapshot with at most 500 points a
 * series and no NaN. Apart because the kernel, the extension's tests and the trackers fold the same events.
 */
import type { Metrics, RunEvent, RunSpec, RunView, Series, SplitName } from "@lepton/contract";
import { clockOf, emptyGauges, type GaugePoints, gaugesOf, takeGauges } from "./gauges.ts";
import { modelText } from "./model-text.ts";
import { thin } from "./thin.ts";

/** Of all series together, so that a snapshot stays below 200 kB. */
const mostPoints = 6000;
/** A larger matrix is in the run's file and no picture. */
const mostClasses = 60;

type End = Extract<RunEvent, { type: "end" }>;
type Epoch = Extract<RunEvent, { type: "epoch" }>;
type Start = Extract<RunEvent, { type: "start" }>;

/** Everything of a run's events that a view needs; grows with `fold`. */
export interface RunFold {
  readonly spec: RunSpec;
  seq: number;
  startedAt: number;
  updatedAt: number;
  start: Start | null;
  /** Epochs wanted, as the process last said. */
  epochsWanted: number;
  /** The process of the last start or resume. */
  pid: number | null;
  end: End | null;
  /** Milliseconds since startedAt in which no process trained, or it was paused. */
  idleMs: number;
  /** Since when it is paused, in milliseconds since 1970; null while it trains. */
  pausedAt: number | null;
  /** When the process went on after a break. */
  resumedAt: { time: number; step: number } | null;
  step: number;
  epoch: number;
  rowsPerSecond: number | null;
  learningRate: number | null;
  losses: { x: number[]; y: number[] };
  gauges: GaugePoints;
  epochs: Epoch[];
  messages: string[];
}

export function emptyFold(spec: RunSpec): RunFold {
  const startedAt = Date.parse(spec.createdAt);
  return {
    spec,
    seq: 0,
    startedAt,
    updatedAt: startedAt,
    start: null,
    epochsWanted: spec.epochs,
    pid: null,
    end: null,
    idleMs: 0,
    pausedAt: null,
    resumedAt: null,
    step: 0,
    epoch: 0,
    rowsPerSecond: null,
    learningRate: null,
    losses: { x: [], y: [] },
    gauges: emptyGauges(),
    epochs: [],
    messages: [],
  };
}

/** Take in the next event. A run that was resumed is not over any more. */
export function fold(into: RunFold, event: RunEvent): void {
  const before = into.updatedAt;
  into.seq = event.seq;
  into.updatedAt = event.time;
  switch (event.type) {
    case "start":
      into.start = event;
      into.pid = event.pid;
      into.epochsWanted = event.epochs;
      into.startedAt = event.time;
      return;
    case "resume":
      into.end = null;
      into.pid = event.pid;
      into.epochsWanted = event.epochs;
      into.idleMs += event.time - (into.pausedAt ?? before);
      into.pausedAt = null;
      into.resumedAt = { time: event.time, step: event.step };
      if (into.start && event.engine !== undefined && event.device !== undefined)
        into.start = { ...into.start, engine: event.engine, device: event.device };
      return;
    case "step":
      into.step = event.step;
      into.epoch = event.epoch;
      into.rowsPerSecond = event.rowsPerSecond;
      into.learningRate = event.learningRate;
      into.losses.x.push(event.step);
      into.losses.y.push(event.loss);
      takeGauges(into.gauges, event, secondsAt(into));
      return;
    case "usage":
      takeGauges(into.gauges, event, secondsAt(into));
      return;
    case "pause":
      if (event.paused) into.pausedAt ??= event.time;
      else if (into.pausedAt !== null) {
        into.idleMs += event.time - into.pausedAt;
        into.pausedAt = null;
        into.resumedAt = { time: event.time, step: event.step };
      }
      return;
    case "epoch":
      into.step = event.step;
      into.epoch = event.epoch;
      into.epochs.push(event);
      return;
    case "message":
      into.messages.push(event.text);
      return;
    case "checkpoint":
      return;
    case "end":
      if (into.pausedAt !== null) into.idleMs += event.time - into.pausedAt;
      into.pausedAt = null;
      into.end = event;
      into.step = event.step;
      into.epoch = event.epoch;
      return;
    default:
      event satisfies never;
  }
}

/** The snapshot now. `lost` is a sentence when the run's process is gone without an end event. */
export function viewOf(from: RunFold, lost: string | null = null): RunView {
  const { spec, start, end } = from;
  const stepsPerEpoch = start?.stepsPerEpoch ?? 0;
  const epochs = from.epochsWanted;
  const last = from.epochs.at(-1);
  const over = end !== null || lost !== null;
  return {
    version: 1,
    id: spec.id,
    name: spec.name,
    state: end ? end.state : lost ? "failed" : start ? "running" : "starting",
    reason: end?.reason ?? lost,
    seq: from.seq,
    startedAt: from.startedAt,
    updatedAt: from.updatedAt,
    epoch: from.epoch,
    epochs,
    step: from.step,
    steps: stepsPerEpoch * epochs,
    stepsPerEpoch,
    seconds: end?.seconds ?? secondsAt(from),
    etaSeconds: over || from.pausedAt !== null ? null : secondsLeft(from, stepsPerEpoch * epochs),
    rowsPerSecond: number(from.rowsPerSecond),
    learningRate: number(from.learningRate),
    engine: start?.engine ?? spec.engine,
    device: start?.device ?? spec.device,
    parameters: start?.parameters ?? 0,
    model: modelText(spec.model),
    dataset: spec.dataset.name,
    task: spec.task,
    seed: spec.seed,
    series: seriesOf(from),
    best: bestOf(from),
    last: last ? { train: numbers(last.train), validation: last.validation && numbers(last.validation) } : null,
    test: end?.test ? numbers(end.test) : null,
    confusion: end?.confusion && end.confusion.classes.length <= mostClasses ? end.confusion : null,
    messages: from.messages.slice(-20),
    paused: !over && from.pausedAt !== null,
    curves: end?.curves ?? null,
    gauges: gaugesOf(from.gauges),
    clock: clockOf(from.gauges),
  };
}

/** Seconds of training up to the last event: breaks and pauses are left out. */
function secondsAt(from: RunFold): number {
  const now = from.pausedAt ?? from.updatedAt;
  return Math.max(0, now - from.startedAt - from.idleMs) / 1000;
}

/** The snapshot of a list of events. */
export function runView(spec: RunSpec, events: readonly RunEvent[], lost: string | null = null): RunView {
  const state = emptyFold(spec);
  for (const event of events) fold(state, event);
  return viewOf(state, lost);
}

function secondsLeft(from: RunFold, steps: number): number | null {
  const since = from.resumedAt ?? { time: from.startedAt, step: 0 };
  const done = from.step - since.step;
  if (done <= 0 || steps === 0) return null;
  return (((from.updatedAt - since.time) / 1000) * (steps - from.step)) / done;
}

/** Training loss by step, then each metric by epoch, training beside validation. */
function seriesOf(from: RunFold): Series[] {
  const series: Series[] = [];
  const { train = {}, validation } = from.epochs[0] ?? {};
  const lines = 1 + Object.keys(train).length + Object.keys(validation ?? {}).length;
  const limit = Math.min(500, Math.floor(mostPoints / lines));
  const add = (name: string, split: SplitName, x: readonly number[], y: readonly (number | null)[]) => {
    const kept = thin(x, y, limit);
    series.push({ name, split, x: kept.map((index) => x[index]!), y: kept.map((index) => short(y[index]!)) });
  };
  if (from.losses.x.length > 0) add("loss", "train", from.losses.x, from.losses.y);
  const steps = from.epochs.map((epoch) => epoch.step);
  for (const name of Object.keys(train)) {
    if (name === "loss" && from.losses.x.length > 0) continue;
    add(name, "train", steps, columnOf(from.epochs, "train", name));
  }
  for (const name of Object.keys(validation ?? {})) {
    add(name, "validation", steps, columnOf(from.epochs, "validation", name));
  }
  return series;
}

function columnOf(epochs: readonly Epoch[], split: "train" | "validation", name: string): (number | null)[] {
  return epochs.map((epoch) => epoch[split]?.[name] ?? null);
}

function bestOf(from: RunFold): RunView["best"] {
  const best = from.end?.best ?? from.epochs.findLast((epoch) => epoch.best && epoch.validation);
  return best?.validation ? { epoch: best.epoch, validation: numbers(best.validation) } : null;
}

/** Seven digits: more than a chart shows, and half the bytes. */
function short(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? Number(value.toPrecision(7)) : null;
}

function number(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

function numbers(metrics: Metrics): Record<string, number | null> {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, number(value)]));
}
