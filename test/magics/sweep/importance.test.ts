import { readFileSync } from "node:fs";
import type { StudySpace, TrialView } from "@lepton/contract";
import { expect, test } from "vitest";
import { parameterImportance } from "../../../magics/sweep/importance.ts";

interface Golden {
  readonly space: StudySpace;
  readonly cases: readonly {
    readonly direction: "minimize" | "maximize";
    readonly trials: readonly Pick<TrialView, "state" | "value" | "parameters">[];
    readonly importance: Readonly<Record<string, number>>;
  }[];
}

const file = new URL("../../golden/importance.json", import.meta.url);
const { space, cases } = JSON.parse(readFileSync(file, "utf8")) as Golden;

test.each(cases.map((one) => [one.trials.length, one] as const))(
  "of %i trials each parameter has the share that Optuna's get_param_importances gives it",
  (_count, { direction, trials, importance }) => {
    const found = parameterImportance(trials, space, direction)!;
    const order = (one: Readonly<Record<string, number>>) => Object.keys(one).sort((a, b) => one[b]! - one[a]!);
    const shares = Object.fromEntries(found.map(({ name, share }) => [name, share]));
    expect(found.map(({ name }) => name)).toEqual(order(importance));
    for (const [name, share] of Object.entries(importance)) expect(shares[name]).toBeCloseTo(share, 5);
  },
);

test("before two trials have finished nothing is said of importance", () => {
  const [first] = cases[0]!.trials;
  expect(parameterImportance([first!], space, "minimize")).toBeNull();
});

test("where every trial is as good as any other, no parameter matters more", () => {
  const trials = cases[0]!.trials.map((trial) => ({ ...trial, state: "finished" as const, value: 1 }));
  const shares = parameterImportance(trials, space, "minimize")!.map(({ share }) => share);
  for (const share of shares) expect(share).toBeCloseTo(1 / shares.length, 9);
});
