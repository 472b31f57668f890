import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EveryPoint, isWhole } from "../../extension/src/run/every-point.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("points of a snapshot are never all of them; those of events are, once the last event known is among them", () => {
  expect(isWhole({ isLive: false, seq: 120 }, 120)).toBe(false);
  expect(isWhole({ isLive: true, seq: 119 }, 120)).toBe(false);
  expect(isWhole({ isLive: true, seq: 120 }, 120)).toBe(true);
});

test("who waits for every point is told when the last event came, however long that took while events came", async () => {
  const points = new EveryPoint();
  const told: boolean[] = [];
  const both = [points.wait(), points.wait()].map((one) => one.then((whole) => told.push(whole)));
  for (let seq = 1; seq < 5; seq++) {
    await vi.advanceTimersByTimeAsync(9_000);
    points.came({ isLive: true, seq }, 5);
  }
  expect(told).toEqual([]);
  points.came({ isLive: true, seq: 5 }, 5);
  await Promise.all(both);
  expect(told).toEqual([true, true]);
  expect(points.isAwaited).toBe(false);
});

test("who waits is told that nobody tells: at once where there is no kernel, else after a silence", async () => {
  const points = new EveryPoint();
  const first = points.wait();
  points.giveUp();
  expect(await first).toBe(false);
  const second = points.wait();
  await vi.advanceTimersByTimeAsync(11_000);
  expect(await second).toBe(false);
});
