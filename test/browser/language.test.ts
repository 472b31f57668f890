import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserFault, type Lab, notebookFile, openNotebook, startBrowser, startLab } from "./lab.ts";

const fault = browserFault();
const debugged = `const start: number = 1;
function add(x: number): number {
  const sum = x + 1;
  return sum;
}
let total = add(start);
total`;
const rows = "const rows = [{ age: 31, name: 'Ada' }];";

describe.skipIf(fault)(`TypeScript in a real JupyterLab${fault ? ` (${fault})` : ""}`, () => {
  let lab: Lab;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    [lab, browser] = await Promise.all([startLab(), startBrowser()]);
    const cells = [debugged, rows, "rows[0]."].map((source) => ({ source }));
    writeFileSync(path.join(lab.folder, "language.ipynb"), notebookFile(cells));
    ({ page } = await openNotebook(browser, lab, "language.ipynb"));
    const idle = "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'";
    await page.waitForFunction(idle, null, { timeout: 60_000 });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await lab?.stop();
  });

  const cell = (index: number) => page.locator(".jp-Notebook .jp-Cell").nth(index);
  const run = async (index: number) => {
    await cell(index).locator(".cm-content").click();
    await page.keyboard.press("Shift+Enter");
  };
  const command = (name: string) => page.evaluate(`void window.jupyterapp.commands.execute('${name}')`);

  test("the debugger's panel stops at a breakpoint, shows the stack and variables, steps and goes on", async () => {
    await page.locator(".jp-DebuggerBugButton[aria-disabled=false], .jp-DebuggerBugButton:not([disabled])").click();
    await page.waitForSelector(".jp-DebuggerBugButton[aria-pressed=true]", { timeout: 30_000 });
    const line3 = cell(0).locator(".cm-breakpoint-gutter .cm-gutterElement").nth(3);
    await line3.click({ timeout: 30_000 });
    await page.locator(".jp-DebuggerBreakpoint").first().waitFor({ state: "attached", timeout: 30_000 });
    await run(0);
    const stack = page.locator(".jp-DebuggerCallstack").first();
    await expect.poll(() => stack.innerText(), { timeout: 30_000 }).toMatch(/add.*:3[\s\S]*cell.*:6/);
    const variables = page.locator(".jp-DebuggerVariables").first();
    await expect.poll(() => variables.innerText(), { timeout: 30_000 }).toMatch(/x[\s\S]*number/);
    await command("debugger:next");
    await expect.poll(() => stack.innerText(), { timeout: 30_000 }).toMatch(/add.*:4/);
    await command("debugger:continue");
    await expect.poll(() => cell(0).locator(".jp-OutputArea").innerText(), { timeout: 30_000 }).toMatch(/\n2$/);
  });

  test("Tab completes with the types of earlier cells, Shift+Tab shows the type", async () => {
    await run(1);
    await cell(2).locator(".cm-content").click();
    await page.keyboard.press("Control+End");
    const completer = page.locator(".jp-Completer");
    const offered = async () => {
      if (!(await completer.isVisible())) await page.keyboard.press("Tab");
      await completer.waitFor({ timeout: 1500 }).catch(() => undefined); // JupyterLab drops an answer that comes late
      return completer.isVisible().then((shown) => (shown ? completer.innerText() : ""));
    };
    await expect.poll(offered, { timeout: 60_000, interval: 500 }).toMatch(/age\s+property[\s\S]*name\s+property/);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Home");
    await page.keyboard.press("Shift+Tab");
    const tooltip = page.locator(".jp-Tooltip");
    await expect.poll(() => tooltip.innerText(), { timeout: 30_000 }).toContain("const rows: {");
  });
});
