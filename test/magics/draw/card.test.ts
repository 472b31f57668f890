import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  type DatasetManifest,
  displaySymbol,
  MIME,
  type RunCurves,
  type RunEvent,
  type RunSpec,
} from "@lepton/contract";
import { afterEach, beforeEach, expect, test } from "vitest";
import { groupNumbers } from "../../../magics/draw/card/group-rows.ts";
import { groupMetrics } from "../../../magics/draw/card/groups.ts";
import { humanOfMarkdown } from "../../../magics/draw/card/human.ts";
import {
  aucInterval,
  bootstrap,
  classScores,
  metricIntervals,
  regressionIntervals,
  wilson,
} from "../../../magics/draw/card/intervals.ts";
import { cardOfRun, cardVerb } from "../../../magics/draw/run-card.ts";
import { leptonFolder } from "../../../magics/folder.ts";
import { measure } from "../../../magics/train/metrics.ts";
import type { VerbContext } from "../../../magics/verb.ts";
import { makeRunFolder } from "../train/made-run.ts";

const array = { file: "x", dtype: "f32", shape: [1, 1], sha256: "" } as const;
const manifest: DatasetManifest = {
  version: 1,
  id: "d1",
  name: "credit",
  createdAt: "2026-01-01T00:00:00.000Z",
  source: { kind: "file", uri: "data/credit.csv", sha256: "ab".repeat(32), rows: 4454, skipped: 2 },
  task: "binary",
  target: { name: "Status", classes: ["bad", "good"], positive: "good" },
  columns: [{ name: "Job|<b>", kind: "category", categories: ["fixed", "partime"], nullable: true, example: "fixed" }],
  features: ["Job=fixed", "Job=partime"],
  rowShape: [2],
  targetShape: [1],
  split: { seed: 7, stratified: true, fractions: { train: 0.6, validation: 0.2, test: 0.2 } },
  rows: { train: 2672, validation: 891, test: 891 },
  classCounts: [752, 1920],
  arrays: { train: { x: array, y: array }, validation: { x: array, y: array }, test: { x: array, y: array } },
  plan: "plan.json",
  sourceText: "%lepton features data/credit.csv --target Status --as credit",
};

const spec: RunSpec = {
  contract: 1,
  id: "r1",
  name: "risk",
  createdAt: "2026-01-01T00:00:00.000Z",
  dataset: { folder: "../../datasets/d1", id: "d1", name: "credit" },
  task: "binary",
  model: { kind: "mlp", hidden: [64, 64], activation: "relu", dropout: 0, batchNorm: false },
  loss: { kind: "bce" },
  optimizer: { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  learningRate: 0.001,
  schedule: { kind: "constant" },
  l2: 0,
  epochs: 20,
  batchSize: 32,
  seed: 42,
  classWeights: null,
  earlyStopping: null,
  device: "cpu",
  engine: "auto",
  threads: 2,
  checkpointEverySeconds: 10,
  plugins: [],
  background: false,
  source: "%lepton train credit --model mlp --hidden 64,64 --epochs 20 --seed 42 --as run",
};

const validation = { loss: 0.42, accuracy: 0.8, rocAuc: 0.83 };
const events: RunEvent[] = [
  {
    seq: 1,
    time: Date.parse(spec.createdAt),
    type: "start",
    pid: 1,
    engine: "onnx",
    device: "cpu",
    threads: 2,
    parameters: 4417,
    rows: manifest.rows,
    stepsPerEpoch: 84,
    epochs: 20,
    environment: { versions: { node: "24.0.0" }, platform: "linux x64", cpu: "A CPU", cores: 2, memoryBytes: 2 ** 33 },
  },
  {
    seq: 2,
    time: Date.parse(spec.createdAt) + 9000,
    type: "end",
    state: "finished",
    reason: null,
    step: 1680,
    epoch: 20,
    seconds: 9,
    best: { epoch: 12, validation },
    test: { loss: 0.43, accuracy: 0.791, precision: 0.827, recall: 0.897, f1: 0.861, rocAuc: 0.829 },
    confusion: {
      classes: ["bad", "good"],
      counts: [
        [130, 120],
        [66, 575],
      ],
    },
  },
];

let notebook: string;
const runFolder = () => leptonFolder(notebook).runs("r1");
const writeEvents = (all: readonly RunEvent[]) => makeRunFolder(runFolder(), spec, all);
const writeRun = (changed: RunSpec) => makeRunFolder(runFolder(), changed, events);
beforeEach(() => {
  notebook = mkdtempSync(path.join(tmpdir(), "lepton-card-"));
  const place = leptonFolder(notebook);
  mkdirSync(place.datasets("d1"), { recursive: true });
  writeFileSync(path.join(place.datasets("d1"), "dataset.json"), JSON.stringify(manifest));
  writeRun(spec);
});
afterEach(() => rmSync(notebook, { recursive: true, force: true }));

/** The verb as a notebook calls it. */
let printed: string[];
beforeEach(() => {
  printed = [];
});

function card(run: unknown, options: Readonly<Record<string, unknown>> = {}, body?: string) {
  const host = { print: (text: string) => printed.push(text) };
  const context = { folder: leptonFolder(notebook), body, host } as unknown as VerbContext;
  return cardVerb.run([run], options as never, context);
}

test("a card has the nine sections of Mitchell et al., filled from the run's files", async () => {
  const { view } = await card("r1");
  expect(view.sections.map((section) => section.title)).toEqual([
    "Model Details",
    "Intended Use",
    "Factors",
    "Metrics",
    "Evaluation Data",
    "Training Data",
    "Quantitative Analyses",
    "Ethical Considerations",
    "Caveats and Recommendations",
  ]);
  await expect(cardOfRun(runFolder()).markdown({ metadata: true })).toMatchFileSnapshot("../../golden/draw/card.md");
});

test("a card shows itself as our type, as markdown and as text", async () => {
  const bundle = (await card("risk"))[displaySymbol]();
  expect(Object.keys(bundle)).toEqual([MIME.card, "text/markdown", "text/plain"]);
  expect(JSON.parse(JSON.stringify(bundle[MIME.card]))).toEqual(bundle[MIME.card]);
});

test("names of columns and classes never become markup", async () => {
  const markdown = (await card("r1")).markdown();
  expect(markdown).toContain("Job\\|&lt;b&gt;");
  expect(markdown).not.toContain("<b>");
});

test("what people write is kept with the run and shown in every later card", async () => {
  await card("r1", {}, "## Intended use\nTeaching.\n\nOnly that.\n### Ethical considerations\nNone known.");
  await card("r1", { human: { license: "apache-2.0" } });
  const markdown = (await card("r1")).markdown({ metadata: true });
  expect(markdown).toContain("**Intended use**\n\nTeaching.\n\nOnly that.");
  expect(markdown).toContain("license: apache-2.0");
  const kept = JSON.parse(readFileSync(path.join(runFolder(), "card.json"), "utf8")) as {
    human: Record<string, string>;
  };
  expect(kept.human["intendedUse"]).toBe("Teaching.\n\nOnly that.");
  expect(kept.human["caveats"]).toBe("");
});

test("an unknown heading is told with the nearest one", () => {
  expect(() => humanOfMarkdown("## Intended uses\nx")).toThrow('no part "Intended uses"; did you mean "Intended use"?');
  expect(() => humanOfMarkdown("no heading")).toThrow("the cell begins with a heading");
});

test("a card is written as markdown with Hugging Face's files beside it, as HTML or as JSON, and to nothing else", async () => {
  await card("r1", { to: "CARD.md" });
  expect(readFileSync(path.join(notebook, "CARD.md"), "utf8")).toMatch(/^---\nlibrary_name: lepton\n/);
  const results = readFileSync(path.join(notebook, "eval_results.yaml"), "utf8");
  expect(results).toContain(
    `- dataset:\n    id: credit\n    task_id: accuracy\n    split: test\n    revision: ${"ab".repeat(32)}`,
  );
  expect(results).toContain('  value: 0.791\n  date: "2026-01-01"\n  source:\n    name: "Lepton run r1"\n');
  await card("r1", { to: "card.json" });
  expect(JSON.parse(readFileSync(path.join(notebook, "card.json"), "utf8"))).toMatchObject({ version: 1, run: "r1" });
  expect(printed).toEqual([
    `Wrote the card to ${path.join(notebook, "CARD.md")}, and beside it eval_results.yaml.\n`,
    `Wrote the card to ${path.join(notebook, "card.json")}.\n`,
  ]);
  await expect(card("r1", { to: "card.txt" })).rejects.toThrow(
    'card: to must end in .md, .html or .json, got "card.txt".',
  );
});

test("a card is not written into a folder that does not exist, as predictions are not", async () => {
  await expect(card("r1", { to: "out/CARD.md" })).rejects.toThrow(/CARD\.md: its folder does not exist; make it/);
  expect(existsSync(path.join(notebook, "out"))).toBe(false);
});

test("the HTML card is one file without script, whatever the names are", async () => {
  writeRun({ ...spec, name: '<script>alert("x")</script> 信用 신용' });
  await card("r1", { to: "card.html", human: { ethics: "<img src=x onerror=alert(1)>" } });
  const html = readFileSync(path.join(notebook, "card.html"), "utf8");
  expect(html).not.toMatch(/<script|<img|<link|https?:\/\/(?!www\.w3\.org)/);
  expect(html).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; 信用 신용");
  expect(html).toContain("&lt;img src=x onerror=alert(1)&gt;");
  expect(html).toContain('<td class="shaded" style="--share: 0.520">130</td>');
  expect(html.match(/<section /g)).toHaveLength(9);
});

test("the curves of a run are drawn: pictures in HTML, files beside markdown", async () => {
  const curves: RunCurves = {
    split: "test",
    rows: 891,
    targets: [],
    confusion: null,
    classes: [
      {
        name: "good",
        positives: 641,
        rocAuc: 0.829,
        averagePrecision: 0.91,
        roc: { falsePositiveRate: [0, 0.5, 1], truePositiveRate: [0, 0.9, 1] },
        pr: { recall: [0, 1], precision: [1, 0.72] },
        calibration: { predicted: [0.1, 0.9], observed: [0.2, 0.8], rows: [40, 60] },
        brier: 0.15,
      },
    ],
  };
  writeEvents([events[0]!, { ...events[1]!, curves } as RunEvent]);
  await card("r1", { to: "CARD.md" });
  const markdown = readFileSync(path.join(notebook, "CARD.md"), "utf8");
  expect(markdown).toContain("![ROC curve on test rows](CARD-roc-curve-on-test-rows.svg)");
  expect(readFileSync(path.join(notebook, "CARD-roc-curve-on-test-rows.svg"), "utf8")).toContain("good (area 0.829)");
  await card("r1", { to: "card.html" });
  expect(readFileSync(path.join(notebook, "card.html"), "utf8").match(/<svg /g)).toHaveLength(3);
});

test("what a cell's function was is told so that the run can be made again", async () => {
  const model = { kind: "module", module: "model.mjs", export: "model", args: {} } as const;
  writeRun({ ...spec, model, source: "%lepton train credit --model wide --as run" });
  writeFileSync(
    path.join(runFolder(), "model.mjs"),
    "let width = 64;\nexport const model = ((x, nn) => nn.dense(x, width));\n",
  );
  const { view } = await card("r1");
  const code = view.sections[0]!.blocks.find((block) => block.kind === "code")!;
  expect(code).toMatchObject({
    text: [
      `// data/credit.csv, sha256 ${"ab".repeat(32)}`,
      manifest.sourceText,
      "let width = 64;\nconst wide = ((x, nn) => nn.dense(x, width));",
      "%lepton train credit --model wide --as run",
    ].join("\n"),
  });
});

test("two cards' difference holds what differs and names what is the same", async () => {
  const other = leptonFolder(notebook).runs("r2");
  const source = spec.source.replace("--hidden 64,64", "--hidden 8");
  const ended = { ...events[1]!, test: { accuracy: 0.8 } } as RunEvent;
  makeRunFolder(other, { ...spec, id: "r2", learningRate: 0.01, source }, [events[0]!, ended]);
  const { view } = await card("r1", { diff: "r2" });
  expect(view).toMatchObject({ name: "risk (r1) and risk (r2)", against: { run: "r2", name: "risk" } });
  const titles = view.sections.map((section) => section.title);
  expect(titles).toEqual(["Model Details", "Metrics", "Quantitative Analyses", "The same in both"]);
  const metrics = view.sections[2]!.blocks.find((block) => block.kind === "table")!;
  expect(metrics.table.columns).toEqual(["", "risk (r1)", "risk (r2)", "difference"]);
  const accuracy = metrics.table.rows.find(([name]) => name === "accuracy: test")!;
  expect(accuracy.slice(1, 3)).toEqual([0.791, 0.8]);
  expect(accuracy[3]).toBeCloseTo(0.009, 10);
  const code = view.sections[0]!.blocks.find((block) => block.kind === "code")!;
  expect(code.text.split("\n").slice(-2)).toEqual([`- ${spec.source}`, `+ ${source}`]);
});

test("metrics by group are of each group's own rows, with intervals", () => {
  const predictions = {
    task: "binary",
    outputs: Float32Array.of(1, -1, 1, 1, -1, -1),
    targets: Float32Array.of(1, 0, 0, 1, 1, 0),
    width: 1,
  } as const;
  const grouped = {
    column: "Job",
    groups: ["fixed", "freelance"],
    labels: ["fixed", "fixed", "fixed", "freelance", "freelance", "freelance"],
  };
  const { groups } = groupMetrics(grouped, predictions);
  expect(groups.map(({ name, rows, metrics }) => [name, rows, metrics["accuracy"], metrics["recall"]])).toEqual([
    ["fixed", 3, 2 / 3, 1],
    ["freelance", 3, 2 / 3, 0.5],
  ]);
  expect(groups[0]!.intervals["accuracy"]).toEqual(wilson(2, 3));
  const [low, high] = groups[1]!.intervals["recall"]!;
  expect(low).toBeLessThan(0.5);
  expect(high).toBeGreaterThan(0.5);
});

test("few numbers are groups as they are, many become ranges of about equal size", () => {
  const words = String;
  expect(groupNumbers(Float64Array.of(2, 1, Number.NaN, 2), words)).toEqual({
    labels: ["2", "1", "(missing)", "2"],
    groups: ["1", "2", "(missing)"],
  });
  const ages = Float64Array.from({ length: 100 }, (_, index) => 20 + index);
  const { groups, labels } = groupNumbers(ages, words);
  expect(groups).toEqual(["up to 44", "above 44, up to 69", "above 69, up to 94", "above 94"]);
  for (const group of groups) expect(labels.filter((label) => label === group)).toHaveLength(25);
});

test("the bootstrap of a regression's errors contains them and narrows with the rows", () => {
  const width = (rows: number) => {
    const targets = Float32Array.from({ length: rows }, (_, index) => index % 17);
    const outputs = targets.map((value, index) => value + (((index * 7919) % 13) - 6) / 6);
    const predictions = { task: "regression", outputs, targets, width: 1 } as const;
    const [low, high] = regressionIntervals(predictions)["mae"]!;
    const { mae } = measure(predictions);
    expect(low).toBeLessThan(mae!);
    expect(high).toBeGreaterThan(mae!);
    return high - low;
  };
  expect(width(1600)).toBeLessThan(width(100) / 2);
});

test("a run that is not there is told with the nearest ID", async () => {
  await expect(card("r2")).rejects.toThrow('card: there is no run "r2"; did you mean "r1"?');
});

test("a failed run's card says that it failed", async () => {
  const end = {
    ...events[1]!,
    state: "failed",
    reason: "the loss became NaN",
    test: null,
    confusion: null,
    best: null,
  };
  writeEvents([events[0]!, end as RunEvent]);
  expect((await card("r1")).markdown()).toContain("the run is failed: the loss became NaN");
});

test("Wilson's and Hanley and McNeil's intervals agree with published figures", () => {
  // Newcombe 1998, table I: 81 of 263 has (0.2553, 0.3662); 0 of 20 has (0, 0.1611).
  expect(wilson(81, 263).map((value) => Number(value.toFixed(4)))).toEqual([0.2553, 0.3662]);
  expect(wilson(0, 20).map((value) => Number(value.toFixed(4)))).toEqual([0, 0.1611]);
  // Hanley and McNeil 1982, table III: area 0.893, 51 abnormal and 58 normal cases, standard error 0.032.
  const [low, high] = aucInterval(0.893, 51, 58);
  expect((high - low) / (2 * 1.96)).toBeCloseTo(0.0325, 3); // in the table cut to three digits
});

test("the bootstrap of accuracy agrees with Wilson's interval", () => {
  const counts = [
    [130, 120],
    [66, 575],
  ];
  const [low, high] = bootstrap(
    counts,
    (drawn) => (drawn[0]![0]! + drawn[1]![1]!) / drawn.flat().reduce((a, b) => a + b, 0),
  );
  expect(low).toBeCloseTo(wilson(705, 891)[0], 2);
  expect(high).toBeCloseTo(wilson(705, 891)[1], 2);
});

test("intervals contain their metric, also with many rows and many classes", () => {
  const counts = [
    [9000, 500, 500],
    [700, 8000, 1300],
    [100, 900, 9000],
  ];
  const f1 = counts.reduce((sum, _, k) => sum + classScores(counts, k).f1, 0) / 3;
  const [low, high] = metricIntervals({ accuracy: 0.866, f1 }, counts)["f1"]!;
  expect(low).toBeLessThan(f1);
  expect(high).toBeGreaterThan(f1);
  expect(high - low).toBeLessThan(0.02);
  expect(metricIntervals({ mse: 1 }, null)).toEqual({});
});
