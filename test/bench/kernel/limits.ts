/**
 * Figures of our kernel alone, against the limits of the project: completion through ZeroMQ after 50 and 500 cells, idle and while a cell loops,
 * and resident memory up to 2,000 cells. Enters: a built kernel; leaves: rows whose "peer" is the limit.
 */
import { readFileSync } from "node:fs";
import { type KernelClient, startKernel } from "../../wire/kernel-client.ts";

export interface Row {
  readonly name: string;
  readonly unit: "ms" | "MB" | "";
  readonly ours: number;
  readonly peer: number;
  readonly peerName: string;
  readonly ratio: number;
  readonly goal: number | null;
}

const asked = 100;

const cell = (i: number): string => `const data${i} = [${i}, 2, 3].map((x) => ({ x, label: String(x) }));
function mean${i}(xs: number[]) { return xs.reduce((a, b) => a + b, 0) / xs.length }
class Model${i} { weights = new Float32Array(8); fit(x: typeof data${i}) { return this.weights } }
let model${i} = new Model${i}();`;

/** What one types: members of values of earlier cells, of a library, and the beginning of a name. */
const typed = (i: number, cells: number): string =>
  [
    `let q${i} = 1;\nmodel${i % cells}.`,
    `let q${i} = 1;\ndata${i % cells}[0].`,
    `let q${i} = 1;\nMath.`,
    `let q${i} = 1;\nmod`,
  ][i % 4]!;

const middle = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;

async function completion(kernel: KernelClient, cells: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < asked; i++) {
    const code = typed(i, cells);
    const began = performance.now();
    const { content } = await kernel.request("shell", "complete_request", { code, cursor_pos: code.length });
    times.push(performance.now() - began);
    if ((content.matches as string[]).length === 0) throw new Error(`no match for ${code}`);
  }
  return middle(times);
}

function residentMb(kernel: KernelClient): number {
  return (Number(readFileSync(`/proc/${kernel.process.pid}/statm`, "utf8").split(" ")[1]) * 4096) / 2 ** 20; // as kernel_client.py counts
}

const busy = "for (;;) {}";

/** As a reader rests between cells: threads collect their garbage then. */
const rest = () => new Promise((resolve) => setTimeout(resolve, 4000));

async function completions(kernel: KernelClient, cells: number, limitMs: number): Promise<Row[]> {
  await completion(kernel, cells); // V8 compiles TypeScript's own code
  const idle = await completion(kernel, cells);
  const loop = kernel.execute(busy);
  const looping = await completion(kernel, cells);
  await kernel.request("control", "interrupt_request");
  await loop;
  return [
    limit(`completion after ${cells} cells, idle`, "ms", idle, limitMs),
    limit(`completion after ${cells} cells, while a cell loops`, "ms", looping, limitMs),
  ];
}

export function limit(name: string, unit: Row["unit"], ours: number, most: number): Row {
  return { name, unit, ours, peer: most, peerName: "limit", ratio: ours / most, goal: 1 };
}

/** About a minute. */
export async function measureLimits(): Promise<Row[]> {
  const rows: Row[] = [];
  const kernel = await startKernel();
  try {
    await kernel.execute("1+1");
    rows.push(limit("resident memory before the language service", "MB", residentMb(kernel), 120));
    const first = performance.now();
    await kernel.request("shell", "complete_request", { code: "Math.", cursor_pos: 5 });
    rows.push(limit("first completion, which starts the service", "ms", performance.now() - first, 2000));
    let cells = 0;
    const upTo = async (count: number) => {
      for (; cells < count; cells++) await kernel.execute(cell(cells));
    };
    await upTo(50);
    rows.push(...(await completions(kernel, cells, 5)));
    await upTo(200);
    await completion(kernel, cells);
    await rest();
    const at200 = residentMb(kernel);
    rows.push(limit("resident memory after 200 cells, with the language service", "MB", at200, 300));
    await upTo(500);
    rows.push(...(await completions(kernel, cells, 10)));
    await upTo(2000);
    await completion(kernel, cells);
    await rest();
    rows.push(limit("resident memory after 2,000 cells, of that after 200", "", residentMb(kernel) / at200, 1.2));
  } finally {
    await kernel.stop();
  }
  return rows;
}

export function printRows(rows: readonly Row[]): void {
  const shown = (value: number, unit: string) => `${value.toFixed(unit === "" ? 2 : 1)} ${unit}`.trim();
  console.log("| kernel | ours | peer | | ratio | goal |\n| --- | --- | --- | --- | --- | --- |");
  for (const { name, unit, ours, peer, peerName, ratio, goal } of rows) {
    const cells = [name, shown(ours, unit), shown(peer, unit), peerName, ratio.toFixed(2), goal ?? ""];
    console.log(`| ${cells.join(" | ")} |`);
  }
}
