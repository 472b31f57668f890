import type { RunEvent } from "@lepton/contract";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Doubt } from "../../extension/src/run/doubt.ts";
import { runView } from "../magics/draw/views.ts";

const running = runView({ state: "running" });
const written = (time: number): RunEvent[] => [{ type: "message", seq: 7, time, text: "a step" } as RunEvent];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a silent run that goes is asked about at each look, one that writes or is over is not", () => {
  const ask = vi.fn();
  const doubt = new Doubt(ask);
  doubt.level(running, written(Date.now() - 1000));
  doubt.level(runView(), []);
  expect(ask).not.toHaveBeenCalled();
  for (let look = 0; look < 3; look++) {
    doubt.level(running, []);
    vi.advanceTimersByTime(10_000);
  }
  expect(ask).toHaveBeenCalledTimes(3);
});

test("a kernel whose clock is a minute behind the page's is not asked with each of twenty messages a second", () => {
  const ask = vi.fn();
  const doubt = new Doubt(ask);
  for (let message = 0; message < 200; message++) {
    doubt.level(running, written(Date.now() - 60_000));
    vi.advanceTimersByTime(50);
  }
  expect(ask.mock.calls.length).toBeGreaterThan(0);
  expect(ask.mock.calls.length).toBeLessThan(4);
});
