import { expect, test } from "vitest";
import { drawStudy, studySvg } from "../../../magics/draw/study-chart.ts";
import { normalSvg } from "./golden.ts";
import { studyView } from "./views.ts";

test("a running study shows its history, the best so far and the best trials", async () => {
  const drawing = await drawStudy(studyView());
  await expect(normalSvg(drawing.svg)).toMatchFileSnapshot("../../golden/draw/study-running.svg");
  await expect(drawing.text).toMatchFileSnapshot("../../golden/draw/study-running.txt");
  expect(Buffer.from(drawing.png, "base64").subarray(1, 4).toString("latin1")).toBe("PNG");
});

test("a study without a trial says that it waits", () => {
  expect(studySvg(studyView({ trials: [], best: null }))).toContain("waiting for the first trial");
});

test("words as choices of a parameter never become markup", () => {
  const view = studyView({ space: { "<i>": { kind: "choice", choices: ["<b>"] } } });
  const trials = view.trials.map((trial) => ({ ...trial, parameters: { "<i>": "<b>" } }));
  const svg = studySvg({ ...view, trials });
  expect(svg).not.toMatch(/<[bi]>/);
  expect(svg).toContain("&lt;b&gt;");
});

test("a hundred parameters leave out the columns that do not fit", () => {
  const names = Array.from({ length: 100 }, (_, index) => `parameter${index}`);
  const space = Object.fromEntries(
    names.map((name) => [name, { kind: "float", low: 0, high: 1, log: false } as const]),
  );
  const svg = studySvg(studyView({ space }));
  expect(svg).toContain("parameter0");
  expect(svg).not.toContain("parameter50");
});
