import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { whenResting } from "../../../kernel/cells/when-resting.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("what can wait is done 1.5 s after the start when no cell runs, once", () => {
  const action = vi.fn();
  whenResting({ lastMove: 0 }, action);
  vi.advanceTimersByTime(1400);
  expect(action).toHaveBeenCalledTimes(0);
  vi.advanceTimersByTime(100);
  expect(action).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(5000);
  expect(action).toHaveBeenCalledTimes(1);
});

test("it waits while cells follow one another, and is done half a second to a second after the last", () => {
  const action = vi.fn();
  const cells = { lastMove: 0 };
  whenResting(cells, action);
  for (let at = 0; at < 4000; at += 100) {
    cells.lastMove = performance.now();
    vi.advanceTimersByTime(100);
  }
  expect(action).toHaveBeenCalledTimes(0);
  vi.advanceTimersByTime(1000);
  expect(action).toHaveBeenCalledTimes(1);
});
