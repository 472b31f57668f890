import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../.house/environment.mjs";
import { browserFault, type Lab, notebookFile, openNotebook, startBrowser, startLab } from "./lab.ts";

const fault = browserFault();
const cells = [
  "%lepton features credit.csv --target Status --as credit",
  "%lepton train credit --model mlp --hidden 16 --epochs 3 --as run",
  "%lepton sweep credit --model mlp --learning-rate log:1e-3..1e-1 --hidden 8|16 --trials 4 --epochs 2 --workers 2 --as study",
  "%lepton card run",
];

describe.skipIf(fault)(`cards and studies in a real JupyterLab${fault ? ` (${fault})` : ""}`, () => {
  let lab: Lab;
  let browser: Browser;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    [lab, browser] = await Promise.all([startLab(), startBrowser()]);
    copyFileSync(path.join(root, "test", "fixtures", "credit.csv"), path.join(lab.folder, "credit.csv"));
    writeFileSync(path.join(lab.folder, "card.ipynb"), notebookFile(cells.map((source) => ({ source }))));
    ({ page, faults } = await openNotebook(browser, lab, "card.ipynb"));
    await page.waitForFunction(
      "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'",
      null,
      { timeout: 90_000 },
    );
    await page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')");
    await page.waitForSelector(".lepton-Card", { timeout: 120_000 });
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await lab?.stop();
  });

  test("a study shows every trial, sorts by a column and filters", async () => {
    const rows = page.locator(".lepton-Trials tbody tr");
    expect(await rows.count()).toBe(4);
    await page.click(".lepton-Trials th button:has-text('learningRate')");
    const head = await page.locator(".lepton-Trials thead th").allTextContents();
    const column = head.indexOf("learningRate") + 1;
    const rates = await page.locator(`.lepton-Trials tbody tr td:nth-child(${column})`).allTextContents();
    const numbers = rates.map(Number);
    expect(numbers).toHaveLength(4);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    await page.fill(".lepton-Study .lepton-Filter", "no such trial");
    expect(await rows.count()).toBe(0);
    await page.fill(".lepton-Study .lepton-Filter", "");
  });

  test("what is written into a card is kept with the run", async () => {
    const part = page.locator(".lepton-CardHuman", { hasText: "Intended use" }).first();
    await part.locator("button").click();
    await page.fill(".lepton-CardArea", "To teach credit scoring. 教学用。");
    await page.click(".lepton-CardHuman button:has-text('Save')");
    await expect.poll(() => page.locator(".lepton-CardArea").count(), { timeout: 15_000 }).toBe(0);
    expect(await part.textContent()).toContain("教学用");
    const runs = path.join(lab.folder, ".lepton", "runs");
    const kept = readdirSync(runs)
      .map((id) => path.join(runs, id, "card.json"))
      .filter((file) => existsSync(file));
    expect(kept).toHaveLength(1);
    expect(JSON.parse(readFileSync(kept[0]!, "utf8")).human.intendedUse).toBe("To teach credit scoring. 教学用。");
  });

  test("axe finds nothing serious in runs, studies, cards and the sidebar", async () => {
    await page.evaluate("window.jupyterapp.commands.execute('lepton:show-sidebar')");
    await page.waitForSelector(".lepton-Sidebar .lepton-Entry", { timeout: 90_000 });
    await page.addScriptTag({ path: createRequire(import.meta.url).resolve("axe-core") });
    const found = await page.evaluate(
      "window.axe.run({ include: [['.lepton-Run'], ['.lepton-Study'], ['.lepton-Card'], ['.lepton-Sidebar']] }).then((done) => done.violations.filter((one) => one.impact === 'serious' || one.impact === 'critical').map((one) => one.id + ': ' + one.nodes.map((node) => node.html.slice(0, 120) + ' ' + node.failureSummary).join(' | ')))",
    );
    expect(found).toEqual([]);
    expect(faults).toEqual([]);
    if (process.env["LEPTON_SCREENSHOTS"]) {
      await page.setViewportSize({ width: 1280, height: 2600 });
      await page.waitForTimeout(1500);
      await page.screenshot({ path: path.join(process.env["LEPTON_SCREENSHOTS"], "card.png") });
    }
  });
});
