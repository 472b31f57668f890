import { matchesQuery, parseRunQuery, type TrialView } from "@lepton/contract";
import { expect, test } from "vitest";
import { searchedRun } from "../../extension/src/sidebar/search.ts";
import { bandWords } from "../../extension/src/study/band-words.ts";
import { parallelOf } from "../../extension/src/study/parallel.ts";
import {
  firstDrawn,
  foundTrials,
  sortedTrials,
  trialColumns,
  trialsCsv,
} from "../../extension/src/study/trial-columns.ts";
import { isFarApart, mayBeLog, valueAxis } from "../../extension/src/study/value-axis.ts";
import { savedStudy } from "../browser/saved-study.ts";
import { listedRun } from "./listed-run.ts";

const study = savedStudy();
const some = study.trials.slice(0, 4);
const trial = (number: number, change: Partial<TrialView>): TrialView => ({ ...some[number]!, number, ...change });

test("trials without a value or without a parameter come last, whichever way the table is sorted", () => {
  const trials = [
    trial(0, { value: null, parameters: { rate: 0.1 } }),
    trial(1, { value: 0.5, parameters: {} }),
    trial(2, { value: 0.7, parameters: { rate: 0.01 } }),
    trial(3, { value: 0.6, parameters: { rate: 2 } }),
  ];
  const columns = trialColumns({ ...study, space: {}, trials });
  const order = (name: string, falling: boolean) =>
    sortedTrials(trials, columns.find((one) => one.name === name)!, falling).map(({ number }) => number);
  expect([order("rate", false), order("rate", true)]).toEqual([
    [2, 0, 3, 1],
    [3, 0, 2, 1],
  ]);
  expect([order("rocAuc", false), order("rocAuc", true)]).toEqual([
    [1, 3, 2, 0],
    [2, 3, 1, 0],
  ]);
});

test("the CSV of a study guards names that begin like formulas, has plain numbers and states, and says why trials ended", () => {
  const trials = [
    trial(0, { value: 1 / 3, seconds: 75, parameters: { "=cmd()": "-1,2\r", hidden: [64, 64] }, reason: null }),
    trial(1, { state: "failed", value: null, run: null, parameters: {}, reason: 'a "loss", NaN' }),
  ];
  const [head, first, second] = trialsCsv({ ...study, space: {}, trials }).split("\n");
  expect(head).toBe("trial,state,rocAuc,'=cmd(),hidden,seconds,run,reason");
  expect(first).toBe(`0,finished,${1 / 3},"'-1,2\r","64,64",75,${some[0]!.run},`);
  expect(second).toBe(`1,failed,,,,${some[1]!.seconds},,"a ""loss"", NaN"`);
});

test("a hyperparameter with the name of the metric or of another column has a column of its own, in the table and in the CSV", () => {
  const named = (number: number) => ({ loss: 10 - number, state: "warm", reason: "x" });
  const trials = [0, 1].map((number) =>
    trial(number, { value: number / 2, parameters: named(number), reason: "slow" }),
  );
  const view = { ...study, metric: "loss", space: {}, trials };
  const columns = trialColumns(view);
  const heads = "trial,state,loss (metric),loss,state (hyperparameter),reason (hyperparameter),seconds,run,reason";
  expect(columns.map(({ name }) => name).join()).toBe(heads);
  expect(trialsCsv(view).split("\n")[0]).toBe(heads);
  expect(new Set(columns.map(({ id }) => id)).size).toBe(columns.length);
  expect(new Set(columns.map(({ title }) => title)).size).toBe(columns.length);
  const byLoss = columns.find(({ id }) => id === "parameter loss")!;
  expect(sortedTrials(trials, byLoss, false).map(({ number }) => number)).toEqual([1, 0]);
});

test("the rows that are drawn begin at the first one, or so that a pressed trial is among them", () => {
  const first = (at: number) => firstDrawn(1000, 500, at);
  expect([-1, 0, 499, 500, 700, 999].map(first)).toEqual([0, 0, 0, 250, 450, 500]);
  expect(firstDrawn(3, 500, 2)).toBe(0);
});

test("the table's filter compares the metric and the parameters, also where both have one name", () => {
  const trials = [
    trial(0, { value: 0.3, parameters: { loss: "mse" } }),
    trial(1, { value: 0.9, parameters: { loss: "mae" } }),
  ];
  const view = { ...study, metric: "loss", trials };
  const found = (filter: string) => foundTrials(view, trialColumns(view), filter).map(({ number }) => number);
  expect([found("loss = mse"), found("loss > 0.5"), found("loss != mse"), found("loss = huber")]).toEqual([
    [0],
    [1],
    [1],
    [],
  ]);
});

test("a run is found by the loss that it minimises and by the loss that it reached", () => {
  const run = searchedRun(listedRun({ metrics: { loss: 0.3 }, settings: { loss: "mse", epochs: 5 } }));
  const finds = (text: string) => matchesQuery(run, parseRunQuery(text));
  expect(["loss = mse", "loss < 0.5", "epochs = 5"].map(finds)).toEqual([true, true, true]);
  expect(["loss = bce", "loss != mse", "loss > 0.5"].map(finds)).toEqual([false, false, false]);
});

test("values that lie far apart are drawn by ratio, so that a trial that diverged does not press the others into a line", () => {
  const valued = (values: readonly (number | null)[]) => ({
    ...study,
    metric: "loss",
    direction: "minimize" as const,
    trials: values.map((value, number) => trial(0, { number, value, state: "finished" })),
  });
  const diverged = valued([0.01, 0.1, null, 1e9]);
  expect([isFarApart(diverged), isFarApart(valued([0.5, 0.9])), isFarApart(valued([-1, 1e9]))]).toEqual([
    true,
    false,
    false,
  ]);
  expect([mayBeLog(diverged), mayBeLog(valued([0, 1])), mayBeLog(valued([null]))]).toEqual([true, false, false]);
  expect(valueAxis(valued([0, 1]), true).log).toBe(false);
  const colours = (log: boolean) => parallelOf(diverged, log).lines.map(({ colour }) => Math.round(colour! * 100));
  expect([colours(false), colours(true)]).toEqual([
    [100, 100, 0],
    [100, 91, 0],
  ]);
});

test("the bands of a contour have words of their own, by ratio over narrow and wide ranges too", () => {
  const log = (low: number, high: number) => bandWords([Math.log10(low), Math.log10(high)], 10, true);
  expect(log(0.5, 0.51).slice(0, 3)).toEqual(["0.5005", "0.5015", "0.5025"]);
  expect(log(0.01, 100)).toEqual(["0.016", "0.04", "0.1", "0.25", "0.63", "1.6", "4", "10", "25", "63"]);
  for (const [low, high] of [
    [0.5, 0.52],
    [9.9, 10.1],
    [34_000, 34_100],
    [1e-9, 1e9],
    [1e-7, 1.1e-7],
  ] as const)
    expect(new Set(log(low, high)).size, `${low} to ${high}`).toBe(10);
  expect(new Set(bandWords([0.5, 0.5], 10, false))).toEqual(new Set(["0.5"]));
});
