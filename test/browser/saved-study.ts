/** A finished study of 40 trials on two workers as a saved notebook holds it, and nine runs side by side: nothing is trained. */
import type { ComparisonView, StudyView, TrialView } from "@lepton/contract";
import { bandFormula, bandOf } from "../../magics/compare/band.ts";
import { parameterImportance } from "../../magics/sweep/importance.ts";
import { studyView } from "../magics/draw/views.ts";

const space = {
  learningRate: { kind: "float", low: 1e-4, high: 1e-1, log: true },
  dropout: { kind: "float", low: 0, high: 0.6, log: false },
  hidden: { kind: "choice", choices: [[32], [64, 64], [128]] },
  optimizer: { kind: "choice", choices: ["adam", "sgd"] },
  momentum: { kind: "float", low: 0, high: 0.95, log: false },
} as const satisfies StudyView["space"];

/** The k-th of numbers spread evenly in 0 to 1. */
const even = (k: number, step: number) => (k * step) % 1;

function trial(number: number): TrialView {
  const learningRate = Number((10 ** (-4 + 3 * even(number, 0.618))).toPrecision(4));
  const dropout = Number((0.6 * even(number, 0.7548)).toFixed(4));
  const optimizer = number % 3 === 0 ? "sgd" : "adam";
  const value = Number((0.87 - 0.05 * (Math.log10(learningRate) + 2.2) ** 2 - 0.1 * dropout).toFixed(5));
  const pruned = number > 6 && value < 0.78;
  const epochs = pruned ? 4 : 20;
  const epoch = Array.from({ length: epochs }, (_, index) => index + 1);
  return {
    number,
    state: number === 11 ? "failed" : pruned ? "pruned" : "finished",
    parameters: {
      learningRate,
      dropout,
      hidden: space.hidden.choices[number % 3]!,
      optimizer,
      ...(optimizer === "sgd" ? { momentum: Number((0.95 * even(number, 0.569)).toFixed(4)) } : {}),
    },
    value: number === 11 ? null : value,
    run: `260101-000000-t${String(number).padStart(3, "0")}`,
    epoch: epochs,
    epochs: 20,
    seconds: epochs / 5,
    worker: number % 2,
    reason: number === 11 ? "the loss became NaN" : pruned ? "worse than the median at epoch 4" : null,
    from: Math.floor(number / 2) * 4.5,
    to: Math.floor(number / 2) * 4.5 + epochs / 5,
    curve: { epoch, value: epoch.map((at) => Number((value - 0.3 * Math.exp(-at / 3)).toFixed(5))) },
  };
}

export function savedStudy(): StudyView {
  const trials = Array.from({ length: 40 }, (_, number) => trial(number));
  const done = trials.filter((one) => one.state === "finished");
  const best = done.reduce((first, one) => (one.value! > first.value! ? one : first));
  const count = (state: TrialView["state"]) => trials.filter((one) => one.state === state).length;
  return studyView({
    name: "信用评分 <b>sweep</b>",
    state: "finished",
    etaSeconds: null,
    seconds: 91,
    metric: "rocAuc",
    direction: "maximize",
    space,
    trials,
    best: best.number,
    counts: { running: 0, finished: done.length, pruned: count("pruned"), failed: 1, stopped: 0 },
    importance: parameterImportance(trials, space, "maximize"),
  });
}

export function savedComparison(): ComparisonView {
  const rates = [0.001, 0.01, 0.1];
  const runs = rates.flatMap((rate, group) => [1, 2, 3].map((seed) => ({ rate, group, seed })));
  const epochs = Array.from({ length: 15 }, (_, index) => index + 1);
  const curve = ({ rate, seed }: { rate: number; seed: number }) =>
    epochs.map((at) => 0.8 + 0.03 * Math.log10(rate * 1000) - 0.3 * Math.exp(-at / 4) + 0.01 * Math.sin(seed * at));
  const curves = runs.map((run) => ({ x: epochs, y: curve(run) }));
  return {
    version: 1,
    title: "three rates",
    metrics: ["rocAuc"],
    runs: runs.map(({ rate, group, seed }, index) => ({
      id: `run-${index}`,
      name: `rate-${rate}-${seed}`,
      state: "finished",
      seed,
      group,
      metrics: { rocAuc: curves[index]!.y.at(-1)! },
      settings: { learningRate: rate, seed },
      source: "%lepton train credit",
      // The rates have batches of their own, and the second seed runs on a slower machine.
      clock: {
        epoch: [1, 15],
        step: [10, 150].map((steps) => steps * (group + 1)),
        seconds: [2, 30].map((seconds) => seconds * (seed === 2 ? 2 : 1)),
      },
    })),
    groups: rates.map((rate, group) => ({
      name: `learningRate ${rate} (3 seeds)`,
      runs: [0, 1, 2].map((index) => group * 3 + index),
    })),
    curves: curves.map((one, run) => ({ metric: "rocAuc", run, ...one })),
    bands: rates.map((_, group) => ({ metric: "rocAuc", group, ...bandOf(curves.slice(group * 3, group * 3 + 3)) })),
    formula: bandFormula,
    differences: [
      { name: "learningRate", kind: "setting", values: runs.map((run) => run.rate) },
      { name: "seed", kind: "setting", values: runs.map((run) => run.seed) },
      { name: "rocAuc", kind: "metric", values: curves.map((one) => one.y.at(-1)!) },
    ],
  };
}
