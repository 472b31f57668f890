import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Patience } from "../../extension/src/run/patience.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("who waits is told once that it takes long, counted from the last question", () => {
  const patience = new Patience();
  const [first, second] = [vi.fn(), vi.fn()];
  patience.begin(first);
  vi.advanceTimersByTime(7_000);
  patience.begin(second);
  vi.advanceTimersByTime(7_000);
  expect(second).not.toHaveBeenCalled();
  vi.runAllTimers();
  expect([first.mock.calls.length, second.mock.calls.length]).toEqual([0, 1]);
});

test("an answer, and a reader who gives up, end the waiting", () => {
  const patience = new Patience();
  const long = vi.fn();
  patience.begin(long);
  patience.end();
  vi.runAllTimers();
  expect(long).not.toHaveBeenCalled();
});
