import type { TrialView } from "@lepton/contract";
import { expect, test } from "vitest";
import { studySnapshot } from "../../../magics/sweep/study-snapshot.ts";
import { studyView } from "../draw/views.ts";

const epochs = Array.from({ length: 60 }, (_, index) => index + 1);
const curves = { of: () => ({ epoch: epochs, value: epochs.map((epoch) => Number((1 / epoch).toPrecision(5))) }) };

test("a small study keeps every trial with its whole curve, and says which parameters mattered", () => {
  const view = studySnapshot(studyView(), curves);
  expect(view.trials).toHaveLength(studyView().trials.length);
  expect(view.trials.every((trial) => trial.curve?.epoch.length === 60)).toBe(true);
  expect(view.importance!.map(({ name }) => name).sort()).toEqual(["hidden", "learningRate"]);
});

test("a study of a thousand trials with long reasons still fits in 200 kB, with the best and the newest among them", () => {
  const first = studyView().trials[0]!;
  const trials = Array.from({ length: 1000 }, (_, number): TrialView => ({ ...first, number, value: 1 + number / 7 }));
  const long = trials.map((trial) => ({ ...trial, reason: "it was worse than the median ".repeat(8) }));
  for (const some of [trials, long]) {
    const view = studySnapshot(studyView({ trials: some, best: 0 }), curves);
    const numbers = view.trials.map((trial) => trial.number);
    expect(Buffer.byteLength(JSON.stringify(view))).toBeLessThan(200_000);
    expect(numbers).toContain(0);
    expect(numbers).toContain(999);
    expect(numbers.length).toBeGreaterThan(200);
  }
});

test("a few trials that are too large by themselves end the search for room", () => {
  const first = studyView().trials[0]!;
  const trials = [0, 1, 2, 3].map((number): TrialView => ({ ...first, number, reason: "x".repeat(100_000) }));
  expect(studySnapshot(studyView({ trials, best: 0 }), curves).trials.length).toBeLessThanOrEqual(2);
});
