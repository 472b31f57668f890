import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KnownState } from "../../extension/src/run/known-state.ts";
import { runView } from "../magics/draw/views.ts";

const running = runView({ state: "running" });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("without a kernel a run that went when it was saved is not said to go; one that was over is what it was", () => {
  const state = new KnownState(() => undefined);
  expect(state.wordOf(running)).toBe("was running when saved");
  expect(state.wordOf({ ...running, paused: true })).toBe("was paused when saved");
  expect(state.wordOf(runView({ state: "failed" }))).toBe("failed");
});

test("a kernel that was asked has a moment to answer; then the page says what it does not know", () => {
  const changed = vi.fn();
  const state = new KnownState(changed);
  state.asked();
  expect(state.wordOf(running)).toBe("running");
  vi.runAllTimers();
  expect(changed).toHaveBeenCalledOnce();
  expect(state.wordOf(running)).toBe("was running when saved");
  state.heard();
  expect(state.wordOf(running)).toBe("running");
});

test("when the kernel is lost the run was running when it was last heard of, until another kernel answers", () => {
  const state = new KnownState(() => undefined);
  state.heard();
  vi.runAllTimers();
  expect(state.wordOf(running)).toBe("running");
  state.lost();
  expect(state.wordOf(running)).toBe("was running when last heard of");
  state.asked();
  state.heard();
  expect(state.wordOf(running)).toBe("running");
});
