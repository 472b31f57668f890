import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EveryPoint } from "../../extension/src/run/every-point.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("who waits for every point is told when the last message came, however long that took while messages came", async () => {
  const points = new EveryPoint();
  const told: boolean[] = [];
  const both = [points.wait(), points.wait()].map((one) => one.then((whole) => told.push(whole)));
  for (let message = 1; message < 5; message++) {
    await vi.advanceTimersByTimeAsync(9_000);
    points.came(false);
  }
  expect([told, points.isWhole]).toEqual([[], false]);
  points.came(true);
  await Promise.all(both);
  expect([told, points.isAwaited, points.isWhole]).toEqual([[true, true], false, true]);
  points.notLevel();
  expect(points.isWhole).toBe(false);
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
