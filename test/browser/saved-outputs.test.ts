import { MIME } from "@lepton/contract";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { drawRun } from "../../magics/draw/run-chart.ts";
import { runView, studyView } from "../magics/draw/views.ts";
import { describeInLab } from "./in-lab.ts";
import { changeTheme, picture } from "./lab.ts";

const output = (data: Record<string, unknown>) => ({ output_type: "display_data", data, metadata: {} });

describeInLab("saved outputs in a real JupyterLab", (here) => {
  beforeAll(async () => {
    const hostile = '<img src=x onerror="window.hacked=1">';
    const { svg, png, text } = await drawRun(runView());
    const run = { [MIME.run]: runView(), "image/svg+xml": svg, "image/png": png, "text/plain": text };
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
  });

  test("a saved run and a saved study are drawn with no kernel; damaged ones are refused in a sentence", async () => {
    const { page, faults } = await here.open("saved.ipynb");
    await page.waitForSelector(".lepton-Run .lepton-Plot canvas", { timeout: 60_000 });
    const first = page.locator(".lepton-Run").first();
    expect(await first.locator(".lepton-Name").textContent()).toBe("credit-mlp-1");
    expect(await first.locator(".lepton-State").textContent()).toBe("finished");
    expect(await first.locator("table.lepton-Confusion td").allTextContents()).toEqual(["130", "120", "66", "575"]);
    expect(await page.locator(".lepton-Trials tbody tr").count()).toBe(20);
    // A run's panel has a place of this class for what the kernel refuses: only outputs that are nothing else are meant.
    const refused = page.locator(".lepton-Output > .lepton-Refused");
    await expect.poll(() => refused.count(), { timeout: 60_000 }).toBe(2);
    const reasons = await refused.allTextContents();
    expect(reasons[0]).toContain("version 2");
    expect(reasons[1]).toContain("id must be a text, got 7");
    expect(await page.evaluate("window.hacked")).toBeUndefined();
    expect(faults).toEqual([]);
    await picture(page, "saved.png");
    await page.close();
  });

  test("charts are redrawn in the dark theme's colours", async () => {
    const { page } = await here.open("saved.ipynb");
    await page.waitForSelector(".lepton-Run .lepton-Plot canvas", { timeout: 60_000 });
    const light = await paintOf(page);
    await changeTheme(page, "Dark");
    await expect.poll(() => paintOf(page), { timeout: 20_000 }).not.toBe(light);
    await picture(page, "dark.png");
    await page.close();
  });
});

/** The first chart's pixels in short. */
function paintOf(page: Page): Promise<string> {
  return page.evaluate(
    "document.querySelector('.lepton-Plot canvas')?.toDataURL().slice(-2000) ?? ''",
  ) as Promise<string>;
}
