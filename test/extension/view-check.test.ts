import { MIME } from "@lepton/contract";
import { expect, test } from "vitest";
import { checkRunView } from "../../extension/src/run/view-check.ts";
import { checkStudyView } from "../../extension/src/study/view-check.ts";
import { runView, studyView } from "../magics/draw/views.ts";

const viewOf = (value: unknown) => {
  const checked = checkRunView(value);
  if ("refused" in checked) throw new Error(checked.refused);
  return checked.view;
};

test("a snapshot as Lepton writes it passes unchanged", () => {
  expect(viewOf(JSON.parse(JSON.stringify(runView())))).toEqual(runView());
});

test.each([
  [null, "not an object"],
  [[], "not an object"],
  [{ ...runView(), version: 2 }, "version 2"],
  [{ ...runView(), id: 7 }, "id must be a text, got 7"],
  [{ ...runView(), steps: "many" }, 'steps must be a number, got "many"'],
  [{ ...runView(), state: "eval(1)" }, "state must be one of"],
  [{ ...runView(), series: {} }, "series must be a list"],
])("a damaged snapshot is refused in a sentence: %#", (value, sentence) => {
  const checked = checkRunView(value);
  expect("refused" in checked ? checked.refused : "drawn").toContain(sentence);
});

test("numbers that are none become gaps; a confusion matrix that is not square is left out", () => {
  const view = viewOf({
    ...runView(),
    series: [{ name: "loss", split: "train", x: [1, 2, "x", 4], y: [1, "NaN", 3, Number.POSITIVE_INFINITY] }],
    confusion: { classes: ["a", "b"], counts: [[1, 2]] },
    test: { loss: "high", __proto__: { polluted: 1 } },
  });
  expect(view.series[0]).toEqual({ name: "loss", split: "train", x: [1, 2, 4], y: [1, null, null] });
  expect(view.confusion).toBeNull();
  expect(view.test).toEqual({ loss: null });
  expect("polluted" in {}).toBe(false);
});

test("a metric named __proto__ is a metric like any other", () => {
  const view = viewOf(JSON.parse(JSON.stringify(runView()).replace('"roc_auc"', '"__proto__"')));
  expect(view.series.some((line) => line.name === "__proto__")).toBe(true);
});

test("ten thousand metrics and a million points are cut to what a page can draw", () => {
  const line = { name: "m", split: "train", x: new Array(1_000_000).fill(1), y: new Array(1_000_000).fill(2) };
  const view = viewOf({ ...runView(), series: [line, ...new Array(10_000).fill({ ...line, x: [1], y: [1] })] });
  expect(view.series.length).toBe(200);
  expect(view.series[0]!.x.length).toBe(20_000);
});

test("a study as Lepton writes it passes unchanged; one without a direction is refused", () => {
  const checked = checkStudyView(JSON.parse(JSON.stringify(studyView())));
  expect("view" in checked && checked.view).toEqual(studyView());
  expect(checkStudyView({ ...studyView(), direction: "up" })).toHaveProperty("refused");
});

test("the extension's MIME types are the contract's", async () => {
  const { readFileSync } = await import("node:fs");
  const source = readFileSync(new URL("../../extension/src/mime.ts", import.meta.url), "utf8");
  for (const type of [MIME.run, MIME.study]) expect(source).toContain(`"${type}"`);
});
