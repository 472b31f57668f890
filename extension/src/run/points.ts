/**
 * The points of a run as the page holds them: a snapshot or live events enter, whole series leave. Live events carry sequence numbers: what was
 * seen is dropped, a hole is reported so that the caller asks again. Nothing here touches the page.
 */

import type { Gauge, Metrics, RunEvent, RunView, SplitName } from "../../../kernel/contract/run.ts";
import { finite } from "../data-check.ts";
import { kernelWord } from "../kernel-words.ts";
import { trans } from "../translation.ts";

/** One line of a chart with every point known here. Arrays grow in place. */
export interface PointSeries {
  readonly name: string;
  readonly split: SplitName;
  /** What a legend calls it; split and name where left out. */
  readonly label?: string;
  /** Steps done. */
  readonly step: number[];
  /** Epochs done; NaN where a snapshot did not say. */
  readonly epoch: number[];
  /** Seconds since the run's start; NaN where a snapshot did not say. */
  readonly seconds: number[];
  /** null where not finite. */
  readonly y: (number | null)[];
}

/** What a legend calls a line, in the reader's language. */
export function lineName({ label, split, name }: PointSeries): string {
  return label ?? `${kernelWord(split)} ${name === "loss" ? trans.__("loss") : name}`;
}

/** The lines of a loss or a metric: on training rows, on validation rows, on test rows. */
export function inOrder(lines: readonly PointSeries[], name: string): PointSeries[] {
  const splits = ["train", "validation", "test"];
  return lines.filter((line) => line.name === name).sort((a, b) => splits.indexOf(a.split) - splits.indexOf(b.split));
}

export type Axis = "step" | "epoch" | "seconds";

/** What a chart is drawn over: a snapshot of before clocks has no seconds, then epochs stand in. */
export function drawnAxis(wanted: Axis, hasSeconds: boolean): Axis {
  return wanted === "seconds" && !hasSeconds ? "epoch" : wanted;
}

export class RunPoints {
  readonly series = new Map<string, PointSeries>();
  /** What is measured beside losses and metrics, by name. */
  readonly gauges = new Map<string, PointSeries>();
  /** The last event folded in without a hole. */
  seq = 0;
  /** Seconds of training up to the last event; breaks and pauses are left out. */
  seconds = 0;
  private startedAt = 0;
  private idleMs = 0;
  private pausedAt: number | null = null;
  private lastTime = 0;
  private stepsPerEpoch = 0;
  /** Where the run last went on: since then its rate is counted. */
  private wentOn = { step: 0, seconds: 0 };
  private fromEvents = false;
  private hasClock = false;

  /** Take a snapshot's points, unless events have already told more. */
  takeSnapshot(view: RunView): void {
    if (this.fromEvents) return;
    this.series.clear();
    this.gauges.clear();
    this.startedAt = view.startedAt;
    this.stepsPerEpoch = view.stepsPerEpoch;
    this.hasClock = (view.clock?.step.length ?? 0) > 0;
    for (const line of view.series) this.takeLine(this.line(line.split, line.name), line.x, line.y, view.clock);
    for (const gauge of view.gauges ?? []) this.takeLine(this.gauge(gauge.name), gauge.x, gauge.y, view.clock);
  }

  private takeLine(
    into: PointSeries,
    steps: readonly number[],
    y: readonly (number | null)[],
    clock: RunView["clock"],
  ): void {
    for (const [index, step] of steps.entries()) {
      push(into, step, this.epochAt(step), clock ? secondsAt(clock, step) : Number.NaN, y[index] ?? null);
    }
  }

  private epochAt(step: number): number {
    return this.stepsPerEpoch > 0 ? step / this.stepsPerEpoch : Number.NaN;
  }

  /**
   * Fold a batch of events in; `folded` is told of each that was new.
   *
   * @returns the sequence number to ask from when events are missing, or null when all is well
   */
  takeEvents(events: readonly RunEvent[], folded: (event: RunEvent) => void = () => undefined): number | null {
    for (const event of events) {
      if (this.fromEvents && event.seq <= this.seq) continue;
      if (event.seq !== this.seq + 1) return this.seq;
      if (!this.fromEvents) this.beginFromEvents();
      this.seq = event.seq;
      this.fold(event);
      folded(event);
    }
    return null;
  }

  /** What the kernel needs to know to send what is missing here. */
  place(): { readonly from: number; readonly time?: number } {
    return this.seq > 0 ? { from: this.seq, time: this.lastTime } : { from: 0 };
  }

  /** Everything known is void; the next event is the first. */
  restart(): void {
    this.fromEvents = false;
    this.seq = 0;
    this.idleMs = 0;
    this.pausedAt = null;
    this.wentOn = { step: 0, seconds: 0 };
  }

  /** Whether points come from events, so that whatever is missing is asked for from the beginning. */
  get isLive(): boolean {
    return this.fromEvents;
  }

  /** Of all points that are here; 0 where there is none. */
  get lastStep(): number {
    const lines = [...this.series.values(), ...this.gauges.values()];
    return lines.reduce((last, { step }) => Math.max(last, step.at(-1) ?? 0), 0);
  }

  /** Whether values on this axis are known. */
  has(axis: Axis): boolean {
    return axis !== "seconds" || this.fromEvents || this.hasClock;
  }

  /** Seconds that `steps` more steps take at the rate since the run last went on; null before the second step. */
  secondsFor(steps: number, step: number): number | null {
    const done = step - this.wentOn.step;
    return done > 0 ? ((this.seconds - this.wentOn.seconds) / done) * steps : null;
  }

  private beginFromEvents(): void {
    this.fromEvents = true;
    this.series.clear();
    this.gauges.clear();
  }

  private fold(event: RunEvent): void {
    this.keepTime(event);
    if (event.type === "resume") this.forgetAfter(event.step);
    const { seconds } = this;
    if (event.type === "step") {
      const { step, epoch } = event;
      push(this.line("train", "loss"), step, epoch, seconds, finite(event.loss));
      push(this.gauge("learning rate"), step, epoch, seconds, finite(event.learningRate));
      push(this.gauge("rows per second"), step, epoch, seconds, finite(event.rowsPerSecond));
    }
    if (event.type === "usage") {
      const add = (name: Gauge["name"], value: number) =>
        push(this.gauge(name), event.step, this.epochAt(event.step), seconds, finite(value));
      add("cores busy", event.cpu);
      add("memory", event.memoryBytes / 1e6);
      if (event.gpu) add("GPU busy", event.gpu.busy * 100);
      if (event.gpu) add("GPU memory", event.gpu.memoryBytes / 1e6);
    }
    if (event.type === "epoch") {
      this.takeMetrics("train", event.train, event.step, event.epoch, seconds);
      if (event.validation) this.takeMetrics("validation", event.validation, event.step, event.epoch, seconds);
    }
  }

  /** Breaks between two processes and pauses are no training. */
  private keepTime(event: RunEvent): void {
    if (event.type === "start") {
      this.startedAt = event.time;
      this.stepsPerEpoch = event.stepsPerEpoch;
    }
    const goesOn = event.type === "resume" || (event.type === "pause" && !event.paused);
    if (goesOn && (this.pausedAt !== null || event.type === "resume")) {
      this.idleMs += event.time - (this.pausedAt ?? this.lastTime);
      this.pausedAt = null;
    }
    if (event.type === "pause" && event.paused) this.pausedAt ??= event.time;
    this.lastTime = event.time;
    this.seconds = Math.max(0, (this.pausedAt ?? event.time) - this.startedAt - this.idleMs) / 1000;
    if (goesOn) this.wentOn = { step: event.step, seconds: this.seconds };
  }

  private takeMetrics(split: SplitName, metrics: Metrics, step: number, epoch: number, seconds: number): void {
    for (const [name, value] of Object.entries(metrics)) {
      // The training loss is already there step by step, and finer.
      if (split === "train" && name === "loss") continue;
      push(this.line(split, name), step, epoch, seconds, finite(value));
    }
  }

  /** A resumed run repeats what came after its checkpoint. */
  private forgetAfter(step: number): void {
    for (const line of [...this.series.values(), ...this.gauges.values()]) {
      while (line.step.length > 0 && line.step.at(-1)! > step) {
        for (const values of [line.step, line.epoch, line.seconds, line.y]) values.pop();
      }
    }
  }

  private gauge(name: string): PointSeries {
    let line = this.gauges.get(name);
    if (!line) {
      const label = gaugeUnits[name] ? `${kernelWord(name)} (${gaugeUnits[name]})` : kernelWord(name);
      line = { name, label, split: "train", step: [], epoch: [], seconds: [], y: [] };
      this.gauges.set(name, line);
    }
    return line;
  }

  private line(split: SplitName, name: string): PointSeries {
    const key = `${split} ${name}`;
    let line = this.series.get(key);
    if (!line) {
      line = { name, split, step: [], epoch: [], seconds: [], y: [] };
      this.series.set(key, line);
    }
    return line;
  }
}

const gaugeUnits: Readonly<Record<string, string>> = { memory: "MB", "GPU memory": "MB", "GPU busy": "%" };

/** Between two known steps the clock goes straight; before the first it starts at 0. */
function secondsAt({ step: steps, seconds }: NonNullable<RunView["clock"]>, step: number): number {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! < step) low = middle + 1;
    else high = middle;
  }
  if (low >= steps.length) return seconds.at(-1) ?? Number.NaN;
  const [beforeStep, before] = low > 0 ? [steps[low - 1]!, seconds[low - 1]!] : [0, 0];
  const share = steps[low]! > beforeStep ? (step - beforeStep) / (steps[low]! - beforeStep) : 1;
  return before + share * (seconds[low]! - before);
}

function push(line: PointSeries, step: number, epoch: number, seconds: number, y: number | null): void {
  line.step.push(step);
  line.epoch.push(epoch);
  line.seconds.push(seconds);
  line.y.push(y);
}

/**
 * Exponential moving average without the pull towards zero at the start: the sum of weighted values over the sum of weights. Gaps stay gaps.
 *
 * @param weight  0 (none) to below 1; the share of the past that is kept at each point
 * @source        TensorBoard's vz_line_chart2/line-chart.ts, resmooth: last = last w + (1 - w) value, divided by 1 - w^n ("de-biasing" after
 *                Kingma & Ba 2015, section 3). The same quotient: (1 - w) times the sum of w^(n-i) value_i, over 1 - w^n
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (weight <= 0) return values as (number | null)[];
  let sum = 0;
  let weights = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum = sum * weight + value;
    weights = weights * weight + 1;
    return sum / weights;
  });
}

/**
 * At most about `buckets * 4` points that draw the same picture: the first, lowest, highest and last of each bucket of x.
 *
 * @source M4, Jugel et al. 2014
 */
export function thin(
  x: readonly number[],
  y: readonly (number | null)[],
  buckets: number,
): [number[], (number | null)[]] {
  if (x.length <= buckets * 4) return [x as number[], y as (number | null)[]];
  const outX: number[] = [];
  const outY: (number | null)[] = [];
  const size = x.length / buckets;
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = Math.floor(bucket * size);
    const to = Math.floor((bucket + 1) * size);
    const chosen = new Set([from, to - 1]);
    let low = -1;
    let high = -1;
    for (let i = from; i < to; i++) {
      const value = y[i];
      if (value === null || value === undefined) continue;
      if (low < 0 || value < y[low]!) low = i;
      if (high < 0 || value > y[high]!) high = i;
    }
    if (low >= 0) chosen.add(low).add(high);
    for (const i of [...chosen].sort((a, b) => a - b)) {
      outX.push(x[i]!);
      outY.push(y[i] ?? null);
    }
  }
  return [outX, outY];
}
