import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Renewal } from "../../extension/src/run/renewal.ts";
import { runView } from "../magics/draw/views.ts";

const running = runView({ state: "running" });
const finished = runView();

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function renewal() {
  const ask = vi.fn();
  return { ask, one: new Renewal(ask) };
}

test("an output that says running of a run that is over is renewed, once", () => {
  const { ask, one } = renewal();
  one.saved(running);
  one.known(running);
  vi.runAllTimers();
  expect(ask).not.toHaveBeenCalled();
  one.known(finished);
  one.known(finished);
  vi.runAllTimers();
  expect(ask).toHaveBeenCalledOnce();
});

test("a stopped run that goes on in the page is renewed when it is over, one that is only looked at is not", () => {
  const { ask, one } = renewal();
  const stopped = runView({ state: "stopped" });
  one.saved(stopped);
  one.known(finished);
  vi.runAllTimers();
  expect(one.isDue).toBe(false);
  one.known(running);
  one.known(finished);
  vi.runAllTimers();
  expect(ask).toHaveBeenCalledOnce();
  expect(one.isDue).toBe(true);
  one.saved(finished);
  expect(one.isDue).toBe(false);
});

test("the kernel that renews its output by itself is not asked, nor for a run that went on", () => {
  const { ask, one } = renewal();
  one.saved(running);
  one.known(finished);
  one.saved(finished);
  vi.runAllTimers();
  one.saved(running);
  one.known(finished);
  one.known(running);
  vi.runAllTimers();
  one.known(finished);
  one.stop();
  vi.runAllTimers();
  expect(ask).not.toHaveBeenCalled();
});
