/**
 * What is measured beside losses and metrics: learning rate, throughput, the machine, and when each step was done. Enter: step and usage events in
 * order; leave: thinned lines of a snapshot. Apart from view.ts because a snapshot lives without them.
 */
import type { Gauge, RunEvent, RunView } from "@lepton/contract";
import { thin } from "./thin.ts";

type Step = Extract<RunEvent, { type: "step" }>;
type Usage = Extract<RunEvent, { type: "usage" }>;

interface Points {
  readonly x: number[];
  readonly y: number[];
}

export interface GaugePoints {
  /** Seconds of training by step. */
  readonly clock: Points;
  readonly learningRate: Points;
  readonly rowsPerSecond: Points;
  readonly usage: Usage[];
}

const mostPoints = 200;

export function emptyGauges(): GaugePoints {
  return { clock: noPoints(), learningRate: noPoints(), rowsPerSecond: noPoints(), usage: [] };
}

function noPoints(): Points {
  return { x: [], y: [] };
}

/** @param seconds  of training at this event */
export function takeGauges(into: GaugePoints, event: Step | Usage, seconds: number): void {
  if (event.type === "usage") {
    into.usage.push(event);
    return;
  }
  const add = (points: Points, value: number) => {
    points.x.push(event.step);
    points.y.push(value);
  };
  add(into.clock, seconds);
  add(into.learningRate, event.learningRate);
  add(into.rowsPerSecond, event.rowsPerSecond);
}

export function gaugesOf(from: GaugePoints): readonly Gauge[] {
  const steps = from.usage.map(({ step }) => step);
  const used = (of: (usage: Usage) => number | undefined) => from.usage.map((usage) => of(usage) ?? null);
  const all: Gauge[] = [
    { name: "learning rate", unit: "", ...from.learningRate },
    { name: "rows per second", unit: "", ...from.rowsPerSecond },
    { name: "cores busy", unit: "", x: steps, y: used(({ cpu }) => cpu) },
    { name: "memory", unit: "MB", x: steps, y: used(({ memoryBytes }) => memoryBytes / 1e6) },
    { name: "GPU busy", unit: "%", x: steps, y: used(({ gpu }) => gpu && gpu.busy * 100) },
    { name: "GPU memory", unit: "MB", x: steps, y: used(({ gpu }) => gpu && gpu.memoryBytes / 1e6) },
  ];
  return all.filter(({ y }) => y.some((value) => value !== null)).map(thinned);
}

export function clockOf(from: GaugePoints): NonNullable<RunView["clock"]> {
  const kept = thin(from.clock.x, from.clock.y, mostPoints);
  return { step: kept.map((at) => from.clock.x[at]!), seconds: kept.map((at) => Number(from.clock.y[at]!.toFixed(2))) };
}

function thinned({ name, unit, x, y }: Gauge): Gauge {
  const kept = thin(x, y, mostPoints);
  const short = (value: number | null) =>
    value !== null && Number.isFinite(value) ? Number(value.toPrecision(4)) : null;
  return { name, unit, x: kept.map((at) => x[at]!), y: kept.map((at) => short(y[at]!)) };
}
