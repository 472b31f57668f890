/**
 * What a page does with what it should not be given: snapshots from a notebook that anybody may have written, and a comm that repeats, leaves out, floods
 * or talks nonsense. Each is drawn safely or refused in a sentence, nothing is executed, and the page works on.
 */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { MIME } from "@lepton/contract";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { runView, studyView } from "../magics/draw/views.ts";
import { describeInLab, type InLab } from "./in-lab.ts";
import { kernelIdle } from "./lab.ts";
import { savedComparison } from "./saved-study.ts";

const wait = { timeout: 90_000 };
const script = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';

const counted = Array.from({ length: 1_000_000 }, (_, index) => index + 1);
const manyMetrics = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`m${index}`, index]));
const odd = ["__proto__", "constructor", "toString", script];
const oddValues = JSON.parse(`{${odd.map((name) => `${JSON.stringify(name)}: 0.5`).join(",")}}`) as Record<
  string,
  number
>;
const oneLine = (name: string) => ({ name, split: "validation" as const, x: [1, 2, 3], y: [0.1, 0.2, 0.3] });

/** Name ─► what is in the output, and what the page must say of it: a sentence where it is refused, a text of the panel where it is drawn. */
const given: Readonly<Record<string, { type: string; data: unknown; refused?: string; drawn?: string }>> = {
  newer: { type: MIME.run, data: { ...runView(), version: 2 }, refused: "was saved as version 2" },
  none: { type: MIME.run, data: 7, refused: "holds no run" },
  half: { type: MIME.run, data: { version: 1, id: "x" }, refused: "name must be a text, got nothing" },
  scripted: {
    type: MIME.run,
    data: {
      ...runView({ series: odd.map(oneLine) }),
      name: script,
      dataset: script,
      messages: [script],
      test: oddValues,
    },
    drawn: "onerror",
  },
  "not finite": {
    type: MIME.run,
    data: {
      ...runView(),
      series: [{ name: "loss", split: "train", x: [1, "NaN", 3, 4], y: ["NaN", 1, "Infinity", null] }],
    },
    drawn: "credit-mlp-1",
  },
  extreme: {
    type: MIME.run,
    data: runView({ series: [{ name: "loss", split: "train", x: [1, 2, 1e308], y: [1e308, -1e308, 5e-324] }] }),
    drawn: "credit-mlp-1",
  },
  "ten thousand metrics": {
    type: MIME.run,
    data: runView({
      series: Object.keys(manyMetrics).map(oneLine),
      test: manyMetrics,
      last: { train: manyMetrics, validation: manyMetrics },
    }),
    drawn: "m199",
  },
  "a million points": {
    type: MIME.run,
    data: runView({ series: [{ name: "loss", split: "train", x: counted, y: counted }] }),
    drawn: "credit-mlp-1",
  },
  "a million letters": { type: MIME.run, data: runView({ name: "n".repeat(1_000_000) }), drawn: "nnnn" },
  "newer study": { type: MIME.study, data: { ...studyView(), version: "1" }, refused: 'was saved as version "1"' },
  "half a study": { type: MIME.study, data: { ...studyView(), trials: null }, refused: "trials must be a list" },
  "scripted study": {
    type: MIME.study,
    data: {
      ...studyView(),
      name: script,
      metric: script,
      trials: [{ number: 0, state: "finished", parameters: oddValues, value: 1 }],
    },
    drawn: "onerror",
  },
  "newer card": { type: MIME.card, data: { version: 9 }, refused: "was saved as version 9" },
  "scripted card": {
    type: MIME.card,
    data: {
      ...{ version: 1, run: "r", name: script, createdAt: "2026-01-01T00:00:00Z", metadata: {} },
      sections: [
        { title: script, blocks: [{ kind: "facts", facts: [{ name: script, value: script }] }] },
        {
          title: "odd",
          blocks: [{ kind: "unknown" }, null, { kind: "human", key: "k", title: script, asks: script, text: script }],
        },
      ],
    },
    drawn: "onerror",
  },
  "a comparison before the first epoch": {
    type: MIME.comparison,
    data: { ...savedComparison(), curves: [], bands: [] },
    drawn: "No run has ended an epoch yet.",
  },
  "half a comparison": { type: MIME.comparison, data: { version: 1 }, refused: "metrics must be a list" },
};
const names = Object.keys(given);

describeInLab("what a page is given", (here) => {
  beforeAll(() => {
    const cells = names.map((name) => {
      const { type, data } = given[name]!;
      return { source: `// ${name}`, outputs: [{ output_type: "display_data", data: { [type]: data }, metadata: {} }] };
    });
    here.write("hostile.ipynb", ["40 + 2", ...cells]);
  });

  test("snapshots of another version, damaged, huge or with scripts are drawn or refused, and the page works on", async () => {
    const { page, faults } = await here.open("hostile.ipynb");
    await kernelIdle(page);
    for (const [index, name] of names.entries()) {
      const { refused, drawn } = given[name]!;
      await page.evaluate(`window.jupyterapp.shell.currentWidget.content.scrollToItem(${index + 1}, 'start')`);
      const output = page.locator(`.jp-Notebook [data-windowed-list-index="${index + 1}"] .lepton-Output`);
      const said = () => output.innerText();
      await expect.poll(said, { ...wait, message: name }).toContain(refused ?? drawn);
      expect((await said()).length, name).toBeLessThan(20_000);
      // What cannot be moved is no slider.
      expect(await output.locator("[role=slider]:not([aria-valuenow])").count(), name).toBe(0);
      expect(await output.locator("> .lepton-Refused").count(), name).toBe(refused ? 1 : 0);
      expect(await output.locator("script, [onerror]").count(), name).toBe(0);
    }
    expect(await page.evaluate("'hacked' in window || 'polluted' in {}")).toBe(false);
    await page.evaluate("window.jupyterapp.shell.currentWidget.content.scrollToItem(0, 'start')");
    await page.locator(".jp-Notebook .jp-CodeCell .cm-content").first().click();
    await page.keyboard.press("Shift+Enter");
    await page.waitForSelector(".jp-OutputArea-output:has-text('42')", wait);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("a comm that repeats, leaves out, talks nonsense or floods: the page drops it or asks again, and holds each step once", async () => {
    const id = "told-by-a-comm";
    const folder = writeRun(here, id, 50);
    const { page, faults } = await here.open(`${id}.ipynb`);
    const warnings: string[] = [];
    page.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
    await kernelIdle(page);
    await shows(page, 50);

    await say(page, { type: "events", events: stepEvents(1, 20) }); // repeated
    await say(page, { type: "events", events: stepEvents(90, 95) }); // with a hole before
    await say(page, { type: "events", events: [{ seq: "2" }] });
    await say(page, { type: "events", events: { length: 1e9 } });
    await say(page, { type: script });
    expect(warnings.filter((text) => text.includes("was not used")).length).toBe(3);
    appendSteps(folder, 51, 100);
    await shows(page, 100);

    await say(page, { type: "events", events: stepEvents(1, 3) }, 1000);
    expect(warnings.some((text) => text.includes("over 200 messages in a second"))).toBe(true);
    appendSteps(folder, 101, 150);
    await shows(page, 150);
    expect(faults).toEqual([]);
    await page.close();
  });
});

const time = (seq: number) => 1_790_000_000_000 + seq * 10;
const stepEvent = (step: number) => ({
  ...{ seq: step + 1, time: time(step + 1), type: "step", step, epoch: step / 100 },
  ...{ loss: 1 / step, learningRate: 0.1, rowsPerSecond: 1000 },
});
const stepEvents = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => stepEvent(from + at));

/** A run that goes, by its file alone, with a notebook that shows it. */
function writeRun(here: InLab, id: string, steps: number): string {
  const view = runView({ id, name: id, state: "running", seq: 0, series: [], test: null, confusion: null });
  const outputs = [{ output_type: "display_data", data: { [MIME.run]: view }, metadata: {} }];
  here.write(`${id}.ipynb`, [{ source: "1", outputs }]);
  const folder = path.join(here.lab.folder, ".lepton", "runs", id);
  mkdirSync(folder, { recursive: true });
  const start = {
    ...{
      seq: 1,
      time: time(1),
      type: "start",
      pid: process.pid,
      engine: "onnx",
      device: "cpu",
      threads: 1,
      parameters: 1,
    },
    ...{ rows: { train: 1, validation: 0, test: 0 }, stepsPerEpoch: 100, epochs: 100 },
  };
  writeFileSync(path.join(folder, "events.jsonl"), `${JSON.stringify(start)}\n`);
  appendSteps(folder, 1, steps);
  return folder;
}

function appendSteps(folder: string, from: number, to: number): void {
  const lines = stepEvents(from, to).map((event) => `${JSON.stringify(event)}\n`);
  appendFileSync(path.join(folder, "events.jsonl"), lines.join(""));
}

/** Give the page's end of the run's comm a message as if the kernel had sent it, `times` over. */
async function say(page: Page, data: unknown, times = 1): Promise<void> {
  await page.evaluate(`(async () => {
    const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
    const comm = [...kernel._comms.values()].find((one) => one.targetName === 'lepton.run');
    for (let time = 0; time < ${times}; time++) comm.onMsg?.({ content: { data: ${JSON.stringify(data)} } });
  })()`);
}

/** The page holds the steps 1, 2, 3 ... to `last`, by its own CSV file. */
async function shows(page: Page, last: number): Promise<void> {
  const steps = async () => {
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.locator(".lepton-Run button", { hasText: "CSV" }).first().click(),
    ]);
    const lines = readFileSync(await file.path(), "utf8").split("\n");
    return lines.filter((line) => line.startsWith("train,loss,")).map((line) => Number(line.split(",")[2]));
  };
  await expect.poll(steps, { ...wait, interval: 500 }).toEqual(Array.from({ length: last }, (_, index) => index + 1));
}
