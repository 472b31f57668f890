/**
 * Completion through a real kernel, against the limits of the project: medians over ZeroMQ after 50, 200 and 500 cells, idle and while a cell loops, and
 * resident memory. Prints a table and writes build/bench/language.json, where the "peer" is the limit.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type KernelClient, startKernel } from "../wire/kernel-client.ts";

const out = path.join(path.resolve(import.meta.dirname, "../.."), "build", "bench");
const asked = 100;

interface Row {
  readonly name: string;
  readonly ours: number;
  readonly peer: number;
  readonly peerName: string;
  readonly ratio: number;
  readonly goal: number;
}

const cell = (i: number): string => `const data${i} = [${i}, 2, 3].map((x) => ({ x, label: String(x) }));
function mean${i}(xs: number[]) { return xs.reduce((a, b) => a + b, 0) / xs.length }
class Model${i} { weights = new Float32Array(${i}); fit(x: typeof data${i}) { return this.weights } }
let model${i} = new Model${i}();`;

/** What one types: members of values of earlier cells, of a library, and the beginning of a name. */
const typed = (i: number, cells: number): string =>
  [
    `let q${i} = 1;\nmodel${i % cells}.`,
    `let q${i} = 1;\ndata${i % cells}[0].`,
    `let q${i} = 1;\nMath.`,
    `let q${i} = 1;\nmod`,
  ][i % 4]!;

async function completion(kernel: KernelClient, cells: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < asked; i++) {
    const code = typed(i, cells);
    const began = performance.now();
    const { content } = await kernel.request("shell", "complete_request", { code, cursor_pos: code.length });
    times.push(performance.now() - began);
    if ((content.matches as string[]).length === 0) throw new Error(`no match for ${code}`);
  }
  return times.sort((a, b) => a - b)[asked >> 1]!;
}

function residentMb(kernel: KernelClient): number {
  return (Number(readFileSync(`/proc/${kernel.process.pid}/statm`, "utf8").split(" ")[1]) * 4096) / 2 ** 20; // as kernel.bench.ts counts
}

const rows: Row[] = [];
function note(name: string, ours: number, limit: number): void {
  rows.push({ name, ours, peer: limit, peerName: "limit", ratio: ours / limit, goal: 1 });
}

const kernel = await startKernel();
try {
  await kernel.execute("1+1");
  note("resident memory before the language service, MB", residentMb(kernel), 120);
  let cells = 0;
  const upTo = async (count: number) => {
    for (; cells < count; cells++) await kernel.execute(cell(cells));
  };
  await upTo(50);
  const first = performance.now();
  await kernel.request("shell", "complete_request", { code: "Math.", cursor_pos: 5 });
  const firstMs = performance.now() - first;
  await completion(kernel, cells); // V8 compiles TypeScript's own code
  note("completion after 50 cells, idle, ms", await completion(kernel, cells), 5);
  const loop = kernel.execute("for (;;) {}");
  note("completion after 50 cells, while a cell loops, ms", await completion(kernel, cells), 5);
  await kernel.request("control", "interrupt_request");
  await loop;
  await upTo(200);
  await completion(kernel, cells);
  note("resident memory after 200 cells, MB", residentMb(kernel), 300);
  await upTo(500);
  await completion(kernel, cells);
  note("completion after 500 cells, idle, ms", await completion(kernel, cells), 10);
  note("first completion, service started by it, ms", firstMs, 2000);
} finally {
  await kernel.stop();
}

console.log("| language | ours | limit | ratio |\n| --- | --- | --- | --- |");
for (const { name, ours, peer, ratio } of rows)
  console.log(`| ${name} | ${ours.toFixed(1)} | ${peer} | ${ratio.toFixed(2)} |`);
mkdirSync(out, { recursive: true });
writeFileSync(path.join(out, "language.json"), `${JSON.stringify(rows, null, 2)}\n`);
