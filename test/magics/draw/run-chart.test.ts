import type { RunEvent, RunSpec } from "@lepton/contract";
import { expect, test } from "vitest";
import { drawRun, runSvg } from "../../../magics/draw/run-chart.ts";
import { curvesOf } from "../../../magics/train/curves.ts";
import { emptyFold, fold, viewOf } from "../../../magics/train/view.ts";
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

const wave = (row: number) => Math.sin(row * 12.9898) * 3;
const outputs = Float32Array.from({ length: 400 }, (_, row) => wave(row));

test("the curves of a finished run's predictions stand in a second row, for classes and for numbers", async () => {
  const targets = Float32Array.from({ length: 400 }, (_, row) => (wave(row) + wave(row + 7) > 0 ? 1 : 0));
  const classes = curvesOf({ task: "binary", outputs, targets, width: 1 }, "test", ["bad", "<good>"]);
  const svg = runSvg(runView({ curves: classes }));
  for (const title of ["ROC (test), name and AUC", "Precision by recall", "Calibration", "&lt;good&gt;"])
    expect(svg).toContain(title);
  const truth = outputs.map((value, row) => value + wave(row + 7) / 3);
  const numbers = curvesOf({ task: "regression", outputs, targets: truth, width: 1 }, "test", ["price"]);
  const drawn = await drawRun(runView({ task: "regression", confusion: null, curves: numbers }));
  for (const title of ["price: predicted by actual", "residuals by prediction", "residuals of all rows"]) {
    expect(drawn.svg).toContain(title);
  }
  expect(drawn.svg).not.toContain("NaN");
  expect(Buffer.from(drawn.png, "base64").readUInt32BE(20)).toBeGreaterThan(570);
});

test("a snapshot of a day's run with curves of ten classes and every gauge takes less than 200 kB", () => {
  const spec = {
    createdAt: "2026-01-01T00:00:00.000Z",
    epochs: 3000,
    dataset: { name: "d" },
    model: { kind: "linear" },
  };
  const state = emptyFold({ ...spec, id: "r", name: "r", task: "multiclass", seed: 1 } as unknown as RunSpec);
  let seq = 0;
  const take = (event: object) => fold(state, { seq: ++seq, time: 1000 * seq, ...event } as RunEvent);
  take({ type: "start", stepsPerEpoch: 10, epochs: 3000, rows: {}, parameters: 1 });
  for (let step = 1; step <= 30_000; step++) {
    const loss = 0.1 + Math.abs(wave(step)) / 3;
    take({ type: "step", step, epoch: step / 10, loss, learningRate: loss / 7, rowsPerSecond: loss * 1e5 });
    if (step % 10 > 0) continue;
    const many = { loss, accuracy: loss, precision: loss / 3, recall: loss / 7, f1: loss / 11 };
    take({ type: "epoch", epoch: step / 10, step, train: { loss, accuracy: loss }, validation: many, best: true });
    take({ type: "usage", step, cpu: loss, memoryBytes: 1e9 * loss, gpu: { busy: loss, memoryBytes: 1e9 * loss } });
  }
  const logits = Float32Array.from({ length: 20_000 }, (_, at) => wave(at));
  const targets = Int32Array.from({ length: 2000 }, (_, row) => row % 10);
  const curves = curvesOf({ task: "multiclass", outputs: logits, targets, width: 10 }, "test", []);
  take({
    type: "end",
    state: "finished",
    step: 30_000,
    epoch: 3000,
    seconds: 1,
    best: null,
    test: null,
    confusion: null,
    curves,
  });
  const view = viewOf(state);
  expect(view.gauges).toHaveLength(6);
  expect(view.clock!.step.length).toBeLessThanOrEqual(200);
  expect(JSON.stringify(view).length).toBeLessThan(200_000);
});
