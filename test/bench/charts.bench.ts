/**
 * Charts in a real browser: what an update costs beside plotly.js in the same page and run, what a page of JupyterLab loads, how soon a chart stands, and
 * 100,000 points a second from a run's file to the page. Prints each figure with its limit and writes build/bench/charts.json.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { browserFault, startBrowser, startLab } from "../browser/lab.ts";
import { benchDrawing, median } from "./charts/draw.ts";
import { benchFirstChart, benchLoading } from "./charts/page.ts";
import { snapshotBytes } from "./charts/snapshot.ts";
import { benchStreaming } from "./charts/stream.ts";

interface Row {
  readonly name: string;
  readonly ours: number;
  readonly unit: string;
  /** plotly.js, where it does the same. */
  readonly peer: number | null;
  readonly ratio: number | null;
  /** At most; null where nothing was promised. */
  readonly limit: number | null;
}

const out = path.resolve(import.meta.dirname, "../../build/bench");
const pointsPerSecond = 100_000;

function row(name: string, unit: string, ours: number, limit: number | null, peer: number | null = null): Row {
  return { name, ours, unit, peer, ratio: peer === null ? null : ours / peer, limit };
}

async function drawingRows(browser: Awaited<ReturnType<typeof startBrowser>>): Promise<Row[]> {
  return (await benchDrawing(browser)).flatMap(({ what, limit, ours, plotly, oursFrame, plotlyFrame }) => [
    row(`${what}, 10 Hz: CPU an update`, "ms", ours, limit, plotly),
    row(`${what}, 10 Hz: longest frame over 50 ms`, "ms", oursFrame, 50, plotlyFrame),
  ]);
}

async function labRows(browser: Awaited<ReturnType<typeof startBrowser>>): Promise<Row[]> {
  const lab = await startLab();
  try {
    const loaded = await benchLoading(browser, lab);
    const first = await benchFirstChart(browser, lab);
    const streamed = await benchStreaming(browser, lab, pointsPerSecond);
    const lost = streamed.written - streamed.arrived + streamed.holes + streamed.doubled;
    const perSecond = streamed.written / streamed.seconds;
    return [
      row("scripts that every page loads", "bytes", loaded.entryBytes, 30_000),
      row("scripts that a page with a kernel of Lepton loads besides", "bytes", loaded.kernelBytes, null),
      row("style sheets that every page loads", "bytes", loaded.styleBytes, null),
      row("uPlot's chunk", "bytes", loaded.uplotBytes, 60_000),
      row("of plotly.js before it is asked for", "bytes", loaded.plotlyBytes, 0),
      row("of plotly.js when it is asked for", "bytes", loaded.plotlyAskedBytes, null),
      row("first event to chart on a warm page, median", "ms", median(first.map(({ chart }) => chart)), 300),
      row("first step to its point in the chart, median", "ms", median(first.map(({ loss }) => loss)), 300),
      row("first step to its point in the chart, longest", "ms", Math.max(...first.map(({ loss }) => loss)), null),
      row(`kernel to page, ${perSecond.toFixed(0)} points a second: lost, doubled or out of order`, "points", lost, 0),
      row("kernel to page: latency, median", "ms", streamed.latencyMs.median, 100),
      row("kernel to page: latency, 95th of 100", "ms", streamed.latencyMs.p95, null),
      row("kernel to page: messages in the busiest second", "messages", streamed.messagesPerSecond, 20),
      row("kernel to page: CPU of the page a second", "ms", streamed.pageCpuMs, null),
    ];
  } finally {
    await lab.stop();
  }
}

const fault = browserFault();
if (fault) throw new Error(fault);
const browser = await startBrowser();
try {
  const rows = [
    ...(await drawingRows(browser)),
    ...(await labRows(browser)),
    row("snapshot of a million steps with 20 lines", "bytes", snapshotBytes(), 200_000),
  ];
  const brief = (value: number | null) => (value === null ? "" : Number(value.toPrecision(3)));
  console.table(
    rows.map(({ name, unit, ours, peer, ratio, limit }) => ({
      ...{ name, unit, ours: brief(ours), plotly: brief(peer), ratio: brief(ratio), limit: brief(limit) },
      met: limit === null ? "" : ours <= limit ? "yes" : "NO",
    })),
  );
  mkdirSync(out, { recursive: true });
  writeFileSync(path.join(out, "charts.json"), `${JSON.stringify(rows, null, 2)}\n`);
} finally {
  await browser.close();
}
