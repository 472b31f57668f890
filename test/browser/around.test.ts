/**
 * What stands around the notebook, in Chinese: the interface's words through JupyterLab's translator, settings that act, the launcher's card, commands, and
 * what completion and Shift+Tab say of a magic.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "playwright-core";
import { beforeAll, expect, test, vi } from "vitest";
import { describeInLab } from "./in-lab.ts";
import { kernelIdle, picture } from "./lab.ts";

const chosen = {
  "@jupyterlab/translation-extension:plugin": { locale: "zh_CN" },
  "@jupyterlab/completer-extension:manager": { showDocumentationPanel: true, providerTimeout: 60_000 },
  "lepton-lab:settings": { axis: "step", smoothing: 0.6, motion: "none" },
};

describeInLab({ title: "around the notebook, in Chinese", settings: chosen }, (here) => {
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    here.addCredit();
    const cells = [
      "%lepton features credit.csv --target Status --as credit",
      "%lepton train credit --model mlp --hidden 8 --epochs 3 --name 信用 --as run",
      "%lepton card run",
      "%lepton train credit --e",
    ];
    here.write("around.ipynb", cells);
    ({ page, faults } = await here.open("around.ipynb"));
    await kernelIdle(page);
    await page.evaluate(
      "(async () => { const { content } = window.jupyterapp.shell.currentWidget; for (const at of [0, 1, 2]) { content.activeCellIndex = at; await window.jupyterapp.commands.execute('notebook:run-cell'); } })()",
    );
    await page.waitForSelector(".lepton-Card .lepton-CardSection", { timeout: 120_000 });
  }, 300_000);

  test("panels, the sidebar and the commands speak Chinese", async () => {
    const run = (await page.locator(".lepton-Run").first().textContent())!;
    expect(run).toContain("信用");
    expect(run).toContain("指标");
    const sections = await page.locator(".lepton-Card .lepton-CardSection > summary").allTextContents();
    expect(sections.slice(0, 3)).toEqual(["模型详情", "预期用途", "影响因素"]);
    await page.evaluate("window.jupyterapp.commands.execute('lepton:show-sidebar')");
    await page.waitForSelector(".lepton-Sidebar .lepton-Entry", { timeout: 90_000 });
    expect(await page.locator(".lepton-Sidebar").textContent()).toContain("数据集");
    expect(await page.evaluate("window.jupyterapp.commands.label('lepton:doctor')")).toBe("检查 Lepton 能否在此运行");
    await picture(page, "zh-CN.png");
  });

  test("settings act on a chart: its axis, its smoothing, its motion", async () => {
    const run = page.locator(".lepton-Run").first();
    expect(await run.locator("select").first().inputValue()).toBe("step");
    expect(await run.locator("input[type=range]").first().inputValue()).toBe("0.6");
    expect(await page.evaluate("document.body.dataset.leptonMotion")).toBe("none");
  });

  test("the settings editor tells each setting in Chinese", async () => {
    await page.evaluate("window.jupyterapp.commands.execute('lepton:settings')");
    const form = page.locator(".jp-SettingsPanel", { hasText: "每秒绘制次数" });
    await form.waitFor({ timeout: 30_000 });
    await picture(page, "zh-CN-settings.png");
    await page.evaluate("window.jupyterapp.shell.currentWidget.close()");
  });

  test("completion of a magic shows what an option does, and Shift+Tab explains it", async () => {
    await page.evaluate(
      "(async () => { const { content } = window.jupyterapp.shell.currentWidget; content.activeCellIndex = 3; content.mode = 'edit'; const { editor } = content.activeCell; editor.focus(); editor.setCursorPosition({ line: 0, column: editor.getLine(0).length }); })()",
    );
    // A list that comes while the editor settles is closed again: ask until it stays.
    const ask = async () => {
      await page.keyboard.press("Tab");
      await page.waitForSelector(".jp-Completer-docpanel", { timeout: 15_000 });
    };
    await vi.waitFor(ask, { timeout: 75_000 });
    expect(await page.locator(".jp-Completer").textContent()).toContain("--epochs");
    const said = () => page.locator(".jp-Completer-docpanel").textContent();
    await expect.poll(said, { timeout: 30_000 }).toContain("`--early-stopping`: End after");
    await picture(page, "completion.png");
    await page.keyboard.press("Escape");
    await page.keyboard.type("pochs");
    await page.keyboard.press("Shift+Tab");
    await page.waitForSelector(".jp-Tooltip", { timeout: 60_000 });
    expect(await page.locator(".jp-Tooltip").textContent()).toContain("--epochs");
    await picture(page, "tooltip.png");
    await page.keyboard.press("Escape");
  });

  test("the launcher has a card that opens a first notebook", async () => {
    await page.evaluate("window.jupyterapp.commands.execute('launcher:create')");
    const card = page.locator(".jp-LauncherCard", { hasText: "从表格到服务" });
    await card.waitFor({ timeout: 30_000 });
    await picture(page, "launcher.png");
    await card.click();
    await page.waitForFunction(
      "window.jupyterapp.shell.currentWidget?.content?.widgets?.[1]?.model?.sharedModel?.getSource().startsWith('%lepton features')",
      null,
      { timeout: 60_000 },
    );
    const name = (await page.evaluate("window.jupyterapp.shell.currentWidget.context.path")) as string;
    const saved = JSON.parse(readFileSync(path.join(here.lab.folder, name), "utf8"));
    expect(saved.metadata.kernelspec.name).toBe("lepton");
    expect([saved.cells[0].source].flat().join("")).toContain("从表格到服务");
    expect(faults).toEqual([]);
  });
});
