/**
 * What a page pays for Lepton: bytes that JupyterLab loads before and with the first chart, and how long after a run's first event its chart stands in a
 * page that has drawn one before. Enter: a lab and a browser; leave: bytes and milliseconds.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { MIME } from "@lepton/contract";
import type { Browser, Page } from "playwright-core";
import { kernelIdle, type Lab, notebookFile, openNotebook } from "../../browser/lab.ts";
import { runView } from "../../magics/draw/views.ts";

export interface Loaded {
  /** Scripts of ours that every page loads. */
  readonly entryBytes: number;
  /** Scripts that a page with a kernel of Lepton loads besides: the sidebar. */
  readonly kernelBytes: number;
  /** Style sheets of ours that every page loads; they come as a script too. */
  readonly styleBytes: number;
  /** The largest script that a page with one run loads besides: uPlot. */
  readonly uplotBytes: number;
  /** Of plotly.js before somebody asks for it. */
  readonly plotlyBytes: number;
  readonly plotlyAskedBytes: number;
}

/** Scripts of ours that a page loads while `look` goes on, by their text. */
async function scriptsOf(page: Page, look: () => Promise<unknown>): Promise<string[]> {
  const bodies: Promise<string>[] = [];
  page.on("response", (response) => {
    if (response.url().includes("/lepton-lab/static/")) bodies.push(response.text());
  });
  await look();
  await page.waitForLoadState("networkidle");
  page.removeAllListeners("response");
  return Promise.all(bodies);
}

const isStyle = (text: string) => text.includes(".lepton-Run");
const isUplot = (text: string) => text.includes("u-wrap") && !isStyle(text);
const isPlotly = (text: string) => text.includes("scattergl") || text.length > 500_000;
const bytes = (texts: readonly string[]) => texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);

export async function benchLoading(browser: Browser, lab: Lab): Promise<Loaded> {
  const outputs = [{ output_type: "display_data", data: { [MIME.run]: runView() }, metadata: {} }];
  writeFileSync(path.join(lab.folder, "empty.ipynb"), notebookFile([{ source: "1 + 1" }]));
  writeFileSync(path.join(lab.folder, "one-run.ipynb"), notebookFile([{ source: "1 + 1", outputs }]));
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  const goTo = (name: string) => page.goto(`${lab.url}/lab/tree/${name}?token=${lab.token}&reset`);
  const first = await scriptsOf(page, async () => {
    await goTo("");
    await page.waitForSelector(".jp-Launcher");
  });
  const withKernel = await scriptsOf(page, async () => {
    await goTo("empty.ipynb");
    await kernelIdle(page);
    await page.waitForSelector(".lepton-Sidebar", { state: "attached" });
  });
  const drawn = await scriptsOf(page, async () => {
    await goTo("one-run.ipynb");
    await page.waitForSelector(".lepton-Run .lepton-Plot canvas");
  });
  const asked = await scriptsOf(page, async () => {
    await page.getByRole("tab", { name: "Analyse" }).first().click();
    await page.waitForSelector(".lepton-Run .js-plotly-plot");
  });
  await page.close();
  return {
    entryBytes: bytes(first.filter((text) => !isStyle(text))),
    kernelBytes: bytes(withKernel) - bytes(first),
    styleBytes: bytes(first.filter(isStyle)),
    uplotBytes: bytes(drawn.filter(isUplot)),
    plotlyBytes: bytes([...first, ...drawn].filter(isPlotly)),
    plotlyAskedBytes: bytes(asked.filter(isPlotly)),
  };
}

const cells = [
  "const n = 512;",
  "const x = Float32Array.from({ length: n * 4 }, (_, i) => Math.sin(i * 12.9898));",
  "const y = Float32Array.from({ length: n }, (_, i) => (x[i * 4] > 0 ? 1 : 0));",
  'const data = await lepton.dataset({ x, y, shape: [n, 4] }, { task: "binary" });',
].join("\n");
const runs = 6;

/** When a cell's output has a chart, and when that chart shows a loss, each with the frame that was made of it. */
const whenDrawn = (cell: number) => `new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error('no chart in a minute')), 60_000);
  let chart = null;
  const framed = (done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(Date.now()))));
  const look = () => {
    const plot = document.querySelectorAll('.jp-Notebook .jp-CodeCell')[${cell}]?.querySelector('.lepton-Plot');
    const stands = plot?.querySelector('canvas');
    if (stands && !chart) chart = new Promise(framed);
    if (stands && /train loss [0-9.e-]+/.test(plot.getAttribute('aria-label')))
      framed(async (loss) => resolve({ chart: await chart, loss }));
    else setTimeout(look, 4);
  };
  look();
})`;

/** Milliseconds in a page that has drawn a chart before: from a run's first event to its chart, and from its first step to that step in the chart. */
export interface FirstChart {
  readonly chart: number;
  readonly loss: number;
}

export async function benchFirstChart(browser: Browser, lab: Lab): Promise<FirstChart[]> {
  const train = "%lepton train data --model mlp --hidden 16 --epochs 40";
  const sources = [cells, ...new Array<string>(runs).fill(train)];
  writeFileSync(path.join(lab.folder, "first.ipynb"), notebookFile(sources.map((source) => ({ source }))));
  const { page } = await openNotebook(browser, lab, "first.ipynb");
  await kernelIdle(page);
  const waited: FirstChart[] = [];
  for (let index = 0; index < sources.length; index++) {
    await page.locator(".jp-Notebook .jp-CodeCell").nth(index).locator(".cm-content").click();
    const drawn = index === 0 ? null : (page.evaluate(whenDrawn(index)) as Promise<FirstChart>);
    await page.keyboard.press("Shift+Enter");
    if (drawn) waited.push(sinceFirst(await drawn, firstTimes(lab)));
    await kernelIdle(page);
    // The next chart must be in sight: one that is not draws nothing.
    await page.evaluate("window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')");
  }
  await page.close();
  return waited.slice(1); // the first run's page loads the code for charts
}

function sinceFirst(seen: FirstChart, told: FirstChart): FirstChart {
  return { chart: Math.max(0, seen.chart - told.chart), loss: seen.loss - told.loss };
}

/** When the newest run of the lab's folder began and when it told its first step, by its own events. */
function firstTimes(lab: Lab): FirstChart {
  const folder = path.join(lab.folder, ".lepton", "runs");
  const begun = readdirSync(folder)
    .map((name) => path.join(folder, name, "events.jsonl"))
    .toSorted((a, b) => statSync(a).birthtimeMs - statSync(b).birthtimeMs);
  const lines = readFileSync(begun.at(-1)!, "utf8").trimEnd().split("\n");
  const events = lines.map((line) => JSON.parse(line) as { type: string; time: number });
  return { chart: events[0]!.time, loss: events.find(({ type }) => type === "step")!.time };
}
