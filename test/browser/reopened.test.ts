/** A notebook with a finished run, opened again: without a kernel, untrusted, without the extension, in the other theme. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { MIME, type RunView } from "@lepton/contract";
import type { Page } from "playwright-core";
import { beforeAll, expect, test, vi } from "vitest";
import { describeInLab } from "./in-lab.ts";
import { changeTheme, command, kernelIdle } from "./lab.ts";
import { api } from "./server-client.ts";

const wait = { timeout: 90_000 };
const cell = [
  "const n = 600;",
  "const x = Float32Array.from({ length: n * 4 }, (_, i) => Math.sin(i * 12.9898));",
  "const y = Float32Array.from({ length: n }, (_, i) => (x[i * 4] > 0 ? 1 : 0));",
  'const data = await lepton.dataset({ x, y, shape: [n, 4] }, { task: "binary" });',
  "%lepton train data --model mlp --hidden 16 --epochs 20 --as run",
].join("\n");

interface Saved {
  cells: { outputs: { data?: Record<string, unknown> }[] }[];
}

describeInLab("a saved notebook", (here) => {
  beforeAll(async () => {
    here.write("saved.ipynb", [cell]);
    const { page } = await here.open("saved.ipynb");
    await kernelIdle(page);
    await command(page, "notebook:run-all-cells");
    await page.waitForSelector(".lepton-Run .lepton-State[data-state=finished]", wait);
    await kernelIdle(page);
    // The live chart knows the end before the output does, and a comm's answer looks idle in between.
    const savedState = async () => {
      await page.evaluate("window.jupyterapp.commands.execute('docmanager:save')");
      return (outputs().find((output) => output.data?.[MIME.run])?.data?.[MIME.run] as RunView | undefined)?.state;
    };
    await vi.waitFor(async () => expect(await savedState()).toBe("finished"), { ...wait, interval: 500 });
    await page.close();
    for (const { id } of (await api(here.lab, "GET", "sessions")) as { id: string }[])
      await api(here.lab, "DELETE", `sessions/${id}`);
    // A copy whose bytes nobody signed here: as one that came by mail.
    const text = readFileSync(path.join(here.lab.folder, "saved.ipynb"), "utf8");
    writeFileSync(
      path.join(here.lab.folder, "mailed.ipynb"),
      text.replace('"nbformat_minor"', '"lepton": 1, "nbformat_minor"'),
    );
  }, 240_000);

  const outputs = () =>
    (JSON.parse(readFileSync(path.join(here.lab.folder, "saved.ipynb"), "utf8")) as Saved).cells.flatMap(
      (one) => one.outputs,
    );

  test("its file holds the run, a drawing, a picture and a text, in less than 200 kB of data", () => {
    const data = outputs().find((output) => output.data?.[MIME.run])!.data!;
    expect(Object.keys(data).toSorted()).toEqual([MIME.run, "image/png", "image/svg+xml", "text/plain"].toSorted());
    expect(data[MIME.run]).toMatchObject({ state: "finished", epoch: 20 });
    expect(JSON.stringify(data[MIME.run]).length).toBeLessThan(200_000);
  });

  test("with no kernel the run is drawn from it, and what needs a kernel says so", async () => {
    // No session ever begins.
    const noKernel = (page: Page) =>
      page.route("**/api/sessions**", (route) => (route.request().method() === "POST" ? undefined : route.continue()));
    const { page, faults } = await here.open("saved.ipynb", noKernel);
    await page.waitForSelector(".lepton-Run .lepton-Plot canvas", wait);
    expect(await page.locator(".lepton-Run .lepton-State").first().textContent()).toBe("finished");
    expect(await page.locator(".lepton-Run .lepton-Plot").first().getAttribute("aria-label")).toMatch(
      /train loss [0-9.]+/,
    );
    expect(await page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session")).toBeNull();
    expect(await page.locator(".lepton-Run button", { hasText: "Stop" }).first().isVisible()).toBe(false);
    await page.getByRole("tab", { name: "Weights" }).first().click();
    await expect.poll(() => page.locator(".lepton-Run").first().innerText()).toContain("There is no kernel to ask");
    expect(faults).toEqual([]);
    await page.close();
  });

  test("untrusted, the run is drawn all the same: nothing in it is code", async () => {
    const { page, faults } = await here.open("mailed.ipynb");
    await page.waitForSelector(".lepton-Run .lepton-Plot canvas", wait);
    expect(await page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets[0].model.trusted")).toBe(false);
    expect(faults).toEqual([]);
    await page.close();
  });

  test.each(["saved.ipynb", "mailed.ipynb"])("without the extension %s shows the picture", async (name) => {
    const without = (page: Page) => page.route("**/lepton-lab/**", (route) => route.abort());
    const { page } = await here.open(name, without);
    const picture = page.locator(".jp-OutputArea-output img").first();
    await picture.waitFor(wait);
    expect(await page.locator(".lepton-Run").count()).toBe(0);
    const width = () => picture.evaluate((node) => (node as unknown as { naturalWidth: number }).naturalWidth);
    await expect.poll(width, wait).toBeGreaterThan(300);
    await page.close();
  });

  test("in either theme numbers on the axes and lines stand out from what is behind them", async () => {
    const { page } = await here.open("saved.ipynb");
    await page.waitForSelector(".lepton-Run .lepton-Plot canvas", wait);
    for (const theme of ["Light", "Dark"] as const) {
      await changeTheme(page, theme);
      await expect.poll(() => contrasts(page), wait).toMatchObject({ axis: true, lines: true });
    }
    await page.close();
  });
});

/**
 * Whether the first chart has pixels that can be read: a contrast to the page's background of 4.5 left of the plot (numbers), of 3 within (lines).
 *
 * @source WCAG 2.2, contrast ratio of relative luminances
 */
function contrasts(page: Page): Promise<unknown> {
  return page.evaluate(`(() => {
    const canvas = document.querySelector('.lepton-Plot canvas');
    const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    probe.fillStyle = getComputedStyle(document.body).getPropertyValue('--jp-layout-color0');
    probe.fillRect(0, 0, 1, 1);
    const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    const light = (data, at) => 0.2126 * linear(data[at]) + 0.7152 * linear(data[at + 1]) + 0.0722 * linear(data[at + 2]);
    const behind = light(probe.getImageData(0, 0, 1, 1).data, 0);
    const { width, height } = canvas;
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
    let [axis, lines] = [0, 0];
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] < 250) continue;
      const own = light(data, at);
      const contrast = (Math.max(own, behind) + 0.05) / (Math.min(own, behind) + 0.05);
      if ((at / 4) % width < width * 0.12) axis += contrast >= 4.5;
      else lines += contrast >= 3;
    }
    return { axis: axis > 10, lines: lines > 200, counted: [axis, lines] };
  })()`);
}
