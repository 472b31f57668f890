/** What a live chart goes through: reloads, two tabs, a restarted kernel, a page that slept, a page that is not looked at. No point is lost or doubled. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { lossSteps } from "./csv-file.ts";
import { describeInLab } from "./in-lab.ts";
import { command, kernelIdle } from "./lab.ts";

const wait = { timeout: 90_000 };
const kernel = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel";

const dataCell = [
  "const n = 2000;",
  "const x = Float32Array.from({ length: n * 8 }, (_, i) => Math.sin(i * 12.9898) * 2);",
  "const y = Float32Array.from({ length: n }, (_, i) => (x[i * 8] + x[i * 8 + 1] * x[i * 8 + 2] > 0 ? 1 : 0));",
  'const data = await lepton.dataset({ x, y, shape: [n, 8] }, { task: "binary" });',
].join("\n");
const trainCell = "%lepton train data --model mlp --hidden 64 --epochs 1000000 --threads 1";
const pidCell = "'kernel ' + process.pid";

describeInLab("a live chart survives", (here) => {
  /** A page whose run goes, and the run's folder. */
  async function trainIn(name: string, prepare?: (page: Page) => Promise<unknown>) {
    const runs = path.join(here.lab.folder, ".lepton", "runs");
    const before = existsSync(runs) ? readdirSync(runs) : [];
    here.write(name, [dataCell, pidCell, trainCell]);
    const { page, faults } = await here.open(name, prepare);
    await kernelIdle(page);
    await command(page, "notebook:run-all-cells");
    await page.waitForSelector(".lepton-Run .lepton-State[data-state=running]", wait);
    await moves(page);
    const id = readdirSync(runs).find((one) => !before.includes(one))!;
    return { page, faults, folder: path.join(runs, id) };
  }

  test("two reloads and a second tab: every page ends with each step once", async () => {
    const { page, faults, folder } = await trainIn("reload.ipynb");
    for (let reload = 0; reload < 2; reload++) {
      await page.evaluate("window.jupyterapp.commands.execute('docmanager:save')");
      await page.reload({ waitUntil: "domcontentloaded" });
      await page.waitForSelector(".lepton-Run .lepton-State[data-state=running]", wait);
      await moves(page);
    }
    const { page: second, faults: secondFaults } = await here.open("reload.ipynb");
    await second.waitForSelector(".lepton-Run .lepton-State[data-state=running]", wait);
    await moves(second);
    await moves(page);
    await stop(second);
    await page.waitForSelector(".lepton-Run .lepton-State[data-state=stopped]", wait);
    for (const one of [page, second]) expect(await lossSteps(one)).toEqual(stepsWritten(folder));
    expect([...faults, ...secondFaults]).toEqual([]);
    await second.close();
    await page.close();
  });

  test("a restarted kernel: the run goes on, and its chart with it", async () => {
    const { page, faults, folder } = await trainIn("restart.ipynb");
    await page.evaluate(`${kernel}.restart()`);
    await goesOn(page, folder);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("a kernel that is killed in mid-training: the run goes on, and its chart with the next kernel", async () => {
    const { page, faults, folder } = await trainIn("killed.ipynb");
    const told = await page
      .locator(".jp-OutputArea-output", { hasText: /kernel \d+/ })
      .first()
      .textContent();
    await page.addLocatorHandler(page.locator(".jp-Dialog"), () => page.click(".jp-Dialog .jp-mod-accept")); // "it will restart"
    process.kill(Number(/\d+/.exec(told!)![0]), "SIGKILL");
    await page.waitForFunction(`${kernel}.status !== 'busy'`, null, wait);
    await goesOn(page, folder);
    expect(faults).toEqual([]);
    await page.close();
  });

  async function goesOn(page: Page, folder: string): Promise<void> {
    await kernelIdle(page);
    const before = stepsWritten(folder).length;
    await expect.poll(() => stepsWritten(folder).length, wait).toBeGreaterThan(before);
    await moves(page);
    await stop(page);
    expect(await lossSteps(page)).toEqual(stepsWritten(folder));
  }

  test("an hour's sleep in which everything sent was lost, the run's end too: the page asks and has it all", async () => {
    const { page, faults, folder } = await trainIn("sleep.ipynb", (one) => one.clock.install());
    await page.evaluate(`${kernel}.reconnect()`);
    await moves(page);
    // The connection stands and nothing comes: what the kernel sends meanwhile is gone.
    await page.evaluate(`(() => {
      const socket = ${kernel}._ws;
      const take = socket.onmessage;
      socket.onmessage = () => undefined;
      window.wakeUp = () => { socket.onmessage = take; };
    })()`);
    await page.locator(".lepton-Run button", { hasText: "Stop" }).first().click();
    await expect.poll(() => eventsOf(folder).at(-1)?.type, wait).toBe("end");
    await page.waitForTimeout(1500);
    // Of the end it knows nothing; where it has asked since, it says that nobody answered.
    const known = await page.locator(".lepton-Run .lepton-State").first().getAttribute("data-state");
    expect(["running", "unknown"]).toContain(known);
    await page.evaluate("window.wakeUp()");
    await page.clock.fastForward("01:00:00");
    await page.waitForSelector(".lepton-Run .lepton-State[data-state=stopped]", wait);
    expect(await lossSteps(page)).toEqual(stepsWritten(folder));
    expect(faults).toEqual([]);
    await page.close();
  });

  test("a chart that is not in sight changes nothing in the page, and is up to date when it comes back", async () => {
    const { page, faults, folder } = await trainIn("hidden.ipynb");
    await page.evaluate(`(() => {
      window.spent = { strokes: 0, changes: 0 };
      const { stroke } = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.stroke = function (...args) { window.spent.strokes++; return stroke.apply(this, args); };
      const watch = new MutationObserver((changes) => { window.spent.changes += changes.length; });
      watch.observe(document.querySelector('.lepton-Run'), { subtree: true, childList: true, attributes: true, characterData: true });
    })()`);
    await moves(page);
    const seen = (await page.evaluate("window.spent")) as { strokes: number; changes: number };
    expect(seen.strokes).toBeGreaterThan(0);
    expect(seen.changes).toBeGreaterThan(0);
    const notebook = (await page.evaluate("window.jupyterapp.shell.currentWidget.id")) as string;
    await command(page, "launcher:create");
    await page.waitForSelector(".jp-Launcher");
    await expect.poll(() => page.locator(".lepton-Run").first().isVisible()).toBe(false);
    await page.waitForTimeout(500);
    await page.evaluate("window.spent = { strokes: 0, changes: 0 }");
    const before = stepsWritten(folder).length;
    await expect.poll(() => stepsWritten(folder).length, wait).toBeGreaterThan(before + 20);
    await page.waitForTimeout(1000);
    expect(await page.evaluate("window.spent")).toEqual({ strokes: 0, changes: 0 });
    await page.evaluate(`window.jupyterapp.shell.activateById(${JSON.stringify(notebook)})`);
    await moves(page);
    await stop(page);
    expect(await lossSteps(page)).toEqual(stepsWritten(folder));
    expect(faults).toEqual([]);
    await page.close();
  });
});

/** The facts that the page tells (epoch, seconds, rate) change by live events. */
async function moves(page: Page): Promise<void> {
  const facts = () => page.locator(".lepton-Run .lepton-Facts").first().textContent();
  const first = await facts();
  await expect.poll(facts, wait).not.toBe(first);
}

async function stop(page: Page): Promise<void> {
  await page.locator(".lepton-Run button", { hasText: "Stop" }).first().click();
  await page.waitForSelector(".lepton-Run .lepton-State[data-state=stopped]", wait);
}

/** The same steps as the run's process wrote them; nothing is left of a line that is still being written. */
function stepsWritten(folder: string): number[] {
  return eventsOf(folder)
    .filter(({ type }) => type === "step")
    .map(({ step }) => step);
}

function eventsOf(folder: string): { type: string; step: number }[] {
  const text = readFileSync(path.join(folder, "events.jsonl"), "utf8");
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { type: string; step: number });
}
