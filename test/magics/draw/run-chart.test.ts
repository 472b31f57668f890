import { expect, test } from "vitest";
import { drawRun, runSvg } from "../../../magics/draw/run-chart.ts";
import { normalSvg } from "./golden.ts";
import { runView } from "./views.ts";

const golden = (name: string) => `../../golden/draw/${name}`;

test("a finished run shows loss, metrics, the best epoch, test values and the confusion matrix", async () => {
  const drawing = await drawRun(runView());
  await expect(normalSvg(drawing.svg)).toMatchFileSnapshot(golden("run-finished.svg"));
  await expect(drawing.text).toMatchFileSnapshot(golden("run-finished.txt"));
});

test("a run that has not started says what it waits for", async () => {
  const view = runView({ state: "starting", series: [], best: null, test: null, confusion: null, epoch: 0, step: 0 });
  await expect(normalSvg(runSvg(view))).toMatchFileSnapshot(golden("run-starting.svg"));
});

test("the picture is a PNG one and a half times the drawing's size", async () => {
  const bytes = Buffer.from((await drawRun(runView())).png, "base64");
  expect(bytes.subarray(1, 4).toString("latin1")).toBe("PNG");
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([1440, 570]);
});

test("names never become markup", () => {
  const hostile = "<script>alert(1)</script>\"'&\u0000\uD800";
  const svg = runSvg(
    runView({
      name: hostile,
      dataset: hostile,
      confusion: {
        classes: [hostile, "b"],
        counts: [
          [1, 2],
          [3, 4],
        ],
      },
    }),
  );
  expect(svg).not.toContain("<script");
  expect(svg).toContain("&lt;script&gt;");
  expect(svg).not.toMatch(/\p{Cc}|\p{Cs}/u);
});

test("Chinese, Japanese and Korean names stay in the picture", () => {
  expect(runSvg(runView({ name: "信用评分 モデル 신용" }))).toContain(">信用评分 モデル 신용</text>");
});

test("values that are not finite make a gap, never NaN in the drawing", () => {
  const series = [{ name: "loss", split: "train" as const, x: [1, 2, 3, 4, 5], y: [1, null, 0.5, 0.4, null] }];
  const svg = runSvg(runView({ series, best: null, confusion: null }));
  expect(svg).not.toContain("NaN");
  expect(svg).toContain("<circle");
});

test("a loss over several powers of ten gets a logarithmic axis", () => {
  const y = Array.from({ length: 50 }, (_, index) => 100 * 0.8 ** index);
  const series = [{ name: "loss", split: "train" as const, x: y.map((_, index) => index + 1), y }];
  const svg = runSvg(runView({ series, best: null, confusion: null }));
  for (const tick of ["100", "1", "0.01"]) expect(svg).toContain(`>${tick}</text>`);
});

test("a failed run shows its reason", async () => {
  const reason = "the loss became NaN at step 31; lower learningRate.";
  const drawing = await drawRun(runView({ state: "failed", reason }));
  expect(drawing.svg).toContain(reason);
  expect(drawing.text).toContain(`failed: ${reason}`);
});

test("the whole bundle stays under 200 kB with 500 points in each of twelve series", async () => {
  const x = Array.from({ length: 500 }, (_, index) => index + 1);
  const noise = x.map((step) => Math.abs(Math.sin(step * step)));
  const names = ["loss", "roc_auc", "accuracy", "f1", "precision", "recall"];
  const series = names.flatMap((name) =>
    (["train", "validation"] as const).map((split) => ({ name, split, x, y: noise })),
  );
  const drawing = await drawRun(runView({ series }));
  expect(drawing.svg.length + drawing.png.length + drawing.text.length).toBeLessThan(200_000);
});

test("a run that moves is rendered seldom, and at once when it is over", async () => {
  const at = (step: number, state: "running" | "finished") => runView({ id: "moving", step, epoch: step / 28, state });
  const first = await drawRun(at(28, "running"));
  const second = await drawRun(at(56, "running"));
  const last = await drawRun(at(560, "finished"));
  expect(second.svg).not.toBe(first.svg);
  expect(second.png).toBe(first.png);
  expect(last.png).not.toBe(first.png);
});
