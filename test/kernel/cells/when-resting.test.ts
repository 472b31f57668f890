import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { whenResting } from "../../../kernel/cells/when-resting.ts";

const rest = { firstMs: 1500, everyMs: 500, restMs: 500 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("what can wait is done at the first look when nothing moves, once", () => {
  const action = vi.fn();
  whenResting({ lastMove: 0 }, [action], rest);
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
  whenResting(cells, [action], rest);
  for (let at = 0; at < 4000; at += 100) {
    cells.lastMove = performance.now();
    vi.advanceTimersByTime(100);
  }
  expect(action).toHaveBeenCalledTimes(0);
  vi.advanceTimersByTime(1000);
  expect(action).toHaveBeenCalledTimes(1);
});

test("steps are done one at a look, in order, each at a rest of its own", () => {
  const done: string[] = [];
  const moves = { lastMove: 0 };
  whenResting(moves, [() => done.push("load"), () => done.push("start")], rest);
  vi.advanceTimersByTime(1500);
  moves.lastMove = performance.now() + 300;
  vi.advanceTimersByTime(500);
  expect(done).toEqual(["load"]);
  vi.advanceTimersByTime(500);
  expect(done).toEqual(["load", "start"]);
});

test("a step that throws is not done again", () => {
  const failing = vi.fn(() => {
    throw new Error("no");
  });
  whenResting({ lastMove: 0 }, [failing], rest);
  expect(() => vi.advanceTimersByTime(1500)).toThrow("no");
  vi.advanceTimersByTime(5000);
  expect(failing).toHaveBeenCalledTimes(1);
});
