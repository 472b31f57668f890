/**
 * The points of a run as the page holds them: a snapshot or live events enter, whole series leave. Live events carry sequence numbers: what was
 * seen is dropped, a hole is reported so that the caller asks again. Nothing here touches the page.
 */
import type { Metrics, RunEvent, RunView, SplitName } from "../../../kernel/contract/run.ts";

/** One line of a chart with every point known here. Arrays grow in place. */
export interface PointSeries {
  readonly name: string;
  readonly split: SplitName;
  /** Steps done. */
  readonly step: number[];
  /** Epochs done; NaN where a snapshot did not say. */
  readonly epoch: number[];
  /** Seconds since the run's start; NaN where a snapshot did not say. */
  readonly seconds: number[];
  /** null where not finite. */
  readonly y: (number | null)[];
}

export type Axis = "step" | "epoch" | "seconds";

export class RunPoints {
  readonly series = new Map<string, PointSeries>();
  /** The last event folded in without a hole. */
  seq = 0;
  private startedAt = 0;
  private lastTime = 0;
  private fromEvents = false;

  /** Take a snapshot's points, unless events have already told more. */
  takeSnapshot(view: RunView): void {
    if (this.fromEvents) return;
    this.series.clear();
    this.startedAt = view.startedAt;
    for (const line of view.series) {
      const kept = this.line(line.split, line.name);
      for (const [index, step] of line.x.entries()) {
        const epoch = view.stepsPerEpoch > 0 ? step / view.stepsPerEpoch : Number.NaN;
        push(kept, step, epoch, Number.NaN, line.y[index] ?? null);
      }
    }
  }

  /**
   * Fold a batch of events in.
   *
   * @returns the sequence number to ask from when events are missing, or null when all is well
   */
  takeEvents(events: readonly RunEvent[]): number | null {
    for (const event of events) {
      if (event.seq <= this.seq && this.fromEvents) continue;
      if (!this.fromEvents) this.beginFromEvents();
      if (event.seq !== this.seq + 1) return this.seq;
      this.seq = event.seq;
      this.fold(event);
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
  }

  /** Whether values on this axis are known. */
  has(axis: Axis): boolean {
    return axis !== "seconds" || this.fromEvents;
  }

  private beginFromEvents(): void {
    this.fromEvents = true;
    this.seq = 0;
    this.series.clear();
  }

  private fold(event: RunEvent): void {
    this.lastTime = event.time;
    if (event.type === "start") this.startedAt = event.time;
    if (event.type === "resume") this.forgetAfter(event.step);
    const seconds = (event.time - this.startedAt) / 1000;
    if (event.type === "step") push(this.line("train", "loss"), event.step, event.epoch, seconds, finite(event.loss));
    if (event.type === "epoch") {
      this.takeMetrics("train", event.train, event.step, event.epoch, seconds);
      if (event.validation) this.takeMetrics("validation", event.validation, event.step, event.epoch, seconds);
    }
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
    for (const line of this.series.values()) {
      while (line.step.length > 0 && line.step.at(-1)! > step) {
        for (const values of [line.step, line.epoch, line.seconds, line.y]) values.pop();
      }
    }
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

function push(line: PointSeries, step: number, epoch: number, seconds: number, y: number | null): void {
  line.step.push(step);
  line.epoch.push(epoch);
  line.seconds.push(seconds);
  line.y.push(y);
}

function finite(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/**
 * Exponential moving average without the pull towards zero at the start: the sum of weighted values over the sum of weights.
 *
 * @param weight  0 (none) to below 1; the share of the past that is kept at each point
 * @source        the bias correction of Kingma & Ba 2015, section 3, as TensorBoard's smoothing
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
