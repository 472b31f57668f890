import { writeFileSync } from "node:fs";
import path from "node:path";
import { MIME } from "@lepton/contract";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { seriousFaults } from "./axe.ts";
import { describeInLab } from "./in-lab.ts";
import { changeTheme, notebookFile, picture } from "./lab.ts";
import { savedComparison, savedStudy } from "./saved-study.ts";
import { unreached } from "./tab-order.ts";

const output = (type: string, data: unknown) => ({
  output_type: "display_data",
  data: { [type]: data, "text/plain": "study" },
  metadata: {},
});

describeInLab("a saved study without a kernel", (here) => {
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    const cells = [
      { source: "study", outputs: [output(MIME.study, savedStudy())] },
      { source: "compare", outputs: [output(MIME.comparison, savedComparison())] },
    ];
    const notebook = JSON.parse(notebookFile(cells)) as { metadata: { kernelspec: { name: string } } };
    notebook.metadata.kernelspec.name = "no-such-kernel";
    writeFileSync(path.join(here.lab.folder, "study.ipynb"), JSON.stringify(notebook));
    ({ page, faults } = await here.open("study.ipynb"));
    const dialog = page.locator(".jp-Dialog button:has-text('No Kernel'), .jp-Dialog button.jp-mod-reject");
    await page.waitForSelector(".lepton-Study .lepton-Tab", { timeout: 90_000 });
    if (await dialog.count()) await dialog.first().click();
  }, 240_000);

  const tab = async (id: string) => {
    await page.click(`.lepton-Study .lepton-Tab[data-tab=${id}]`);
    await page.waitForSelector(".lepton-Study .lepton-TabPanel:not([hidden]) .lepton-Chart > svg");
  };
  const shown = ".lepton-Study .lepton-TabPanel:not([hidden])";
  const draw = (name: string) => picture(page.locator(".lepton-Study"), `study-${name}.png`);

  test("history, importance, slices, contour, learning curves and timeline are drawn from the snapshot", async () => {
    await tab("overview");
    expect(await page.locator(`${shown} .lepton-Mark`).count()).toBe(40);
    // The failed one has no value and stands on the axis, with its reason.
    expect(await page.textContent(`${shown} .lepton-Mark[data-state=failed]`)).toContain("the loss became NaN");
    expect(await page.locator(`${shown} .lepton-Bar`).count()).toBe(5);
    expect(await page.textContent(".lepton-Study .lepton-Name")).toBe("信用评分 <b>sweep</b>");
    await draw("overview");
    await tab("slice");
    expect(await page.locator(`${shown} svg > g`).count()).toBe(5);
    await draw("slice");
    await tab("contour");
    expect(await page.locator(`${shown} image`).getAttribute("href")).toMatch(/^data:image\/png/);
    await draw("contour");
    await tab("curves");
    const pruned = savedStudy().trials.filter((trial) => trial.state === "pruned").length;
    expect(pruned).toBeGreaterThan(3);
    expect(await page.locator(`${shown} .lepton-Curve`).count()).toBe(40);
    expect(await page.locator(`${shown} .lepton-Mark[data-state=pruned]`).count()).toBe(pruned);
    await draw("curves");
    await tab("timeline");
    expect(await page.locator(`${shown} .lepton-Span`).count()).toBe(40);
    await draw("timeline");
  });

  test("a range on an axis of the parallel coordinates, by pointer or by keyboard, chooses trials in the table too", async () => {
    await tab("parallel");
    const rows = page.locator(".lepton-Study .lepton-Trials tbody tr");
    const lines = page.locator(".lepton-Study .lepton-ParallelLine:not(.lepton-Faded)");
    expect(await lines.count()).toBe(39);
    const path0 = await page.locator(".lepton-Study .lepton-ParallelLine").first().getAttribute("d");
    expect(path0).toContain("C");
    const hit = (await page.locator(".lepton-Study [data-axis=learningRate] .lepton-AxisHit").boundingBox())!;
    const [x, y] = [hit.x + hit.width / 2, hit.y];
    await page.mouse.move(x, y + hit.height * 0.05);
    await page.mouse.down();
    await page.mouse.move(x, y + hit.height * 0.5, { steps: 4 });
    await page.mouse.up();
    const byPointer = await lines.count();
    expect(byPointer).toBeGreaterThan(5);
    expect(byPointer).toBeLessThan(30);
    await expect.poll(() => rows.count()).toBe(byPointer);
    await draw("parallel");
    await page.locator(".lepton-Study [data-axis=learningRate]").focus();
    await page.keyboard.press("Escape");
    await expect.poll(() => lines.count()).toBe(39);
    await page.locator(".lepton-Study [data-axis=rocAuc]").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Shift+ArrowDown");
    await expect.poll(() => rows.count()).toBeLessThan(39);
    expect(await page.getAttribute(".lepton-Study [data-axis=rocAuc]", "aria-valuetext")).toMatch(/^rocAuc: 0\.\d+ to/);
    await page.keyboard.press("ArrowLeft");
    const axes = () =>
      page.locator(".lepton-Study [data-axis]").evaluateAll((all) => all.map((one) => one.getAttribute("data-axis")));
    await expect.poll(axes).toEqual(["learningRate", "dropout", "hidden", "optimizer", "rocAuc", "momentum"]);
    await expect.poll(() => page.evaluate("document.activeElement.dataset.axis")).toBe("rocAuc");
    await page.keyboard.press("Escape");
    await expect.poll(() => rows.count()).toBe(40);
  });

  test("the table filters by comparisons and sorts", async () => {
    const rows = page.locator(".lepton-Study .lepton-Trials tbody tr");
    await page.fill(".lepton-Study .lepton-Filter", "auc > 0.84 optimizer = adam");
    const wanted = savedStudy().trials.filter(
      (one) => (one.value ?? 0) > 0.84 && one.parameters["optimizer"] === "adam",
    );
    expect(wanted.length).toBeGreaterThan(2);
    expect(await rows.count()).toBe(wanted.length);
    await page.click(".lepton-Study th button:has-text('rocAuc')");
    await page.click(".lepton-Study th button:has-text('rocAuc')");
    const first = await rows.first().locator("td").first().textContent();
    expect(Number(first)).toBe(wanted.toSorted((a, b) => b.value! - a.value!)[0]!.number);
    await page.fill(".lepton-Study .lepton-Filter", "");
  });

  test("a trial that is pressed in a drawing is shown in the table, also where a filter hid it, and marked in the others", async () => {
    await page.fill(".lepton-Study .lepton-Filter", "optimizer = adam");
    await tab("overview");
    await page.locator(`${shown} [data-trial='30']`).click();
    const row = page.locator(".lepton-Study .lepton-PointedRow");
    expect(await row.locator("td").first().textContent()).toBe("30");
    expect(await page.inputValue(".lepton-Study .lepton-Filter")).toBe("");
    const inSight = await row.evaluate((one) => {
      const [inner, outer] = [one.getBoundingClientRect(), one.closest(".lepton-Trials")!.getBoundingClientRect()];
      return inner.top >= outer.top && inner.bottom <= outer.bottom;
    });
    expect(inSight).toBe(true);
    // And the other way round: a row that is pressed marks its trial in the drawings, and the table stays where it is.
    const before = await page.locator(`${shown} svg`).first().elementHandle();
    await page.locator(".lepton-Study .lepton-Trials tbody tr[data-trial='28']").click();
    expect(await row.locator("td").first().textContent()).toBe("28");
    const pointed = page.locator(`${shown} .lepton-Pointed[data-trial]`);
    expect(await pointed.evaluateAll((all) => all.map((one) => one.getAttribute("data-trial")))).toEqual(["28"]);
    expect(await before!.evaluate((node) => node.isConnected)).toBe(true);
    await page.locator(`${shown} [data-trial='30']`).click();
    await tab("slice");
    await expect.poll(() => page.locator(`${shown} .lepton-Pointed`).count()).toBe(5);
    await tab("parallel");
    await expect.poll(() => page.locator(`${shown} .lepton-Pointed`).getAttribute("data-key")).toBe("30");
    await tab("curves");
    const pruned = savedStudy().trials.find((trial) => trial.state === "pruned")!.number;
    // Another trial's line may run over the mark.
    await page.locator(`${shown} [data-trial='${pruned}'] .lepton-Mark`).dispatchEvent("click");
    await expect.poll(() => row.locator("td").first().textContent()).toBe(String(pruned));
  });

  test("the metric is drawn by ratio where the reader wants it", async () => {
    await tab("overview");
    const heights = () =>
      page.locator(`${shown} .lepton-Mark`).evaluateAll((all) => all.map((one) => one.getAttribute("d")).join());
    const plain = await heights();
    await page.check(".lepton-Study label:has-text('log rocAuc') input");
    await expect.poll(heights).not.toBe(plain);
    await page.uncheck(".lepton-Study label:has-text('log rocAuc') input");
    await expect.poll(heights).toBe(plain);
  });

  test("runs of any origin are drawn as means with bands over their seeds", async () => {
    await page.locator(".lepton-Comparison").scrollIntoViewIfNeeded();
    await page.waitForSelector(".lepton-Comparison .lepton-Band");
    expect(await page.locator(".lepton-Comparison .lepton-Band").count()).toBe(3);
    expect(await page.locator(".lepton-Comparison .lepton-Chart .lepton-Line").count()).toBe(3);
    await page.check(".lepton-Comparison label:has-text('each run') input");
    await expect.poll(() => page.locator(".lepton-Comparison .lepton-Chart .lepton-Line").count()).toBe(12);
    const line = page.locator(".lepton-Comparison .lepton-Chart .lepton-Line[data-group='2']").last();
    const byEpoch = await line.getAttribute("d");
    await page.locator(".lepton-Comparison label:has-text('x') select").first().selectOption("step");
    await expect
      .poll(() => page.locator(".lepton-Comparison svg .lepton-ChartTitle").textContent())
      .toContain("by step");
    expect(await line.getAttribute("d")).not.toBe(byEpoch);
    expect(await page.textContent(".lepton-Comparison")).toContain("mean ± t(0.975, n − 1) · s / √n");
    const cells = await page.locator(".lepton-Comparison tbody tr:first-child td").allTextContents();
    expect(cells).toEqual(["0.001", "0.001", "0.001", "0.01", "0.01", "0.01", "0.1", "0.1", "0.1"]);
  });

  test("values of compared lines are read in the legend, by pointer and by arrow keys; a pressed entry stands alone", async () => {
    const compared = page.locator(".lepton-Comparison");
    await compared.scrollIntoViewIfNeeded();
    await page.waitForSelector(".lepton-Comparison .lepton-Band");
    await compared.locator("label:has-text('x') select").first().selectOption("step");
    await expect.poll(() => compared.locator(".lepton-ChartTitle").first().textContent()).toContain("by step");
    const values = () => compared.locator(".lepton-LegendValue").allTextContents();
    const last = await values();
    expect(last.map(Number).every((value) => value > 0.7)).toBe(true);
    const chart = compared.locator(".lepton-LineChart .lepton-Chart");
    await chart.focus();
    await page.keyboard.press("Home");
    const first = await values();
    expect(Math.max(...first.map(Number))).toBeLessThan(Math.min(...last.map(Number)));
    expect(await chart.getAttribute("aria-valuetext")).toMatch(/^step 10: learningRate 0.001 \(3 seeds\) 0\.5/);
    await page.keyboard.press("Escape");
    expect(await values()).toEqual(last);
    await page.keyboard.press("ArrowUp");
    expect(await values()).toEqual(first);
    // A place on one axis is none on another.
    const axis = compared.locator("label:has-text('x') select").first();
    await axis.selectOption("epoch");
    await expect.poll(() => chart.getAttribute("aria-valuetext")).toMatch(/^at the end: /);
    await axis.selectOption("step");
    await expect.poll(() => compared.locator(".lepton-ChartTitle").first().textContent()).toContain("by step");
    const box = (await chart.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2);
    expect(await values()).not.toEqual(last);
    expect(await compared.locator(".lepton-Cursor:not(.lepton-Hidden)").count()).toBe(1);
    await page.mouse.move(box.x, box.y - 30);
    await expect.poll(values).toEqual(last);
    expect(await compared.locator(".lepton-Cursor:not(.lepton-Hidden)").count()).toBe(0);
    const second = compared.locator(".lepton-LegendButton").nth(1);
    await second.click();
    const clear = () =>
      compared
        .locator(".lepton-Line[data-group]:not(.lepton-Faded)")
        .evaluateAll((all) => [...new Set(all.map((one) => one.getAttribute("data-group")))]);
    expect(await clear()).toEqual(["1"]);
    const onTop = compared.locator(".lepton-Chart svg > [data-group]").last();
    expect(await onTop.getAttribute("data-group")).toBe("1");
    await second.click();
    expect(await clear()).toHaveLength(3);
  });

  test("every control of a study and of a comparison is reached with Tab", async () => {
    for (const id of ["overview", "parallel", "contour"]) {
      await tab(id);
      const { all, missed } = await unreached(page, ".lepton-Study");
      expect(all, id).toBeGreaterThan(5);
      expect(missed, id).toEqual([]);
    }
    const { all, missed } = await unreached(page, ".lepton-Comparison");
    expect(all).toBeGreaterThan(3);
    expect(missed).toEqual([]);
  });

  test("in the dark theme texts and lines are light, and axe finds nothing serious", async () => {
    await changeTheme(page, "Dark");
    for (const id of ["overview", "parallel", "contour"]) {
      await page.locator(".lepton-Study").scrollIntoViewIfNeeded();
      await tab(id);
      await draw(`${id}-dark`);
    }
    const [text, ground] = await page.evaluate<[number, number]>(`[
      getComputedStyle(document.querySelector('.lepton-Study .lepton-Chart text')).fill,
      getComputedStyle(document.querySelector('.jp-Notebook')).backgroundColor,
    ].map((colour) => colour.match(/\\d+/g).slice(0, 3).reduce((sum, one) => sum + Number(one), 0) / 3)`);
    expect(text - ground).toBeGreaterThan(120);
    expect(await seriousFaults(page, [".lepton-Study", ".lepton-Comparison"])).toEqual([]);
    expect(faults).toEqual([]);
  });
});
