import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { MIME, type RunCurves } from "@lepton/contract";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { drawRun } from "../../magics/draw/run-chart.ts";
import { runView, studyView } from "../magics/draw/views.ts";
import { lossSteps } from "./csv-file.ts";
import { describeInLab } from "./in-lab.ts";
import { changeTheme, command, kernelIdle, picture } from "./lab.ts";

const wait = { timeout: 60_000 };
const output = (data: Record<string, unknown>) => ({ output_type: "display_data", data, metadata: {} });

const curves: RunCurves = {
  split: "test",
  rows: 891,
  classes: [
    {
      name: "good",
      positives: 641,
      rocAuc: 0.8,
      averagePrecision: 0.9,
      roc: { falsePositiveRate: [0, 0.2, 1], truePositiveRate: [0, 0.8, 1] },
      pr: { recall: [0, 0.8, 1], precision: [1, 0.9, 0.7] },
      calibration: { predicted: [0.2, 0.8], observed: [0.3, 0.7], rows: [300, 591] },
      brier: 0.16,
    },
  ],
  targets: [],
  confusion: null,
};

describeInLab("saved outputs in a real JupyterLab", (here) => {
  beforeAll(async () => {
    const hostile = '<img src=x onerror="window.hacked=1">';
    const { svg, png, text } = await drawRun(runView());
    const run = { [MIME.run]: runView({ curves }), "image/svg+xml": svg, "image/png": png, "text/plain": text };
    const cells = [
      { source: "run", outputs: [output(run)] },
      { source: "study", outputs: [output({ [MIME.study]: studyView({ state: "stopped" }) })] },
      {
        source: "hostile",
        outputs: [
          output({
            [MIME.run]: runView({
              name: hostile,
              confusion: {
                classes: [hostile, "__proto__"],
                counts: [
                  [1, 2],
                  [3, 4],
                ],
              },
            }),
          }),
        ],
      },
      { source: "newer", outputs: [output({ [MIME.run]: { ...runView(), version: 2 } })] },
      { source: "broken", outputs: [output({ [MIME.run]: { version: 1, id: 7 } })] },
    ];
    here.write("saved.ipynb", cells);
    const going = { state: "running", etaSeconds: 60 } as const;
    here.write("going.ipynb", [
      { source: "run", outputs: [output({ [MIME.run]: runView(going) })] },
      { source: "study", outputs: [output({ [MIME.study]: studyView({ state: "running" }) })] },
    ]);
  });

  test("a saved run and a saved study are drawn with no kernel; damaged ones are refused in a sentence", async () => {
    const { page, faults } = await here.open("saved.ipynb");
    await page.waitForSelector(".lepton-Run .lepton-Plot canvas", wait);
    const first = page.locator(".lepton-Run").first();
    expect(await first.locator(".lepton-Name").textContent()).toBe("credit-mlp-1");
    expect(await first.locator(".lepton-State").textContent()).toBe("finished");
    expect(await first.locator("table.lepton-Confusion td").allTextContents()).toEqual(["130", "120", "66", "575"]);
    expect(await page.locator(".lepton-Trials tbody tr").count()).toBe(20);
    // A run's panel has a place of this class for what the kernel refuses: only outputs that are nothing else are meant.
    const refused = page.locator(".lepton-Output > .lepton-Refused");
    await expect.poll(() => refused.count(), wait).toBe(2);
    const reasons = await refused.allTextContents();
    expect(reasons[0]).toContain("version 2");
    expect(reasons[1]).toContain("id must be a text, got 7");
    expect(await page.evaluate("window.hacked")).toBeUndefined();
    expect(faults).toEqual([]);
    await picture(page, "saved.png");
    await page.close();
  });

  test("a run and a study that went when they were saved are not said to go, where nobody knows how they ended", async () => {
    const { page } = await here.open("going.ipynb");
    const run = page.locator(".lepton-Run").first();
    await expect.poll(() => run.locator(".lepton-State").textContent(), wait).toBe("was running when saved");
    expect(await run.locator(".lepton-Facts").first().textContent()).not.toContain("left");
    expect(await run.locator("button", { hasText: "Stop" }).isVisible()).toBe(false);
    expect(await page.locator(".lepton-Study .lepton-State").textContent()).toMatch(/^was running at .*\d/);
    expect(await page.locator("progress:visible").count()).toBe(0);
    await picture(page, "going.png");
    await page.close();
  });

  test("CSV and Analyse of a run that went on after it was saved have every point that the kernel can tell, in however many messages", async () => {
    writeRun(path.join(here.lab.folder, ".lepton", "runs", "over"), 40_000);
    const few = [{ name: "loss", split: "train" as const, x: [1, 300, 600], y: [1, 0.5, 0.25] }];
    here.write("over.ipynb", [
      { source: "run", outputs: [output({ [MIME.run]: runView({ id: "over", series: few, step: 600, seq: 601 }) })] },
    ]);
    const { page, faults } = await here.open("over.ipynb");
    await kernelIdle(page);
    const run = page.locator(".lepton-Run").first();
    await run.locator(".lepton-Plot canvas").first().waitFor(wait);
    expect(await lossSteps(page)).toEqual(Array.from({ length: 40_000 }, (_, index) => index + 1));
    expect(await run.getByRole("alert").count()).toBe(0);
    await run.getByRole("tab", { name: "Analyse" }).click();
    const about = run.locator(".lepton-Analyse .lepton-Facts");
    await expect.poll(() => about.textContent(), { timeout: 30_000 }).toMatch(/^40,000 points;[^(]*$/);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("a run that was pinned from a notebook that is closed asks the kernel of the notebook from which it is pinned again", async () => {
    const { page } = await here.open("over.ipynb");
    const inNotebook = page.locator(".jp-Notebook .lepton-Run");
    const pinned = page.locator(".lepton-Pinned .lepton-Run");
    await inNotebook.getByRole("button", { name: "Pin" }).click();
    await pinned.waitFor(wait);
    await page.evaluate("window.jupyterapp.shell.currentWidget.context.save()");
    await page.evaluate("window.jupyterapp.shell.currentWidget.close()");
    await expect.poll(() => inNotebook.count(), wait).toBe(0);
    await command(page, "docmanager:open", { path: "over.ipynb" });
    await inNotebook.locator(".lepton-Plot canvas").first().waitFor(wait);
    await kernelIdle(page);
    await inNotebook.getByRole("button", { name: "Pin" }).click();
    await expect.poll(async () => (await lossSteps(page, pinned)).length, wait).toBe(40_000);
    expect(await page.locator(".lepton-Pinned").count()).toBe(1);
    await page.close();
  });

  test("a kernel that is stuck is said to be so, by the tab and by the notes that wait for it; who gives up may look again", async () => {
    const { page } = await here.open("over.ipynb");
    await kernelIdle(page);
    const run = page.locator(".lepton-Run").first();
    await run.locator(".lepton-Plot canvas").first().waitFor(wait);
    const busy = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel";
    await page.evaluate(`void ${busy}.requestExecute({ code: 'for (;;) {}' })`);
    await page.waitForFunction(`${busy}.status === 'busy'`, null, wait);
    await run.getByRole("tab", { name: "Samples" }).click();
    await run.getByRole("tab", { name: "Notes" }).click();
    await run.locator("textarea").fill("written while it is stuck");
    await run.getByRole("button", { name: "Save", exact: true }).click();
    const notes = run.locator(".lepton-Notes .lepton-Facts");
    await expect.poll(() => notes.textContent(), { timeout: 30_000 }).toContain("has not answered yet");
    expect(await run.locator("textarea").inputValue()).toBe("written while it is stuck");
    await run.getByRole("tab", { name: "Samples" }).click();
    const samples = run.locator(".lepton-Samples .lepton-Facts");
    await expect.poll(() => samples.textContent(), { timeout: 30_000 }).toContain("busy or stuck");
    await picture(page, "stuck.png");
    await samples.getByRole("button", { name: "Give up" }).click();
    expect(await samples.textContent()).toContain("look again when it is free");
    await page.evaluate(`void ${busy}.interrupt()`);
    await expect.poll(() => notes.textContent(), { timeout: 30_000 }).toContain("Kept with the run.");
    await page.close();
  });

  test("without a run of its own folder to ask for, CSV has the points of the saved output and the page says so", async () => {
    const { page } = await here.open("saved.ipynb");
    const run = page.locator(".lepton-Run").first();
    await run.locator(".lepton-Plot canvas").first().waitFor(wait);
    expect(await lossSteps(page)).toHaveLength(280);
    expect(await run.getByRole("alert").textContent()).toContain("at most 500 a line");
    await run.getByRole("tab", { name: "Analyse" }).click();
    const about = run.locator(".lepton-Analyse .lepton-Facts");
    await expect
      .poll(() => about.textContent(), { timeout: 30_000 })
      .toContain("at most 500 a line, and no kernel told");
    await run.getByRole("tab", { name: "Weights" }).click();
    const weights = run.locator(".lepton-Weights .lepton-Facts");
    await expect.poll(() => weights.textContent(), wait).toContain("No kernel that has this run answered");
    await page.close();
  });

  test("a picture that plotly.js cannot draw, for it does not load, is refused in a sentence; the next try asks again", async () => {
    const { page } = await here.open("saved.ipynb");
    const run = page.locator(".lepton-Run").first();
    await run.locator(".lepton-Plot canvas").first().waitFor(wait);
    const scripts = "**/extensions/lepton-lab/static/**";
    await page.route(scripts, (route) => route.abort());
    const svg = run.locator("button", { hasText: "SVG" });
    await svg.click();
    await expect.poll(() => run.getByRole("alert").textContent(), { timeout: 30_000 }).toContain("could not draw");
    await page.unroute(scripts);
    const [file] = await Promise.all([page.waitForEvent("download"), svg.click()]);
    expect(readFileSync(await file.path(), "utf8")).toMatch(/^<svg/);
    expect(await run.getByRole("alert").count()).toBe(0);
    await page.close();
  });

  test("a run that is pinned beside the notebook follows the colours of the settings", async () => {
    const { page } = await here.open("saved.ipynb");
    await page.locator(".lepton-Run").first().locator("button", { hasText: "Pin" }).click();
    const chart = page.locator(".lepton-Pinned .lepton-Plot canvas").first();
    await chart.waitFor(wait);
    await command(page, "lepton:settings");
    const colours = page.locator(".jp-SettingsPanel select[id$=colours]");
    await colours.waitFor(wait);
    await chart.evaluate((node) => node.setAttribute("data-before", ""));
    await colours.selectOption({ label: "grey" });
    await page.waitForFunction("document.body.dataset.leptonColours === 'grey'", null, wait);
    await expect.poll(() => page.locator(".lepton-Pinned [data-before]").count(), wait).toBe(0);
    await chart.waitFor(wait);
    await page.close();
  });

  test("charts that are out of sight when the page becomes narrow do not widen it", async () => {
    const { page } = await here.open("saved.ipynb");
    const run = page.locator(".lepton-Run").first();
    await run.locator(".lepton-Plot canvas").first().waitFor(wait);
    await page.setViewportSize({ width: 1280, height: 240 });
    const chart = run.locator(".lepton-Plot").first();
    await expect.poll(async () => (await chart.boundingBox())!.y, wait).toBeGreaterThan(240);
    const drawn = () => chart.locator("canvas").evaluate((node) => node.clientWidth);
    const wide = await drawn();
    await page.setViewportSize({ width: 700, height: 240 });
    await expect.poll(() => chart.evaluate((node) => node.clientWidth), wait).toBeLessThan(wide);
    expect(await drawn()).toBe(wide);
    expect(await run.evaluate((node) => node.scrollWidth - node.clientWidth)).toBeLessThanOrEqual(1);

    const study = page.locator(".lepton-Study").first();
    const history = study.locator(".lepton-Chart").first();
    const drawing = () => history.locator("svg").evaluate((node) => node.clientWidth);
    await page.setViewportSize({ width: 1280, height: 900 });
    await history.scrollIntoViewIfNeeded();
    const room = () => history.evaluate((node) => node.clientWidth);
    await expect.poll(async () => (await drawing()) === (await room()), wait).toBe(true);
    const wideStudy = await drawing();
    await page.setViewportSize({ width: 1280, height: 240 });
    await run.locator(".lepton-Title").first().scrollIntoViewIfNeeded();
    await expect.poll(async () => (await history.boundingBox())!.y, wait).toBeGreaterThan(240);
    await page.waitForTimeout(300); // until the page has noticed
    await page.setViewportSize({ width: 700, height: 240 });
    await expect.poll(room, wait).toBeLessThan(wideStudy);
    await page.waitForTimeout(300);
    expect(await drawing()).toBe(wideStudy);
    expect(await study.evaluate((node) => node.scrollWidth - node.clientWidth)).toBeLessThanOrEqual(1);
    await history.scrollIntoViewIfNeeded();
    await expect.poll(async () => (await drawing()) === (await room()), wait).toBe(true);
    await page.close();
  });

  test("charts are redrawn in the dark theme's colours, figures of a hidden tab when it is shown", async () => {
    const { page } = await here.open("saved.ipynb");
    await page.waitForSelector(".lepton-Run .lepton-Plot canvas", wait);
    const run = page.locator(".lepton-Run").first();
    await run.getByRole("tab", { name: "Evaluation" }).click();
    const paper = () =>
      page.evaluate("getComputedStyle(document.querySelector('.lepton-Figure .main-svg')).background");
    await run.locator(".lepton-Figure .main-svg").first().waitFor(wait);
    const lightPaper = await paper();
    await run.getByRole("tab", { name: "Charts" }).click();
    const light = await paintOf(page);
    await changeTheme(page, "Dark");
    await expect.poll(() => paintOf(page), { timeout: 20_000 }).not.toBe(light);
    await run.getByRole("tab", { name: "Evaluation" }).click();
    await expect.poll(paper, { timeout: 20_000 }).not.toBe(lightPaper);
    await picture(page, "dark.png");
    await page.close();
  });
});

/** A run that is over, by its events alone. */
function writeRun(folder: string, steps: number): void {
  mkdirSync(folder, { recursive: true });
  const time = (seq: number) => 1_790_000_000_000 + seq * 10;
  const start = {
    ...{ seq: 1, time: time(1), type: "start", pid: 1, engine: "onnx", device: "cpu", threads: 1, parameters: 1 },
    ...{ rows: { train: 1, validation: 0, test: 0 }, stepsPerEpoch: 100, epochs: 6 },
  };
  const all = Array.from({ length: steps }, (_, at) => ({
    ...{ seq: at + 2, time: time(at + 2), type: "step", step: at + 1, epoch: (at + 1) / 100 },
    ...{ loss: 1 / (at + 1), learningRate: 0.1, rowsPerSecond: 1000 },
  }));
  const lines = [start, ...all].map((event) => `${JSON.stringify(event)}\n`);
  writeFileSync(path.join(folder, "events.jsonl"), lines.join(""));
}

/** The first chart's pixels; waits while there is no chart, for one that is missing is none that was redrawn. */
function paintOf(page: Page): Promise<string> {
  return page
    .locator(".lepton-Plot canvas")
    .first()
    .evaluate((canvas) => (canvas as unknown as { toDataURL(): string }).toDataURL());
}
