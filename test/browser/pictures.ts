/**
 * Remakes the pictures of docs/extension.md, light and dark, in a real JupyterLab: `node test/browser/pictures.ts FOLDER`. No test: people look at what it
 * draws. Reduce each to a palette before it is committed (docs/images, at most 150 kB).
 */
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "playwright-core";
import { root } from "../../.house/environment.mjs";
import { command, kernelIdle, notebookFile, openNotebook, startBrowser, startLab } from "./lab.ts";

const wait = { timeout: 600_000 };
const folder = path.resolve(process.argv[2] ?? "build/pictures");
mkdirSync(folder, { recursive: true });

const train = (settings: string) => `%lepton train credit --model mlp ${settings}`;
const cells = [
  "%lepton features credit.csv --target Status --as credit",
  train("--hidden 64,64 --epochs 400 --background --name 信用评分 --as run"),
  [16, 64]
    .flatMap((hidden) =>
      [1, 2, 3].map((seed) => train(`--hidden ${hidden} --epochs 6 --seed ${seed} --name h${hidden}`)),
    )
    .join("\n"),
  "%lepton sweep credit --model mlp --learning-rate log:1e-4..1e-1 --hidden 8|32|128 --dropout 0..0.5 --trials 20 --epochs 4 --workers 2 --pruner median --as study",
  "%lepton card run --by Job,Age",
];

const [lab, browser] = await Promise.all([startLab(), startBrowser()]);
try {
  copyFileSync(path.join(root, "test", "fixtures", "credit.csv"), path.join(lab.folder, "credit.csv"));
  writeFileSync(path.join(lab.folder, "credit.ipynb"), notebookFile(cells.map((source) => ({ source }))));
  const { page } = await openNotebook(browser, lab, "credit.ipynb");
  await kernelIdle(page);
  await command(page, "lepton:show-sidebar");
  for (const at of [0, 1]) await runCell(page, at);
  await page.waitForSelector(".lepton-Run .lepton-Plot canvas", wait);
  await page.waitForFunction(
    "/epoch ([5-9]|[1-9]\\d)\\b/.test(document.querySelector('.lepton-Run').textContent)",
    null,
    wait,
  );
  await inBothThemes(page, 1, "run");
  await page.locator(".lepton-Run button", { hasText: "Stop" }).first().click();
  for (const at of [2, 3]) await runCell(page, at);
  await page.waitForFunction(
    "document.querySelector('.lepton-Study .lepton-State')?.textContent === 'finished'",
    null,
    wait,
  );
  await inBothThemes(page, 3, "study");
  await page.click(".lepton-Study .lepton-Tab[data-tab=parallel]");
  await inBothThemes(page, 3, "parallel");
  await compareInSidebar(page);
  await runCell(page, 4);
  await page.waitForSelector(".lepton-Card .lepton-CardSection", wait);
  await inBothThemes(page, 4, "card");
} finally {
  await browser.close();
  await lab.stop();
}

async function runCell(page: Page, at: number): Promise<void> {
  await page.evaluate(
    `(async () => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = ${at}; await window.jupyterapp.commands.execute('notebook:run-cell'); })()`,
  );
}

async function inBothThemes(page: Page, at: number, name: string): Promise<void> {
  for (const theme of ["Light", "Dark"]) {
    await command(page, "apputils:change-theme", { theme: `JupyterLab ${theme}` });
    await page.waitForFunction(`document.body.dataset.jpThemeLight === '${theme === "Light"}'`, null, wait);
    await page.evaluate(`window.jupyterapp.shell.currentWidget.content.scrollToItem?.(${at}, 'start')`);
    await page.waitForTimeout(1500);
    await page.screenshot({ path: path.join(folder, `${name}-${theme.toLowerCase()}.png`) });
  }
}

/** The six runs of two widths, found by name and compared in a window beside the notebook. */
async function compareInSidebar(page: Page): Promise<void> {
  await page.fill(".lepton-Sidebar .lepton-Filter", "h");
  await page.locator(".lepton-Sidebar button", { hasText: "Choose found" }).click();
  await page.locator(".lepton-Sidebar button", { hasText: /^Compare$/ }).click();
  await page.waitForSelector(".lepton-Window .lepton-Comparison canvas, .lepton-Window .lepton-Comparison svg", wait);
  await inBothThemes(page, 3, "compare");
  await page.evaluate("window.jupyterapp.commands.execute('application:close')");
}
