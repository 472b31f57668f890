/**
 * How large the snapshot of a long run becomes in the notebook's file. Enter: nothing; leaves: bytes of the JSON of a run with a million steps, a thousand
 * epochs, twenty lines of metrics, gauges, curves and a matrix of 60 classes. Apart because no page is needed.
 */
import type { Metrics, RunCurves, RunEvent, RunSpec } from "@lepton/contract";
import { emptyFold, fold, viewOf } from "../../../magics/train/view.ts";

const steps = 1_000_000;
const epochs = 1000;
const classes = 60;

const wave = (index: number) => 0.5 + 0.3 * Math.sin(index * 12.9898);
/** As curves are written: four digits after the point. */
const short = (index: number) => Number(wave(index).toFixed(4));

function metricsAt(epoch: number): Metrics {
  const names = [
    "loss",
    "accuracy",
    "balancedAccuracy",
    "precision",
    "recall",
    "f1",
    "rocAuc",
    "logLoss",
    "kappa",
    "mcc",
  ];
  return Object.fromEntries(names.map((name, index) => [name, wave(epoch * 31 + index)]));
}

function curvesOf(names: readonly string[]): RunCurves {
  const line = (count: number) => Array.from({ length: count }, (_, index) => short(index));
  const classes = names.map((name) => ({
    name,
    positives: 1000,
    rocAuc: wave(1),
    averagePrecision: wave(2),
    roc: { falsePositiveRate: line(100), truePositiveRate: line(100) },
    pr: { recall: line(100), precision: line(100) },
    calibration: { predicted: line(10), observed: line(10), rows: new Array<number>(10).fill(100) },
    brier: wave(3),
  }));
  return { split: "test", rows: 10_000, classes, targets: [], confusion: null };
}

function eventAt(step: number): Record<string, unknown>[] {
  const at = { step, epoch: step / 1000 };
  const events: Record<string, unknown>[] = [
    { type: "step", ...at, loss: wave(step), learningRate: 1e-3, rowsPerSecond: 1e6 + (step % 997) },
  ];
  if (step % 500 === 0)
    events.push({
      type: "usage",
      ...at,
      cpu: wave(step),
      memoryBytes: 1e9 * wave(step),
      gpu: { busy: wave(step), memoryBytes: 1e9 },
    });
  if (step % (steps / epochs) === 0)
    events.push({
      type: "epoch",
      ...at,
      train: metricsAt(step),
      validation: metricsAt(step + 7),
      best: true,
      seconds: 1,
    });
  return events;
}

const spec = {
  ...{ id: "long", name: "long", createdAt: "2026-01-01T00:00:00.000Z", task: "multiclass", epochs, seed: 1 },
  ...{ dataset: { folder: "d", id: "d", name: "digits" }, engine: "auto", device: "cpu" },
  model: { kind: "mlp", hidden: [64, 64], activation: "relu", dropout: 0, batchNorm: false },
} as unknown as RunSpec;

/** Bytes of the JSON of the snapshot at the run's end. */
export function snapshotBytes(): number {
  const state = emptyFold(spec);
  let seq = 0;
  const take = (event: Record<string, unknown>) =>
    fold(state, { seq: ++seq, time: 1_790_000_000_000 + seq, ...event } as RunEvent);
  take({
    type: "start",
    pid: 1,
    engine: "onnx",
    device: "cpu",
    threads: 2,
    parameters: 1e6,
    rows: { train: 1, validation: 1, test: 1 },
    stepsPerEpoch: steps / epochs,
    epochs,
  });
  for (let step = 1; step <= steps; step++) for (const event of eventAt(step)) take(event);
  for (let message = 0; message < 50; message++)
    take({ type: "message", text: `epoch ${message}: the loss did not fall; learning rate halved` });
  const names = Array.from({ length: classes }, (_, index) => `class ${index}`);
  take({
    type: "end",
    state: "finished",
    reason: null,
    step: steps,
    epoch: epochs,
    seconds: 1000,
    best: null,
    test: metricsAt(1),
    confusion: { classes: names, counts: names.map(() => names.map(() => 12_345)) },
    curves: curvesOf(names.slice(0, 10)),
  });
  return Buffer.byteLength(JSON.stringify(viewOf(state)));
}
