/** The smaller set, in the newest JupyterLab 4.5 and in Notebook 7: a live chart, a saved output, a card and completion. */
import { MIME } from "@lepton/contract";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { runView, studyView } from "../magics/draw/views.ts";
import { describeInLab } from "./in-lab.ts";
import { type App, command, kernelIdle } from "./lab.ts";

const cells = [
  "%lepton features credit.csv --target Status --as credit",
  "%lepton train credit --model mlp --hidden 256,256 --epochs 4000 --as run",
  "%lepton card run",
  "const rows = [{ age: 31, name: 'Ada' }];",
  "rows[0].",
];
const output = (data: Record<string, unknown>) => ({ output_type: "display_data", data, metadata: {} });
const others: readonly App[] = ["lab-4.5", "notebook-7"];

/** Notebook 7.6.5 has this fault at start without the extension too. */
const ours = (faults: readonly string[]) => faults.filter((text) => !text.endsWith("(reading 'schema')"));

for (const app of others)
  describeInLab({ title: `in ${app}`, app }, (here) => {
    let page: Page;
    let faults: string[];

    beforeAll(async () => {
      here.addCredit();
      here.write("live.ipynb", cells);
      const saved = [output({ [MIME.run]: runView() }), output({ [MIME.study]: studyView({ state: "stopped" }) })];
      here.write("saved.ipynb", [{ source: "saved", outputs: saved }]);
      ({ page, faults } = await here.open("live.ipynb"));
      await kernelIdle(page);
    }, 240_000);

    const cell = (index: number) => page.locator(".jp-Notebook .jp-Cell").nth(index);
    const run = async (index: number) => {
      await cell(index).locator(".cm-content").click();
      await page.keyboard.press("Shift+Enter");
    };

    test("a run's chart moves while it trains, and its button stops it", async () => {
      await run(0);
      await run(1);
      await page.waitForSelector(".lepton-Run .lepton-State[data-state=running]", { timeout: 90_000 });
      await page.waitForSelector(".lepton-Run .lepton-Plot canvas", { timeout: 30_000 });
      const facts = () => page.locator(".lepton-Run .lepton-Facts").first().textContent();
      const first = await facts();
      await expect.poll(facts, { timeout: 30_000 }).not.toBe(first);
      await page.locator(".lepton-Run").first().getByRole("button", { name: "Stop", exact: true }).click();
      await page.waitForSelector(".lepton-Run .lepton-State[data-state=stopped]", { timeout: 60_000 });
    });

    test("a model card is drawn", async () => {
      await run(2);
      await page.waitForSelector(".lepton-Card", { timeout: 60_000 });
      expect(await page.locator(".lepton-Card").first().innerText()).toContain("credit.csv");
    });

    test("Tab completes with the types of earlier cells", async () => {
      await run(3);
      await cell(4).locator(".cm-content").click();
      await page.keyboard.press("Control+End");
      const completer = page.locator(".jp-Completer");
      const offered = async () => {
        if (!(await completer.isVisible())) await page.keyboard.press("Tab");
        await completer.waitFor({ timeout: 1500 }).catch(() => undefined); // an answer that comes late is dropped
        return completer.isVisible().then((shown) => (shown ? completer.innerText() : ""));
      };
      await expect.poll(offered, { timeout: 60_000, interval: 500 }).toMatch(/age[\s\S]*name/);
      expect(ours(faults)).toEqual([]);
      await command(page, "docmanager:save");
    });

    test("a saved run and a saved study are drawn", async () => {
      const { page: second, faults: wrong } = await here.open("saved.ipynb");
      await second.waitForSelector(".lepton-Run .lepton-Plot canvas", { timeout: 60_000 });
      expect(await second.locator(".lepton-Run .lepton-Name").textContent()).toBe("credit-mlp-1");
      expect(await second.locator(".lepton-Trials tbody tr").count()).toBe(20);
      expect(ours(wrong)).toEqual([]);
      await second.close();
    });
  });
