/** Views of runs and studies as the tests of drawing use them: made by formulas, so that every picture is the same. */
import type { RunView, Series, StudyView, TrialView } from "@lepton/contract";

function curve(name: string, split: Series["split"], count: number, every: number, f: (t: number) => number): Series {
  const x = Array.from({ length: count }, (_, index) => (index + 1) * every);
  return { name, split, x, y: x.map((_, index) => Number(f((index + 1) / count).toFixed(5))) };
}

/** A finished binary run of 20 epochs with 28 steps each. */
export function runView(changes: Partial<RunView> = {}): RunView {
  const wobble = (t: number) => 0.02 * Math.sin(40 * t) + 0.01 * Math.cos(91 * t);
  return {
    version: 1,
    id: "credit-mlp-1",
    name: "credit-mlp-1",
    state: "finished",
    reason: null,
    seq: 120,
    startedAt: 1_790_000_000_000,
    updatedAt: 1_790_000_012_000,
    epoch: 20,
    epochs: 20,
    step: 560,
    steps: 560,
    stepsPerEpoch: 28,
    seconds: 12.3,
    etaSeconds: null,
    rowsPerSecond: 48_210,
    learningRate: 1e-3,
    engine: "onnx",
    device: "cpu",
    parameters: 6_785,
    model: "mlp 64,64",
    dataset: "credit",
    task: "binary",
    seed: 42,
    series: [
      curve("loss", "train", 280, 2, (t) => 0.35 + 0.34 * Math.exp(-5 * t) + wobble(t)),
      curve("loss", "validation", 20, 28, (t) => 0.4 + 0.2 * Math.exp(-6 * t) + 0.04 * t * t),
      curve("accuracy", "validation", 20, 28, (t) => 0.8 - 0.1 * Math.exp(-5 * t)),
      curve("roc_auc", "validation", 20, 28, (t) => 0.84 - 0.14 * Math.exp(-5 * t) - 0.01 * t),
      curve("f1", "validation", 20, 28, (t) => 0.6 - 0.3 * Math.exp(-6 * t)),
    ],
    best: { epoch: 12, validation: { loss: 0.42, accuracy: 0.795, roc_auc: 0.827, f1: 0.59 } },
    last: { train: { loss: 0.36 }, validation: { loss: 0.44, accuracy: 0.799 } },
    test: { loss: 0.43, accuracy: 0.791, roc_auc: 0.829, f1: 0.588 },
    confusion: {
      classes: ["bad", "good"],
      counts: [
        [130, 120],
        [66, 575],
      ],
    },
    messages: [],
    ...changes,
  };
}

function trial(number: number): TrialView {
  const learningRate = Number((10 ** (-4 + 3 * ((number * 0.618) % 1))).toPrecision(4));
  const failed = number === 7;
  const value = failed ? null : 0.42 + 0.08 * (Math.log10(learningRate) + 2.3) ** 2 + 0.01 * Math.sin(number);
  return {
    number,
    state: failed ? "failed" : "finished",
    parameters: { learningRate, hidden: [[32], [64, 64], [128]][number % 3]! },
    value: value === null ? null : Number(value.toFixed(5)),
    run: `sweep-1-${number}`,
    epoch: failed ? 2 : 10,
    epochs: 10,
    seconds: 3 + (number % 4),
    worker: number % 2,
    reason: failed ? "the loss became NaN at step 31; lower learningRate." : null,
  };
}

/** A study of 18 finished trials, one failed and one running, of 40. */
export function studyView(changes: Partial<StudyView> = {}): StudyView {
  const running: TrialView = {
    ...trial(19),
    state: "running",
    value: 0.47,
    epoch: 4,
    seconds: 1.5,
  };
  return {
    version: 1,
    id: "sweep-1",
    name: "study",
    state: "running",
    reason: null,
    seq: 30,
    startedAt: 1_790_000_000_000,
    updatedAt: 1_790_000_060_000,
    seconds: 60,
    etaSeconds: 63,
    dataset: "credit",
    model: "mlp",
    metric: "loss",
    direction: "minimize",
    sampler: "tpe",
    seed: 1,
    workers: 2,
    space: {
      learningRate: { kind: "float", low: 1e-4, high: 1e-1, log: true },
      hidden: { kind: "choice", choices: [[32], [64, 64], [128]] },
    },
    planned: 40,
    counts: { running: 1, finished: 18, pruned: 0, failed: 1, stopped: 0 },
    trials: [...Array.from({ length: 19 }, (_, number) => trial(number)), running],
    best: 17,
    ...changes,
  };
}
