import type { RunEvent } from "@lepton/contract";
import { expect, test } from "vitest";
import { drawnAxis, RunPoints, smooth, thin } from "../../extension/src/run/points.ts";
import { runView } from "../magics/draw/views.ts";

const base = { time: 1000 };
const start: RunEvent = {
  ...base,
  seq: 1,
  type: "start",
  pid: 1,
  engine: "onnx",
  device: "cpu",
  threads: 2,
  parameters: 3,
  rows: { train: 10, validation: 5, test: 5 },
  stepsPerEpoch: 2,
  epochs: 5,
};
const step = (seq: number, number: number, loss: number): RunEvent => ({
  ...base,
  time: 1000 + number * 500,
  seq,
  type: "step",
  step: number,
  epoch: number / 2,
  loss,
  learningRate: 0.1,
  rowsPerSecond: 10,
});

test("a snapshot's points are drawn until events tell more", () => {
  const points = new RunPoints();
  points.takeSnapshot(runView());
  expect(points.series.get("train loss")?.y).toHaveLength(280);
  expect(points.has("seconds")).toBe(false);
  points.takeEvents([start, step(2, 1, 0.5)]);
  expect(points.series.get("train loss")).toMatchObject({ step: [1], y: [0.5], seconds: [0.5] });
  points.takeSnapshot(runView());
  expect(points.series.get("train loss")?.y).toEqual([0.5]);
});

test("an event that comes twice counts once, and a hole is asked for again from the last event without one", () => {
  const points = new RunPoints();
  expect(points.takeEvents([start, step(2, 1, 0.5)])).toBeNull();
  expect(points.takeEvents([step(2, 1, 0.5), step(3, 2, 0.4)])).toBeNull();
  expect(points.takeEvents([step(5, 4, 0.2)])).toBe(3);
  expect(points.takeEvents([step(4, 3, 0.3), step(5, 4, 0.2)])).toBeNull();
  expect(points.series.get("train loss")?.y).toEqual([0.5, 0.4, 0.3, 0.2]);
});

test("events from the middle of a run leave the snapshot alone: they are asked for from the first", () => {
  const points = new RunPoints();
  points.takeSnapshot(runView());
  expect(points.takeEvents([step(101, 100, 0.2)])).toBe(0);
  expect(points.isLive).toBe(false);
  expect(points.series.get("train loss")?.y).toHaveLength(280);
  expect(points.lastStep).toBe(runView().series[0]!.x.at(-1));
  expect(points.takeEvents([start, step(2, 1, 0.5)])).toBeNull();
  expect([points.isLive, points.lastStep]).toEqual([true, 1]);
});

test("a resumed run's repeated steps replace the ones after its checkpoint", () => {
  const points = new RunPoints();
  points.takeEvents([start, step(2, 1, 0.5), step(3, 2, 0.4), step(4, 3, 0.3)]);
  points.takeEvents([{ ...base, seq: 5, type: "resume", pid: 2, step: 1, epoch: 0.5, epochs: 5 }, step(6, 2, 0.41)]);
  expect(points.series.get("train loss")).toMatchObject({ step: [1, 2], y: [0.5, 0.41] });
});

test("smoothing begins at the first value, keeps a constant line and skips gaps", () => {
  expect(smooth([4, 4, 4], 0.9)).toEqual([4, 4, 4].map((value) => expect.closeTo(value, 12)));
  const [first, second, gap, last] = smooth([1, 3, null, 5], 0.5);
  expect([first, gap]).toEqual([1, null]);
  // (3 + 0.5 * 1) / 1.5, then (5 + 0.5 * 3.5) / 1.75
  expect(second).toBeCloseTo(3.5 / 1.5, 12);
  expect(last).toBeCloseTo(6.75 / 1.75, 12);
});

test("thinning keeps every spike, the ends and the order", () => {
  const x = Array.from({ length: 100_000 }, (_, index) => index);
  const y = x.map((value) => Math.sin(value / 1000));
  y[54_321] = 99;
  y[7] = -99;
  const [thinX, thinY] = thin(x, y, 300);
  expect(thinX.length).toBeLessThanOrEqual(1200);
  expect(thinY).toContain(99);
  expect(thinY).toContain(-99);
  expect([thinX[0], thinX.at(-1)]).toEqual([0, 99_999]);
  expect(thinX.every((value, index) => index === 0 || value > thinX[index - 1]!)).toBe(true);
});

test("few points are not thinned", () => {
  expect(thin([1, 2, 3], [1, null, 3], 10)).toEqual([
    [1, 2, 3],
    [1, null, 3],
  ]);
});

test("a chart over seconds is drawn over epochs while the run's seconds are not known", () => {
  expect(drawnAxis("seconds", false)).toBe("epoch");
  expect(drawnAxis("seconds", true)).toBe("seconds");
  expect(drawnAxis("step", false)).toBe("step");
});
