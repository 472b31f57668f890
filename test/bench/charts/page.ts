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
    await goTo("empty.ipynb");
    await kernelIdle(page);
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

/** Tells when a chart in a cell's output holds a drawn canvas and the frame with it was made. */
const whenDrawn = (cell: number) => `new Promise((resolve) => {
  const look = () => {
    const canvas = document.querySelectorAll('.jp-Notebook .jp-CodeCell')[${cell}]?.querySelector('.lepton-Plot canvas');
    if (canvas) requestAnimationFrame(() => setTimeout(() => resolve(Date.now())));
    else setTimeout(look, 4);
  };
  look();
})`;

/** Milliseconds from each run's first event to its chart; the first run, which loads the code for charts, is left out. */
export async function benchFirstChart(browser: Browser, lab: Lab): Promise<number[]> {
  const train = "%lepton train data --model mlp --hidden 16 --epochs 40";
  const sources = [cells, ...new Array<string>(runs).fill(train)];
  writeFileSync(path.join(lab.folder, "first.ipynb"), notebookFile(sources.map((source) => ({ source }))));
  const { page } = await openNotebook(browser, lab, "first.ipynb");
  await kernelIdle(page);
  const waited: number[] = [];
  for (let index = 0; index < sources.length; index++) {
    await page.locator(".jp-Notebook .jp-CodeCell").nth(index).locator(".cm-content").click();
    const drawn = index === 0 ? null : page.evaluate(whenDrawn(index));
    await page.keyboard.press("Shift+Enter");
    if (drawn) waited.push(((await drawn) as number) - firstEventTime(lab));
    await kernelIdle(page);
  }
  await page.close();
  return waited.slice(1);
}

/** When the newest run of the lab's folder began, by its own first event. */
function firstEventTime(lab: Lab): number {
  const folder = path.join(lab.folder, ".lepton", "runs");
  const begun = readdirSync(folder)
    .map((name) => path.join(folder, name, "events.jsonl"))
    .toSorted((a, b) => statSync(a).birthtimeMs - statSync(b).birthtimeMs);
  const [line] = readFileSync(begun.at(-1)!, "utf8").split("\n");
  return (JSON.parse(line!) as { time: number }).time;
}
