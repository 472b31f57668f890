/**
 * From a run's file through the kernel and JupyterLab's server to the page, at a rate. Enter: a lab and a browser; leave: what arrived, how late, in
 * how many messages, and what the page's main thread spent on it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { MIME } from "@lepton/contract";
import type { Browser, Page } from "playwright-core";
import { kernelIdle, type Lab, notebookFile, openNotebook } from "../../browser/lab.ts";
import { runView } from "../../magics/draw/views.ts";

export interface Streamed {
  readonly seconds: number;
  readonly written: number;
  /** Different events that the page took, in order. */
  readonly arrived: number;
  readonly holes: number;
  readonly doubled: number;
  /** From an event's time to its message's arrival in the page. */
  readonly latencyMs: { readonly median: number; readonly p95: number };
  /** Most that the kernel sent in any second. */
  readonly messagesPerSecond: number;
  /** Of the page's main thread, a second. */
  readonly pageCpuMs: number;
  /** Of the chart's own data: the last step that the page shows. */
  readonly shown: string;
}

const seconds = 8;

/** Counts in the page what arrives for the run's comm. */
const listen = `(() => {
  const seen = { messages: [], late: [], next: 2, holes: 0, doubled: 0 };
  window.seen = seen;
  const take = (seq, time) => {
    if (seq < seen.next) { seen.doubled++; return; }
    if (seq > seen.next) { seen.holes++; return; }
    seen.next++;
    if (seq % 20 === 0) seen.late.push(Date.now() - time);
  };
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  kernel.iopubMessage.connect((_, message) => {
    const data = message.content?.data;
    if (message.header.msg_type !== 'comm_msg' || data?.type !== 'events') return;
    seen.messages.push(Date.parse(message.header.date));
    for (const event of data.events) {
      if (event.type !== 'steps') { take(event.seq, event.time); continue; }
      let time = 0;
      for (let i = 0; i < event.count; i++) {
        time += Array.isArray(event.time) ? event.time[i] : event.time;
        take(event.seq + i, time);
      }
    }
  });
})()`;

interface Seen {
  readonly messages: number[];
  readonly late: number[];
  readonly next: number;
  readonly holes: number;
  readonly doubled: number;
}

/** The run's first event; the page tells its one parameter when it follows. */
const start = {
  ...{ seq: 1, type: "start", pid: process.pid, engine: "onnx", device: "cpu", threads: 1, parameters: 1 },
  ...{ rows: { train: 1, validation: 0, test: 0 }, stepsPerEpoch: 1000, epochs: 10_000 },
};

/** A run that has begun, and a notebook with its output, so that the page follows it as soon as there is a kernel. */
function writeRun(lab: Lab, id: string): string {
  const view = runView({ id, name: id, state: "running", seq: 0, series: [], test: null, confusion: null });
  const outputs = [{ output_type: "display_data", data: { [MIME.run]: view }, metadata: {} }];
  writeFileSync(path.join(lab.folder, `${id}.ipynb`), notebookFile([{ source: `// ${id}`, outputs }]));
  const folder = path.join(lab.folder, ".lepton", "runs", id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "events.jsonl"), `${JSON.stringify({ time: Date.now(), ...start })}\n`);
  return folder;
}

export async function benchStreaming(browser: Browser, lab: Lab, wanted: number): Promise<Streamed> {
  const id = `stream-${wanted}`;
  const folder = writeRun(lab, id);
  const { page } = await openNotebook(browser, lab, `${id}.ipynb`);
  await kernelIdle(page);
  await page.locator(".lepton-Run .lepton-Facts", { hasText: " 1 parameters" }).first().waitFor({ timeout: 60_000 });
  await page.evaluate(listen);
  const clock = await page.context().newCDPSession(page);
  await clock.send("Performance.enable", { timeDomain: "threadTicks" });
  const busy = async () =>
    (await clock.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration")!.value * 1000;
  const before = await busy();
  const args = [path.join(import.meta.dirname, "write-steps.ts"), folder, String(wanted), String(seconds)];
  const writer = spawn(process.execPath, args, { stdio: "inherit" });
  await once(writer, "exit");
  const pageCpuMs = ((await busy()) - before) / seconds;
  const written = lastSeq(folder);
  await page.waitForFunction(`window.seen.next > ${written}`, null, { timeout: 30_000 }).catch(() => undefined);
  const seen = (await page.evaluate("window.seen")) as Seen;
  await page.waitForTimeout(500);
  const shown = await shownStep(page);
  await page.close();
  const late = seen.late.toSorted((a, b) => a - b);
  return {
    seconds,
    written,
    arrived: seen.next - 1,
    holes: seen.holes,
    doubled: seen.doubled,
    latencyMs: {
      median: late[late.length >> 1] ?? Number.NaN,
      p95: late[Math.floor(late.length * 0.95)] ?? Number.NaN,
    },
    messagesPerSecond: mostInASecond(seen.messages),
    pageCpuMs,
    shown,
  };
}

function lastSeq(folder: string): number {
  const lines = readFileSync(path.join(folder, "events.jsonl"), "utf8").trimEnd().split("\n");
  return (JSON.parse(lines.at(-1)!) as { seq: number }).seq;
}

function mostInASecond(times: readonly number[]): number {
  let most = 0;
  for (const [index, time] of times.entries()) {
    let end = index;
    while (end < times.length && times[end]! < time + 1000) end++;
    most = Math.max(most, end - index);
  }
  return most;
}

async function shownStep(page: Page): Promise<string> {
  return (await page.locator(".lepton-Run .lepton-Facts").first().textContent()) ?? "";
}
