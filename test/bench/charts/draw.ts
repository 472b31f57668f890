/**
 * What an update of a chart costs: the extension's Plot and plotly.js in one page, in turns. Enter: a browser; leave: CPU milliseconds of the page's
 * main thread an update, and the longest frame over 50 ms.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import type { Browser, CDPSession, Page } from "playwright-core";

export interface Drawn {
  readonly what: string;
  /** Milliseconds of CPU an update that we promise, at most. */
  readonly limit: number | null;
  /** Milliseconds of CPU an update, median of the rounds. */
  readonly ours: number;
  readonly plotly: number;
  /** The longest frame of all rounds where one was over 50 ms, else 0. */
  readonly oursFrame: number;
  readonly plotlyFrame: number;
}

const root = path.resolve(import.meta.dirname, "../../..");
const cases = [
  { what: "ten series of 10,000 points", lines: 10, points: 10_000, smoothing: 0, limit: 25 },
  { what: "ten series of 10,000 points, smoothed", lines: 10, points: 10_000, smoothing: 0.9, limit: null },
  { what: "one series of 100,000 points", lines: 1, points: 100_000, smoothing: 0, limit: 15 },
];
const rounds = 3;
const updates = 20;

/** The draw page as one script and one style sheet. */
async function bundle(): Promise<{ script: string; style: string }> {
  const done = await build({
    entryPoints: [path.join(import.meta.dirname, "draw-page.mjs")],
    bundle: true,
    write: false,
    format: "iife",
    outdir: "out",
    logLevel: "silent",
    minify: true,
    nodePaths: [path.join(root, "extension", "node_modules")],
  });
  const file = (end: string) => done.outputFiles.find((one) => one.path.endsWith(end))?.text ?? "";
  return { script: file(".js"), style: file(".css") };
}

export async function benchDrawing(browser: Browser): Promise<Drawn[]> {
  const { script, style } = await bundle();
  const page = await browser.newPage({ viewport: { width: 1000, height: 600 } });
  await page.addStyleTag({ content: style + readFileSync(path.join(root, "extension", "style", "base.css"), "utf8") });
  await page.addScriptTag({ content: script });
  const clock = await page.context().newCDPSession(page);
  // The main thread's own time: other processes of the machine are left out.
  await clock.send("Performance.enable", { timeDomain: "threadTicks" });
  const drawn: Drawn[] = [];
  for (const one of cases) drawn.push(await compare(page, clock, one));
  await page.close();
  return drawn;
}

async function compare(page: Page, clock: CDPSession, one: (typeof cases)[number]): Promise<Drawn> {
  const cpu: Record<"ours" | "plotly", number[]> = { ours: [], plotly: [] };
  const frames: Record<"ours" | "plotly", number[]> = { ours: [], plotly: [] };
  for (let round = 0; round < rounds; round++) {
    for (const painter of ["ours", "plotly"] as const) {
      await page.evaluate(`window.begin(${JSON.stringify(painter)}, ${JSON.stringify(one)})`);
      const before = await busy(clock);
      const slow = (await page.evaluate(`window.updates(${updates})`)) as number[];
      cpu[painter].push(((await busy(clock)) - before) / updates);
      frames[painter].push(...slow);
      await page.evaluate("window.end()");
    }
  }
  return {
    what: one.what,
    limit: one.limit,
    ours: median(cpu.ours),
    plotly: median(cpu.plotly),
    oursFrame: Math.max(0, ...frames.ours),
    plotlyFrame: Math.max(0, ...frames.plotly),
  };
}

/** Milliseconds that the page's main thread has worked. */
async function busy(clock: CDPSession): Promise<number> {
  const { metrics } = await clock.send("Performance.getMetrics");
  return metrics.find((metric) => metric.name === "TaskDuration")!.value * 1000;
}

export const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
