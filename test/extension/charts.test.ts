import { matchesQuery, parseRunQuery } from "@lepton/contract";
import { expect, test } from "vitest";
import { dimensionOf, labelAt, rangeOf, shareOf, ticksOf } from "../../extension/src/chart/dimension.ts";
import { logLines, logRange } from "../../extension/src/chart/log-axis.ts";
import { brushAfterKey, inBrushes, moved } from "../../extension/src/chart/parallel-state.ts";
import { axisTick } from "../../extension/src/chart/tick.ts";
import { checkComparison } from "../../extension/src/compare/view-check.ts";
import { checkAnswer } from "../../extension/src/sidebar/listing-check.ts";
import { bestSoFar } from "../../extension/src/study/best-so-far.ts";
import { surfaceOf, valueAt } from "../../extension/src/study/surface.ts";
import { checkStudyView } from "../../extension/src/study/view-check.ts";
import { savedComparison, savedStudy } from "../browser/saved-study.ts";

const rate = dimensionOf("learningRate", [], { kind: "float", low: 1e-4, high: 1e-1, log: true });

test("a logarithmic axis has its powers of ten at even places", () => {
  expect(ticksOf(rate, 7).map(({ label }) => label)).toEqual(["1e-4", "0.001", "0.01", "0.1"]);
  expect(shareOf(rate, 1e-3)).toBeCloseTo(1 / 3, 9);
  expect(labelAt(rate, 2 / 3)).toBe("0.01");
  expect(shareOf(rate, 0)).toBeNull();
});

test("numbers on an axis have the digits that tell them apart; a place that a log axis leaves empty has no words", () => {
  expect([0.8, 0.82, 12_000, 2e-7].map((value) => axisTick(value, value === 2e-7 ? 1e-7 : 0.02))).toEqual([
    "0.8",
    "0.82",
    "12,000",
    "2e-7",
  ]);
  // uPlot asks for the words of each place of a log axis, and gives null where there is no room.
  expect(axisTick(null, 0)).toBe("");
});

test("a logarithmic axis of a live chart ends at round numbers near the data; many decades get a line each, no more", () => {
  expect(logRange(0.0132, 186)).toEqual([0.01, 200]);
  expect(logRange(0.7, 1)).toEqual([0.7, 1]);
  expect(logRange(1e-7, 1e-7)).toEqual([3e-8, 3e-7]);
  expect(logRange(null, null)).toEqual([null, null]);
  expect(logLines([1, 2, 5])).toEqual([1, 2, 5]);
  const many = [1, 10, 100].flatMap((power) => [1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => digit * power));
  expect(logLines(many).filter((place) => place !== null)).toEqual([1, 10, 100]);
});

test("choices stand in the middle of their parts, lists among them; what is missing has no place", () => {
  const hidden = dimensionOf("hidden", [], { kind: "choice", choices: [[32], [64, 64]] });
  expect([[32], [64, 64], undefined].map((value) => shareOf(hidden, value))).toEqual([0.25, 0.75, null]);
  expect(labelAt(hidden, 0.9)).toBe("64,64");
});

test("without a space, numbers of many sizes are drawn by ratio, whole ones with whole ticks, words as choices", () => {
  expect(dimensionOf("rate", [0.001, 0.1]).log).toBe(true);
  expect(ticksOf(dimensionOf("seed", [1, 2, 3]), 7).map(({ label }) => label)).toEqual(["1", "2", "3"]);
  expect(dimensionOf("optimizer", ["adam", "sgd", "adam"]).choices).toEqual(["adam", "sgd"]);
  const same = rangeOf("loss", [0.5, 0.5]);
  expect(shareOf(same, 0.5)).toBeCloseTo(0.5, 9);
});

test("keys set, move, widen, narrow and clear a range, inside the axis", () => {
  expect(brushAfterKey(undefined, "Enter", false)).toEqual([0.5, 1]);
  expect(brushAfterKey([0.5, 1], "ArrowUp", false)).toEqual([0.5, 1]);
  expect(brushAfterKey([0.5, 0.9], "ArrowUp", true)![1]).toBeCloseTo(0.95, 9);
  expect(brushAfterKey([0.02, 0.3], "ArrowDown", false)![0]).toBeCloseTo(0, 9);
  expect(brushAfterKey([0.5, 0.6], "ArrowDown", true)).toEqual([0.5, 0.6]);
  expect(brushAfterKey([0.5, 1], "Escape", false)).toBeNull();
  expect(brushAfterKey(undefined, "a", false)).toBeUndefined();
  expect(moved(["a", "b", "c"], "a", 5)).toEqual(["b", "c", "a"]);
});

test("a line lies in a range only where it has a value there", () => {
  const ranged = [{ dimension: rate, brush: [0.5, 1] as const }];
  expect(inBrushes({ learningRate: 0.05 }, ranged)).toBe(true);
  expect(inBrushes({ learningRate: 0.001 }, ranged)).toBe(false);
  expect(inBrushes({}, ranged)).toBe(false);
});

test("the contour's surface passes near the trials and stays between their values", () => {
  const points = [
    { x: 0, y: 0, value: 1 },
    { x: 1, y: 1, value: 3 },
    { x: 0, y: 1, value: 2 },
  ];
  const surface = surfaceOf(points, 20, 20, 0.1);
  expect(valueAt(surface, 0, 0)).toBeCloseTo(1, 6);
  expect(valueAt(surface, 1, 1)).toBeCloseTo(3, 6);
  for (const value of surface.values) expect(value).toSatisfy((one: number) => one >= 1 && one <= 3);
});

test("the best so far falls or rises as the study's direction says, pruned trials aside", () => {
  const study = savedStudy();
  const rising = bestSoFar(study).map(({ value }) => value);
  expect(rising).toEqual(rising.toSorted((a, b) => a - b));
  expect(rising.at(-1)).toBe(study.trials.find((trial) => trial.number === study.best)!.value);
  expect(bestSoFar({ ...study, direction: "minimize" }).at(-1)!.value).toBeLessThan(rising[0]! + 1e-9);
});

test("a study with all its views passes the door unchanged; damaged spaces, curves and shares are left out", () => {
  const study = JSON.parse(JSON.stringify(savedStudy())) as ReturnType<typeof savedStudy>;
  expect(checkStudyView(study)).toEqual({ view: study });
  const hostile = {
    ...study,
    workers: 1e9,
    space: {
      a: { kind: "float", low: 1, high: 0 },
      b: { kind: "choice", choices: [] },
      c: 3,
      dropout: study.space["dropout"],
    },
    importance: [
      { name: "a", share: Number.NaN },
      { name: {}, share: 1 },
      { name: "dropout", share: 7 },
    ],
    trials: [{ ...study.trials[0], curve: { epoch: ["x", 1], value: ["no"] }, worker: -4 }],
  };
  const checked = checkStudyView(hostile);
  if ("refused" in checked) throw new Error(checked.refused);
  expect(Object.keys(checked.view.space)).toEqual(["dropout"]);
  expect(checked.view.importance).toEqual([{ name: "dropout", share: 1 }]);
  expect(checked.view.workers).toBe(64);
  expect(checked.view.trials[0]).toMatchObject({ worker: 0, curve: { epoch: [1], value: [null] } });
});

test("a comparison passes the door; of another version or damaged it is refused in a sentence", () => {
  const view = JSON.parse(JSON.stringify(savedComparison())) as ReturnType<typeof savedComparison>;
  expect(checkComparison(view)).toEqual({ view });
  expect(checkComparison({ ...view, version: 2 })).toHaveProperty("refused");
  expect(checkComparison({ ...view, runs: [{ id: "a", group: 99 }] })).toHaveProperty("refused");
  const odd = checkComparison({ ...view, curves: [{ metric: "__proto__", run: 77 }, null, 3], bands: "no" });
  expect(odd).toHaveProperty("refused", "This comparison cannot be drawn: bands must be a list.");
});

test("an answer of the kernel is one only with its number and a text or a fault", () => {
  expect(checkAnswer({ type: "answer", ask: 1, fault: null, text: "done" })).not.toBeNull();
  expect(checkAnswer({ type: "answer", ask: 1, fault: "no" })).not.toBeNull();
  expect(checkAnswer({ type: "answer", ask: "1", fault: "no" })).toBeNull();
  expect(checkAnswer({ type: "answer", ask: 1, fault: null })).toBeNull();
});

test("a search finds by words, tags, values and the end of a name", () => {
  const run = {
    texts: ["模型 mlp", "credit"],
    tags: ["Best"],
    values: { rocAuc: 0.81, optimizer: "adam", epochs: 10 },
  };
  const finds = (text: string) => matchesQuery(run, parseRunQuery(text));
  expect(
    ["auc > 0.8", "模型", "tag:best", "#best credit", "optimizer = adam epochs>=10", "loss_rocAuc", ""].map(finds),
  ).toEqual([true, true, true, true, true, false, true]);
  expect(["auc > 0.82", "tag:bes", "optimizer != adam", "optimizer > 3", "nothing = 1"].map(finds)).toEqual([
    false,
    false,
    false,
    false,
    false,
  ]);
});
