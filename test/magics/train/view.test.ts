import type { RunEvent, RunSpec } from "@lepton/contract";
import { expect, test } from "vitest";
import { thin } from "../../../magics/train/thin.ts";
import { runView } from "../../../magics/train/view.ts";

const spec = {
  id: "r1",
  name: "first",
  createdAt: "2026-01-01T00:00:00.000Z",
  dataset: { folder: "d", id: "d", name: "credit" },
  task: "binary",
  model: { kind: "mlp", hidden: [64, 64], activation: "relu", dropout: 0, batchNorm: false },
  epochs: 3,
  seed: 4,
  engine: "auto",
  device: "cpu",
} as unknown as RunSpec;

const rows = { train: 300, validation: 50, test: 50 };
const start = { type: "start", pid: 1, engine: "onnx", device: "cpu", threads: 2, parameters: 10, rows } as const;

function events(...list: object[]): RunEvent[] {
  return list.map((event, index) => ({ seq: index + 1, time: 1000 + 1000 * index, ...event })) as RunEvent[];
}

const going = [
  { ...start, stepsPerEpoch: 10, epochs: 3 },
  { type: "step", step: 5, epoch: 0.5, loss: 0.7, learningRate: 0.01, rowsPerSecond: 100 },
  { type: "step", step: 10, epoch: 1, loss: Number.NaN, learningRate: 0.01, rowsPerSecond: 100 },
  {
    type: "epoch",
    epoch: 1,
    step: 10,
    seconds: 2,
    train: { loss: 0.6, accuracy: 0.7 },
    validation: { loss: 0.5, rocAuc: Number.NaN },
    best: true,
  },
];

test("a run's events fold into one snapshot", () => {
  const view = runView(spec, events(...going));
  expect(view).toMatchObject({ state: "running", seq: 4, step: 10, steps: 30, epoch: 1, model: "mlp 64-64 relu" });
  expect(view.etaSeconds).toBe(6); // 3 s for 10 of 30 steps
  expect(view.best).toEqual({ epoch: 1, validation: { loss: 0.5, rocAuc: null } });
  expect(view.series.map(({ name, split }) => `${split} ${name}`)).toEqual([
    "train loss",
    "train accuracy",
    "validation loss",
    "validation rocAuc",
  ]);
  expect(view.series[0]).toEqual({ name: "loss", split: "train", x: [5, 10], y: [0.7, null] });
});

test("a snapshot is JSON without NaN", () => {
  const view = runView(spec, events(...going));
  expect(JSON.parse(JSON.stringify(view))).toEqual(view);
});

test("a run whose process is gone without a word has failed, one that was resumed goes on", () => {
  const lost = runView(spec, events(...going), "its process is gone");
  expect(lost).toMatchObject({ state: "failed", reason: "its process is gone", etaSeconds: null });
  const end = { type: "end", state: "stopped", reason: "why", step: 10, epoch: 1, seconds: 3, best: null, test: null };
  const stopped = events(...going, { ...end, confusion: null });
  expect(runView(spec, stopped)).toMatchObject({ state: "stopped", reason: "why" });
  const resumed = events(...going, end, { type: "resume", pid: 2, step: 10, epoch: 1, epochs: 20 });
  expect(runView(spec, resumed)).toMatchObject({ state: "running", reason: null, epochs: 20 });
});

test("an empty run is starting", () => {
  expect(runView(spec, [])).toMatchObject({ state: "starting", seq: 0, series: [], steps: 0 });
});

test("a long line keeps its ends, its peak and at most 500 points", () => {
  const x = Array.from({ length: 20_000 }, (_, index) => index);
  const y = x.map((value) => (value === 12_345 ? 50 : Math.sin(value / 100)));
  const kept = thin(x, y);
  expect(kept).toHaveLength(500);
  expect(kept.slice(0, 1).concat(kept.slice(-1))).toEqual([0, 19_999]);
  expect(kept).toContain(12_345);
  expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
});

test("many metrics share the points of a snapshot; a matrix of a thousand classes stays in the run's file", () => {
  const names = Array.from({ length: 30 }, (_, index) => `metric${index}`);
  const metrics = Object.fromEntries(names.map((name) => [name, 0.123456789]));
  const epochs = Array.from({ length: 600 }, (_, index) => ({
    ...{ type: "epoch", epoch: index + 1, step: (index + 1) * 10, seconds: 1, best: false },
    ...{ train: metrics, validation: metrics },
  }));
  const classes = Array.from({ length: 1000 }, (_, index) => `class ${index}`);
  const confusion = { classes, counts: classes.map(() => classes.map(() => 1)) };
  const end = {
    type: "end",
    state: "finished",
    reason: null,
    step: 6000,
    epoch: 600,
    seconds: 1,
    best: null,
    test: null,
  };
  const view = runView(spec, events({ ...start, stepsPerEpoch: 10, epochs: 600 }, ...epochs, { ...end, confusion }));
  expect(view.series.length).toBe(60);
  expect(view.series.every((line) => line.x.length > 50 && line.x.at(-1) === 6000)).toBe(true);
  expect(view.confusion).toBeNull();
  expect(JSON.stringify(view).length).toBeLessThan(200_000);
});
