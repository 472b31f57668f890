import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startReport } from "../../../magics/train/step-report.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

/** How many steps each event of an epoch covers. */
function covered(perEpoch: number, msAStep: number): number[] {
  const report = startReport();
  const told: number[] = [];
  let since = 0;
  for (let step = 1; step <= perEpoch; step++) {
    vi.advanceTimersByTime(msAStep);
    report.add(step, 32);
    if (!report.isDue(perEpoch - step) && step < perEpoch) continue;
    // The mean of consecutive numbers says which were taken.
    expect(report.take()).toEqual({ loss: (since + 1 + step) / 2, rowsPerSecond: expect.closeTo(32_000 / msAStep, 6) });
    told.push(step - since);
    since = step;
  }
  return told;
}

test("steps are told every tenth of a second; slow ones each by itself", () => {
  expect(covered(40, 10)).toEqual([10, 10, 10, 10]);
  expect(covered(3, 150)).toEqual([1, 1, 1]);
});

test("the last event of an epoch covers at least half as many steps as the one before it", () => {
  expect(covered(132, 0.8)).toEqual([132]); // 125, then 7 that would look like a spike
  expect(covered(14, 10)).toEqual([14]);
  expect(covered(15, 10)).toEqual([10, 5]);
  for (let perEpoch = 1; perEpoch < 60; perEpoch++) {
    const [last, before] = covered(perEpoch, 7).toReversed();
    if (before !== undefined) expect(last).toBeGreaterThanOrEqual(before / 2);
  }
});
