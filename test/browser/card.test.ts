/**
 * A run's card as its reader meets it: made by magics in a notebook, by group and against another run, edited in place, exported to a folder; a
 * study's table; and axe's look at all panels, in the light and the dark theme and at 200 %.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { seriousFaults } from "./axe.ts";
import { describeInLab } from "./in-lab.ts";
import { changeTheme, command, kernelIdle, picture } from "./lab.ts";
import { unreached } from "./tab-order.ts";

const cells = [
  "%lepton features credit.csv --target Status --as credit",
  "const width = 12;\nconst wide = (x, nn) => nn.dense(nn.dense(x, width, { activation: 'relu' }), 1);",
  "%lepton train credit --model wide --epochs 3 --name 信用-신용-クレジット --as run",
  "%lepton train credit --model mlp --hidden 8 --epochs 2 --name small --as small",
  "%lepton sweep credit --model mlp --learning-rate log:1e-3..1e-1 --hidden 8|16 --trials 3 --epochs 2 --workers 2 --as study",
  "%lepton card run --by Job,Age --to CARD.md",
  "%lepton card run --to card.html",
  "%lepton card run --diff small",
  "%lepton card run --to nowhere/CARD.md",
];

const panels = [".lepton-Run", ".lepton-Study", ".lepton-Card", ".lepton-Sidebar"];

describeInLab("cards and a study in a real JupyterLab", (here) => {
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    here.addCredit();
    here.write("card.ipynb", cells);
    ({ page, faults } = await here.open("card.ipynb"));
    await kernelIdle(page);
    await command(page, "notebook:run-all-cells");
    await page.waitForFunction(
      "[...document.querySelectorAll('.jp-OutputArea-output')].some((one) => one.textContent.includes('nowhere'))",
      null,
      { timeout: 180_000 },
    );
  }, 300_000);

  const first = () => page.locator(".lepton-Card").first();

  test("a card has the metrics of each group, its curves, and the function that a cell gave", async () => {
    expect(await first().locator(".lepton-CardSection").count()).toBe(9);
    const byJob = first().locator("table", { hasText: "Test metrics by Job" });
    const groups = await byJob.locator("tbody th").allTextContents();
    expect(groups).toContain("fixed");
    expect(groups.at(-1)).toBe("all rows");
    expect(await byJob.locator("tbody tr").first().locator("td").nth(1).textContent()).toMatch(
      /^0\.\d+ \(0\.\d+ to 0\.\d+\)$/,
    );
    expect(await first().locator("table", { hasText: "Test metrics by Age" }).locator("tbody tr").count()).toBe(5);
    const charts = await first().locator(".lepton-CardChart figcaption").allTextContents();
    expect(charts).toEqual(["ROC curve on test rows", "Precision and recall on test rows", "Calibration on test rows"]);
    const code = (await first().locator(".lepton-CardCode pre").textContent())!;
    expect(code).toContain("let width = 12;\nconst wide = (");
    expect(code).toContain("%lepton train credit --model wide");
  });

  test("the rows that a run shows as samples have the values of the file", async () => {
    const run = page.locator(".lepton-Run").first();
    await run.getByRole("tab", { name: "Samples" }).click();
    const rows = run.locator(".lepton-Samples table");
    await rows.waitFor({ timeout: 90_000 });
    expect(await rows.locator("caption").textContent()).toBe("Rows as they are in the file");
    const heads = await rows.locator("thead th").allTextContents();
    const cells = await rows.locator("tbody tr").first().locator("th, td").allTextContents();
    expect(["yes", "no"]).toContain(cells[heads.indexOf("Records")]);
    expect(Number(cells[heads.indexOf("Age")])).toBeGreaterThanOrEqual(18);
    await run.getByRole("tab", { name: "Charts" }).click();
  });

  test("it is written with Hugging Face's files beside it and as one HTML file, and not into a folder that does not exist", async () => {
    const read = (name: string) => readFileSync(path.join(here.lab.folder, name), "utf8");
    expect(read("CARD.md")).toMatch(/^---\nlibrary_name: lepton\n[\s\S]*model-index:/);
    expect(read("eval_results.yaml")).toContain("task_id: roc_auc");
    expect(read("CARD-roc-curve-on-test-rows.svg")).toContain("<svg");
    const html = read("card.html");
    expect(html).toContain("信用-신용-クレジット");
    expect(html).not.toContain("<script");
    expect(existsSync(path.join(here.lab.folder, "nowhere"))).toBe(false);
    const shown = await here.browser.newPage({ javaScriptEnabled: false });
    await shown.goto(`file://${path.join(here.lab.folder, "card.html")}`);
    expect(await shown.locator("svg").count()).toBe(3);
    expect(await shown.locator("section").count()).toBe(9);
    await picture(shown, "card-html.png", { fullPage: true });
    await shown.close();
  });

  test("two runs' cards are shown by what differs", async () => {
    const diff = page.locator(".lepton-Card").last();
    expect(await diff.locator(".lepton-CardName").textContent()).toBe("信用-신용-クレジット and small");
    expect(await diff.locator("table", { hasText: "difference" }).count()).toBeGreaterThan(0);
    expect(await diff.locator(".lepton-CardDiff del").count()).toBeGreaterThan(0);
    expect(await diff.locator(".lepton-CardDiff ins").count()).toBeGreaterThan(0);
    expect(await diff.locator("textarea, .lepton-CardHuman").count()).toBe(0);
  });

  test("what is written into a card, by keyboard alone, is kept with the run", async () => {
    const part = first().locator(".lepton-CardHuman", { hasText: "Intended use" }).first();
    await part.getByRole("button", { name: "Edit: Intended use" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector(".lepton-Card .lepton-CardArea");
    await page.keyboard.type("To teach credit scoring.");
    await page.keyboard.insertText(" 教学用。");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator(".lepton-Card .lepton-CardArea").count(), { timeout: 15_000 }).toBe(0);
    expect(await part.textContent()).toContain("教学用");
    const runs = path.join(here.lab.folder, ".lepton", "runs");
    const kept = readdirSync(runs)
      .map((id) => path.join(runs, id, "card.json"))
      .filter((file) => existsSync(file))
      .map((file) => JSON.parse(readFileSync(file, "utf8")).human.intendedUse);
    expect(kept).toContain("To teach credit scoring. 教学用。");

    // What comes into the field after Save is not kept, so it is not shown as if it were.
    await part.getByRole("button", { name: "Edit: Intended use" }).click();
    await page.evaluate(`(() => {
      const area = document.querySelector('.lepton-Card .lepton-CardArea');
      area.value = 'To teach.';
      [...area.parentElement.querySelectorAll('button')].find((one) => one.textContent === 'Save').click();
      area.value = 'Too late.';
    })()`);
    await expect.poll(() => page.locator(".lepton-Card .lepton-CardArea").count(), { timeout: 15_000 }).toBe(0);
    expect(await part.locator("p").textContent()).toBe("To teach.");
  });

  test("a study shows every trial, sorts by a column and filters", async () => {
    const rows = page.locator(".lepton-Trials tbody tr");
    expect(await rows.count()).toBe(3);
    await page.click(".lepton-Trials th button:has-text('learningRate')");
    const head = await page.locator(".lepton-Trials thead th").allTextContents();
    const column = head.indexOf("learningRate") + 1;
    const rates = await page.locator(`.lepton-Trials tbody tr td:nth-child(${column})`).allTextContents();
    const numbers = rates.map(Number);
    expect(numbers).toHaveLength(3);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    await page.fill(".lepton-Study .lepton-Filter", "no such trial");
    expect(await rows.count()).toBe(0);
    await page.fill(".lepton-Study .lepton-Filter", "");
    expect(await rows.count()).toBe(3);
  });

  test("axe finds nothing serious in any panel: light, dark, and at 200 %", async () => {
    await page.evaluate("window.jupyterapp.commands.execute('lepton:show-sidebar')");
    await page.waitForSelector(".lepton-Sidebar .lepton-Entry", { timeout: 90_000 });
    expect(await seriousFaults(page, panels), "light").toEqual([]);
    await picture(page, "all-light.png", { fullPage: true });
    await changeTheme(page, "Dark");
    await page.waitForTimeout(1000);
    expect(await seriousFaults(page, panels), "dark").toEqual([]);
    await picture(page, "all-dark.png", { fullPage: true });
    // A page of half the size at twice the scale is what a browser's zoom of 200 % is.
    await page.setViewportSize({ width: 640, height: 500 });
    await page.waitForTimeout(500);
    expect(await seriousFaults(page, panels), "200 %").toEqual([]);
    const wide = await page.evaluate(
      "[...document.querySelectorAll('.lepton-Run, .lepton-Study, .lepton-Card')].filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.className + ' ' + one.scrollWidth + ' ' + one.clientWidth)",
    );
    expect(wide).toEqual([]);
    expect(faults).toEqual([]);
  });

  test("every control of a run, a card and the sidebar is reached with Tab", async () => {
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.evaluate("window.jupyterapp.commands.execute('lepton:show-sidebar')");
    await page.waitForSelector(".lepton-Sidebar .lepton-Entry", { timeout: 90_000 });
    for (const panel of [".lepton-Run", ".lepton-Card", ".lepton-Sidebar"]) {
      const { all, missed } = await unreached(page, panel);
      expect(all, panel).toBeGreaterThan(5);
      expect(missed, panel).toEqual([]);
    }
  });
});
