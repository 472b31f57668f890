import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { describeInLab } from "./in-lab.ts";
import { command, kernelIdle, picture } from "./lab.ts";

const wait = { timeout: 90_000 };
const trainAll = `for (const learningRate of [0.001, 0.05]) for (const seed of [1, 2, 3])
  await lepton.train(credit, { model: "logistic", learningRate, seed, epochs: 5, as: \`rate\${String(learningRate).slice(2)}_\${seed}\` });`;
const cells = [
  "%lepton features credit.csv --target Status --as credit",
  trainAll,
  '%lepton compare --where "epochs = 5" --metric accuracy --as both',
  "%lepton sweep credit --model logistic --learning-rate log:1e-3..1e-1 --trials 3 --epochs 2 --as study",
  "console.log('all', 'done');",
];

describeInLab("the sidebar and comparing, live", (here) => {
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    here.addCredit();
    here.write("compare.ipynb", cells);
    ({ page, faults } = await here.open("compare.ipynb"));
    await kernelIdle(page);
    await page.evaluate("navigator.clipboard.writeText = async (text) => void (window.copied = text)");
    await command(page, "notebook:run-all-cells");
    await page.waitForSelector(".jp-OutputArea-output:has-text('all done')", { timeout: 200_000 });
    await command(page, "lepton:show-sidebar");
    await page.waitForSelector(".lepton-Sidebar .lepton-Entry", wait);
  }, 400_000);

  const section = (name: string) => page.locator(".lepton-SidebarSection", { hasText: name });
  const told = () => page.textContent(".lepton-Told");

  test("a cell compares runs by a search: two groups with bands over three seeds each", async () => {
    const compared = page.locator(".jp-Notebook .lepton-Comparison");
    // Charts above it that are drawn late move it: it is scrolled to until it is seen.
    const bands = async () => {
      await compared.locator(".lepton-Chart").first().scrollIntoViewIfNeeded();
      return compared.locator(".lepton-Band").count();
    };
    await expect.poll(bands, wait).toBe(2);
    expect(await compared.locator("select").first().inputValue()).toBe("accuracy");
    expect(await compared.locator(".lepton-Legend").textContent()).toContain("learningRate 0.001 (3 seeds)");
    await compared.locator("select").first().selectOption("loss");
    const title = () => compared.locator(".lepton-Chart svg").first().textContent();
    await expect.poll(title, wait).toContain("loss on validation rows");
    const line = () => compared.locator(".lepton-Line[data-group]").first().getAttribute("d");
    const validation = await line();
    await compared.getByLabel("rows").selectOption("train");
    await expect.poll(title, wait).toContain("loss on training rows");
    const train = await line();
    expect(train).not.toBe(validation);
    await compared.getByLabel("rows").selectOption("both");
    await expect.poll(title, wait).toContain("thin lines on training rows");
    expect(await compared.locator(".lepton-Line.lepton-BesideLine").count()).toBe(2);
    expect(await compared.locator(".lepton-LegendValue").first().textContent()).toMatch(/^[\d.]+ · train [\d.]+$/);
    await picture(page, "compare-both.png");
    await compared.getByLabel("rows").selectOption("train");
    await compared.getByLabel("smoothing").fill("0.9");
    await expect.poll(line, wait).not.toBe(train);
    await picture(page, "compare-train.png");
  });

  test("the search finds by name and by value; the found runs are compared in a window", async () => {
    expect(await section("Runs").locator(".lepton-Entry").count()).toBe(6);
    await page.fill(".lepton-Sidebar .lepton-Filter", "seed = 2");
    await expect.poll(() => section("Runs").locator(".lepton-Entry").count()).toBe(2);
    await page.click(".lepton-Choice button:has-text('Choose found')");
    await page.fill(".lepton-Sidebar .lepton-Filter", "rate05_1");
    await section("Runs").locator("input[type=checkbox]").first().check();
    await page.fill(".lepton-Sidebar .lepton-Filter", "");
    expect(await page.textContent(".lepton-Choice")).toContain("3 chosen");
    await page.click(".lepton-Choice button:has-text('Compare')");
    await page.waitForSelector(".lepton-Window .lepton-Line", wait);
    const heads = await page.locator(".lepton-Window thead th").allTextContents();
    expect(heads.toSorted()).toEqual(["rate001_2", "rate05_1", "rate05_2"]);
    const names = await page.locator(".lepton-Window tbody th").allTextContents();
    expect(names).toContain("learningRate");
    expect(names).not.toContain("epochs");
    await picture(page, "compare.png");
  });

  test("compared runs are drawn by the steps and the time that their kernel tells", async () => {
    const compared = page.locator(".lepton-Window .lepton-Comparison");
    const x = compared.locator("label:has-text('x') select").first();
    expect(await x.locator("option").allTextContents()).toEqual(["epoch", "step", "time"]);
    await x.selectOption("seconds");
    await expect.poll(() => compared.locator("svg .lepton-ChartTitle").textContent()).toContain("by time");
    const drawn = await compared
      .locator(".lepton-Chart .lepton-Line")
      .evaluateAll((all) => all.map((one) => one.getAttribute("d")!.length));
    expect(Math.min(...drawn)).toBeGreaterThan(20);
  });

  test("colours that are chosen in the settings reach the windows", async () => {
    // The settings open beside the notebook: the window is in sight all the time, and only the change draws it anew.
    await page.evaluate(
      "window.jupyterapp.shell.activateById(document.querySelector('.jp-NotebookPanel').id); window.jupyterapp.commands.execute('lepton:settings')",
    );
    const colours = page.locator(".jp-SettingsPanel select[id$=colours]");
    await colours.waitFor(wait);
    const chart = page.locator(".lepton-Window .lepton-Comparison .lepton-Chart > svg").first();
    await chart.evaluate((node) => node.setAttribute("data-before", ""));
    await colours.selectOption({ label: "grey" });
    await page.waitForFunction("document.body.dataset.leptonColours === 'grey'", null, wait);
    await expect.poll(() => page.locator(".lepton-Window .lepton-Comparison [data-before]").count(), wait).toBe(0);
    expect(await chart.isVisible()).toBe(true);
    await page.locator(".lm-TabBar-tab", { hasText: "Settings" }).locator(".lm-TabBar-tabCloseIcon").click();
  });

  test("runs are ordered by a metric, which each of them then says", async () => {
    const order = page.locator(".lepton-Sidebar > select");
    await order.selectOption("loss");
    const facts = await section("Runs").locator(".lepton-Facts").allTextContents();
    const losses = facts.map((text) => Number(/loss ([\d.]+)/.exec(text)?.[1]));
    expect(losses).toHaveLength(6);
    expect(losses).toEqual(losses.toSorted((a, b) => a - b));
    await order.selectOption("newest");
  });

  test("tags that are written beside a run are found", async () => {
    const runs = path.join(here.lab.folder, ".lepton", "runs");
    const [id] = readdirSync(runs).sort();
    const choose = page.locator(".lepton-Choice button:has-text('Choose found')");
    await choose.focus();
    writeFileSync(path.join(runs, id!, "notes.json"), JSON.stringify({ text: "", tags: ["baseline"] }));
    await page.waitForSelector(".lepton-Tag:has-text('baseline')", wait);
    // The new listing was drawn under a reader who works by keyboard.
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Choose found");
    await page.locator(".lepton-Choice button:has-text('Clear')").press("Enter");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Choose found");
    await page.fill(".lepton-Sidebar .lepton-Filter", "tag:baseline");
    await expect.poll(() => section("Runs").locator(".lepton-Entry").count()).toBe(1);
    await page.fill(".lepton-Sidebar .lepton-Filter", "");
  });

  test("the magic that made a run is copied", async () => {
    await section("Runs").locator("button:has-text('Copy')").first().click();
    await expect.poll(told).toContain("is in the clipboard");
  });

  test("a run is deployed under a name, answers, shows its log and is stopped", async () => {
    await section("Runs").locator("button:has-text('Deploy')").first().click();
    await page.fill(".jp-Dialog input", "Not A Name");
    await page.click(".jp-Dialog button.jp-mod-accept");
    await expect.poll(told, wait).toMatch(/name/i);
    await section("Runs").locator("button:has-text('Deploy')").first().click();
    await page.fill(".jp-Dialog input", "credit-risk");
    await page.click(".jp-Dialog button.jp-mod-accept");
    await expect.poll(told, wait).toMatch(/credit-risk v1 answers at http/);
    const url = /http\S+/.exec((await told())!)![0];
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await section("Deployments").locator("button:has-text('Logs')").click();
    await page.waitForSelector(".jp-Dialog .lepton-Log", wait);
    expect(await page.textContent(".jp-Dialog .lepton-Log")).toContain("listens");
    await page.click(".jp-Dialog button.jp-mod-accept");
    await section("Deployments").locator("button:has-text('Stop')").click();
    await expect.poll(told, wait).toContain("is stopped");
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  /** Run code in the notebook's kernel without a cell of its own. */
  const execute = (code: string) =>
    page.evaluate(`(() => {
      const { kernels } = window.jupyterapp.serviceManager;
      const [model] = [...kernels.running()];
      kernels.connectTo({ model }).requestExecute({ code: ${JSON.stringify(code)} });
    })()`);

  test("a run that goes is followed in a window, and stopped", async () => {
    await execute("%lepton train credit --model logistic --epochs 50000 --background --as endless");
    const entry = section("Runs").locator(".lepton-Entry", { hasText: "endless" });
    await entry.locator("button:has-text('Show')").click(wait);
    const facts = page.locator(".lepton-Window .lepton-Run .lepton-Facts").first();
    await page.waitForSelector(".lepton-Window .lepton-Run .u-legend", wait);
    const before = await facts.textContent();
    await expect.poll(() => facts.textContent(), wait).not.toBe(before);
    await entry.locator("button:has-text('Stop')").click(wait);
    await expect.poll(told, wait).toContain("stops at its next step");
    await expect.poll(() => entry.locator(".lepton-State").textContent(), wait).toBe("stopped");
  });

  test("a study that goes is followed in a window, and stopped", async () => {
    await execute(
      "%lepton sweep credit --model logistic --learning-rate log:1e-3..1e-1 --trials 500 --epochs 3 --as many",
    );
    const entry = section("Studies").locator(".lepton-Entry", { hasText: "many" });
    await entry.locator("button:has-text('Show')").click(wait);
    const rows = page.locator(".lepton-Window .lepton-Study tbody tr");
    await page.waitForSelector(".lepton-Window .lepton-Study .lepton-Mark", wait);
    const before = await rows.count();
    await expect.poll(() => rows.count(), wait).toBeGreaterThan(before);
    await entry.locator("button:has-text('Stop')").click();
    await expect.poll(told, wait).toContain("--resume");
    const state = page.locator(".lepton-Window .lepton-Study .lepton-Title .lepton-State");
    await expect.poll(() => state.textContent(), wait).toBe("stopped");
    await picture(page, "study-window.png");
    expect(faults).toEqual([]);
  });
});
