/**
 * From an interrupt_request to the end of the cell, for everything that a cell may be doing: `npm run bench -- interrupt`, one minute. Prints the median
 * and the slowest of five interrupts each, goal 50 ms, and writes build/bench/interrupt.json. That state is kept is test/wire/interrupt.test.ts.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { runsMs, scenarios, setUp } from "../wire/interrupts.ts";
import { type KernelClient, startKernel } from "../wire/kernel-client.ts";

const GOAL_MS = 50;
const TIMES = 5;
const out = path.resolve(import.meta.dirname, "../../build/bench");

interface Row {
  readonly what: string;
  readonly medianMs: number;
  readonly slowestMs: number;
}

/** @returns milliseconds until the cell's idle */
async function interrupted(kernel: KernelClient, code: string): Promise<number> {
  const running = kernel.execute(code);
  await new Promise((resolve) => setTimeout(resolve, runsMs(code)));
  const began = performance.now();
  await kernel.send("control", "interrupt_request", {});
  const { error } = await running;
  if (!error?.startsWith("KeyboardInterrupt")) throw new Error(`${code}: not interrupted, but ${error}`);
  return performance.now() - began;
}

async function atBreakpoint(kernel: KernelClient): Promise<number> {
  const stops = () =>
    kernel.iopub.filter(({ header, content }) => header.msg_type === "debug_event" && content.event === "stopped")
      .length;
  const before = stops();
  const running = kernel.execute("debugger; kept");
  await kernel.published(() => stops() > before);
  const began = performance.now();
  await kernel.send("control", "interrupt_request", {});
  await running;
  return performance.now() - began;
}

async function row(what: string, once: () => Promise<number>): Promise<Row> {
  const times: number[] = [];
  for (let i = 0; i < TIMES; i++) times.push(await once());
  times.sort((a, b) => a - b);
  const round = (ms: number) => Math.round(ms * 10) / 10;
  return { what, medianMs: round(times[times.length >> 1]!), slowestMs: round(times.at(-1)!) };
}

const kernel = await startKernel();
await kernel.execute(setUp);
const rows: Row[] = [];
for (const [what, code] of Object.entries(scenarios)) rows.push(await row(what, () => interrupted(kernel, code)));
for (const [seq, command] of ["initialize", "attach"].entries()) {
  await kernel.request("control", "debug_request", { type: "request", seq, command, arguments: {} });
}
rows.push(await row("paused at a breakpoint", () => atBreakpoint(kernel)));
const { result } = await kernel.execute("kept");
await kernel.stop();
console.table(
  Object.fromEntries(
    rows.map(({ what, ...rest }) => [what, { ...rest, goalMs: GOAL_MS, met: rest.medianMs <= GOAL_MS }]),
  ),
);
if (result !== "41") throw new Error(`state was lost: kept is ${result}`);
mkdirSync(out, { recursive: true });
writeFileSync(path.join(out, "interrupt.json"), `${JSON.stringify({ goalMs: GOAL_MS, rows }, null, 2)}\n`);
