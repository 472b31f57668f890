import type { RunSpec, ScheduleSpec } from "@lepton/contract";
import { expect, test } from "vitest";
import { learningRateAt } from "../../../magics/train/schedule.ts";

function rates(schedule: ScheduleSpec, steps: number): number[] {
  const spec = { schedule, learningRate: 0.1 } as RunSpec;
  return Array.from({ length: steps }, (_, step) => learningRateAt(spec, step, steps));
}

const close = (got: readonly number[], wanted: readonly number[]) => {
  expect(got).toHaveLength(wanted.length);
  for (const [i, value] of wanted.entries()) expect(got[i], `step ${i}`).toBeCloseTo(value, 7);
};

test("warm-up rises in a line to the rate, whatever comes after it", () => {
  close(rates({ kind: "constant", warmupSteps: 4 }, 6), [0.025, 0.05, 0.075, 0.1, 0.1, 0.1]);
  close(rates({ kind: "linear", end: 0, warmupSteps: 2 }, 6), [0.05, 0.1, 0.1, 0.075, 0.05, 0.025]);
  close(rates({ kind: "cosine", end: 0, warmupSteps: 0 }, 4), [0.1, 0.0853553391, 0.05, 0.0146446609]);
});

test("one-cycle has the rates of PyTorch's OneCycleLR", () => {
  // torch 2.15: OneCycleLR(optimizer, max_lr=0.1, total_steps=10)
  const wanted = [
    0.004, 0.052, 0.1, 0.0950484632, 0.0811745654, 0.0611262022, 0.0388741978, 0.0188258346, 0.0049519368, 4e-7,
  ];
  close(rates({ kind: "one-cycle", rise: 0.3 }, 10), wanted);
});
