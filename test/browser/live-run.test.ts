import { readFileSync } from "node:fs";
import path from "node:path";
import { MIME, type RunView } from "@lepton/contract";
import type { Page } from "playwright-core";
import { beforeAll, expect, test, vi } from "vitest";
import { describeInLab } from "./in-lab.ts";
import { command, kernelIdle, picture } from "./lab.ts";

const wait = { timeout: 90_000 };

/** Rows enough that an epoch takes a moment, made by a formula. */
const dataCell = [
  "const n = 6000;",
  "const x = Float32Array.from({ length: n * 8 }, (_, i) => Math.sin(i * 12.9898) * 2);",
  "const y = Float32Array.from({ length: n }, (_, i) => (x[i * 8] + x[i * 8 + 1] * x[i * 8 + 2] > 0 ? 1 : 0));",
  'const data = await lepton.dataset({ x, y, shape: [n, 8] }, { task: "binary" });',
].join("\n");
const trainCell = "%lepton train data --model mlp --hidden 256,256 --epochs 4000 --as run";

describeInLab("training in a real JupyterLab", (here) => {
  beforeAll(() => here.write("live.ipynb", [dataCell, trainCell]));

  test("the chart moves while a run trains, goes on after a page reload without a hole, and its button stops the run", async () => {
    const { page, faults } = await here.open("live.ipynb");
    await kernelIdle(page);
    await command(page, "notebook:run-all-cells");
    await page.waitForSelector(".lepton-Run .lepton-State[data-state=running]", { timeout: 90_000 });
    await moves(page);

    await page.evaluate("window.jupyterapp.commands.execute('docmanager:save')");
    await page.reload({ waitUntil: "domcontentloaded" });
    await page.waitForSelector(".lepton-Run .lepton-State[data-state=running]", { timeout: 90_000 });
    await moves(page);
    expect(await page.locator(".lepton-Select option[value=seconds]").first().isDisabled()).toBe(false);

    // Log axes over many decades, and a legend that says the last values.
    for (const name of ["log x", "log y"]) await page.getByRole("checkbox", { name }).first().check();
    await moves(page);
    const legend = page.locator(".lepton-Run .u-legend").first();
    await expect.poll(() => legend.textContent(), { timeout: 30_000 }).toMatch(/train loss[^a-z]*\d/);
    // plotly.js offers to send charts to its makers unless told otherwise.
    await page.click(".lepton-Run [role=tab]:has-text('Analyse')");
    await page.waitForSelector(".lepton-Figure .modebar-btn", { timeout: 60_000, state: "attached" });
    const offers = page.locator(".lepton-Figure .modebar-btn");
    const titles = (await offers.evaluateAll((all) => all.map((one) => one.getAttribute("data-title")))).join();
    expect(titles).toContain("Download");
    expect(titles).not.toMatch(/share|cloud/i);
    await page.click(".lepton-Run [role=tab]:has-text('Charts')");

    await page.click(".lepton-Run button:has-text('Stop')");
    await page.waitForSelector(".lepton-Run .lepton-State[data-state=stopped]", { timeout: 60_000 });
    expect(await page.locator(".lepton-Reason").first().textContent()).toContain("stopped from the page");
    await picture(page, "stopped.png");
    expect(faults).toEqual([]);
    await page.close();
  }, 240_000);

  test("what the notebook keeps of a run that ended after a reload says how it ended, in data and in pictures", async () => {
    const { page } = await here.open("live.ipynb");
    const saved = async () => {
      await page.evaluate("window.jupyterapp.commands.execute('docmanager:save')");
      const text = readFileSync(path.join(here.lab.folder, "live.ipynb"), "utf8");
      const { cells } = JSON.parse(text) as { cells: { outputs: { data?: Record<string, unknown> }[] }[] };
      const data = cells.flatMap(({ outputs }) => outputs).find((one) => one.data?.[MIME.run])!.data!;
      return { ...data, state: (data[MIME.run] as RunView).state };
    };
    await expect.poll(async () => (await saved()).state, { timeout: 60_000, interval: 500 }).toBe("stopped");
    const kept = (await saved()) as Readonly<Record<string, unknown>>;
    const words = (type: string) => [kept[type]].flat().join("");
    expect(words("text/plain")).toContain("stopped from the page");
    expect(words("image/svg+xml")).toContain(": stopped, epoch");
    await page.close();
  }, 120_000);

  test("the sidebar lists the folder's runs and finds them by a metric", async () => {
    const { page } = await here.open("live.ipynb");
    await page.waitForFunction("window.jupyterapp.commands.hasCommand('lepton:show-sidebar')");
    await page.evaluate("window.jupyterapp.commands.execute('lepton:show-sidebar')");
    await page.waitForSelector(".lepton-Sidebar .lepton-Entry .lepton-State[data-state=stopped]", { timeout: 60_000 });
    const entries = page.locator(".lepton-Sidebar .lepton-SidebarSection").first().locator(".lepton-Entry");
    expect(await entries.count()).toBe(1);
    await page.fill(".lepton-Sidebar .lepton-Filter", "accuracy > 1.5");
    expect(await entries.count()).toBe(0);
    await page.fill(".lepton-Sidebar .lepton-Filter", "stopped accuracy <= 1");
    expect(await entries.count()).toBe(1);
    await picture(page, "sidebar.png");
    await page.close();
  }, 120_000);

  test("a stopped run that is resumed from the page goes on after a reload, and the notebook keeps how it ended", async () => {
    here.write("resumed.ipynb", [dataCell, trainCell]);
    const { page, faults } = await here.open("resumed.ipynb");
    const state = (name: string) => page.waitForSelector(`.lepton-Run .lepton-State[data-state=${name}]`, wait);
    const kept = async () => {
      await page.evaluate("window.jupyterapp.shell.currentWidget.context.save()");
      const { cells } = JSON.parse(readFileSync(path.join(here.lab.folder, "resumed.ipynb"), "utf8"));
      return (cells[1].outputs[0]?.data[MIME.run] as RunView | undefined) ?? null;
    };
    await kernelIdle(page);
    await command(page, "notebook:run-all-cells");
    await state("running");
    await page.click(".lepton-Run button:has-text('Stop')");
    await state("stopped");
    await vi.waitFor(async () => expect((await kept())?.state).toBe("stopped"), { ...wait, interval: 500 });
    const first = (await kept())!.step;
    await page.click(".lepton-Run button:has-text('Resume')");
    await state("running");
    await moves(page);
    await page.reload({ waitUntil: "domcontentloaded" });
    await state("running");
    await moves(page);
    await page.click(".lepton-Run button:has-text('Stop')");
    await state("stopped");
    await vi.waitFor(async () => expect((await kept())!.step).toBeGreaterThan(first), { ...wait, interval: 500 });
    expect(faults).toEqual([]);
    await page.close();
  }, 240_000);
});

/** The epoch that the page tells grows by live events. */
async function moves(page: Page): Promise<void> {
  const facts = () => page.locator(".lepton-Run .lepton-Facts").first().textContent();
  const first = await facts();
  await expect.poll(facts, { timeout: 30_000 }).not.toBe(first);
}
