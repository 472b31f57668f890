/**
 * Features of a table from Parquet: ours against scikit-learn with pandas and against polars, on the same file, in turn, in one run. Each
 * measurement is a process of its own: Parquet ─► split 70/15/15 by class ─► fitted on training rows (cut, median, standardise, one-hot, date
 * parts, indicators) ─► three float32 matrices. Loading libraries is not counted. Makes the peers' environment in build/bench/venv-features.
 *
 *     npm run bench -- features [--rows 1000000] [--rounds 5]
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { makeTable } from "./features/make-table.ts";

const here = path.join(import.meta.dirname, "features");
const out = path.resolve(import.meta.dirname, "../../build/bench");
const packages = ["numpy==2.4.6", "pandas==2.3.3", "polars==2.1.0", "pyarrow==26.0.1", "scikit-learn==1.7.2"];

interface Measured {
  readonly wallMs: number;
  /** User and system time of all threads. */
  readonly cpuMs: number;
  readonly memoryMB: number;
  readonly rows: number;
  readonly width: number;
  /** Means of the training features, ascending. */
  readonly means: readonly number[];
}

function peerPython(): string {
  const venv = path.join(out, "venv-features");
  const python = path.join(venv, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  if (!existsSync(python)) {
    execFileSync(process.platform === "win32" ? "python" : "python3", ["-m", "venv", venv], { stdio: "inherit" });
    execFileSync(python, ["-m", "pip", "install", "--quiet", ...packages], { stdio: "inherit" });
  }
  return python;
}

async function tableFile(rows: number): Promise<string> {
  const file = path.join(out, `features-${rows}.parquet`);
  if (!existsSync(file)) {
    await makeTable(`${file}.part`, rows);
    renameSync(`${file}.part`, file);
  }
  return file;
}

function measure(command: string, script: string, file: string): Measured {
  return JSON.parse(execFileSync(command, [path.join(here, script), file], { encoding: "utf8", maxBuffer: 1 << 26 }));
}

/** All three make the same features: as many, and of the same means as far as another random split allows. */
function assertSame(ours: Measured, peer: Measured, name: string): void {
  const own = [...ours.means].sort((a, b) => a - b);
  const largest = Math.max(...own.map((mean, index) => Math.abs(mean - peer.means[index]!)));
  if (ours.width !== peer.width || !(largest < 0.02)) {
    throw new Error(`${name} makes ${peer.width} features, we ${ours.width}; their means differ by up to ${largest}`);
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

const { values } = parseArgs({
  options: { rows: { type: "string", default: "1000000" }, rounds: { type: "string", default: "5" } },
});
mkdirSync(out, { recursive: true });
const rowCount = Number(values.rows);
const python = peerPython();
const file = await tableFile(rowCount);

const runs = { ours: [] as Measured[], sklearn: [] as Measured[], polars: [] as Measured[] };
for (let round = 0; round < Number(values.rounds); round++) {
  runs.ours.push(measure(process.execPath, "ours.ts", file));
  runs.sklearn.push(measure(python, "peer_sklearn.py", file));
  runs.polars.push(measure(python, "peer_polars.py", file));
}
assertSame(runs.ours[0]!, runs.sklearn[0]!, "scikit-learn");
assertSame(runs.ours[0]!, runs.polars[0]!, "polars");

const of = (who: keyof typeof runs, what: "wallMs" | "cpuMs" | "memoryMB") => median(runs[who].map((run) => run[what]));
const what = `${rowCount} rows x 16 columns from Parquet to ${runs.ours[0]!.width} float32 features`;
const compare = (
  unit: "wallMs" | "cpuMs" | "memoryMB",
  who: "sklearn" | "polars",
  peerName: string,
  goal: number | null,
) => ({
  name: `${what}, ${{ wallMs: "wall ms", cpuMs: "CPU ms", memoryMB: "peak memory MB" }[unit]}`,
  ours: of("ours", unit),
  peer: of(who, unit),
  peerName,
  ratio: of("ours", unit) / of(who, unit),
  goal,
});
const sklearn = "scikit-learn 1.7.2 + pandas 2.3.3";
const polars = "polars 2.1.0";
const rows = [
  compare("wallMs", "sklearn", sklearn, 0.25),
  compare("cpuMs", "sklearn", sklearn, null),
  compare("memoryMB", "sklearn", sklearn, null),
  compare("wallMs", "polars", polars, null),
  compare("cpuMs", "polars", polars, 0.9),
  compare("memoryMB", "polars", polars, null),
];
console.log(`${what}; medians of ${values.rounds} rounds in turn`);
console.table(
  rows.map((row) => ({
    what: row.name.split(", ").at(-1),
    peer: row.peerName,
    ours: Math.round(row.ours),
    theirs: Math.round(row.peer),
    ratio: row.ratio.toFixed(2),
    goal: row.goal ?? "",
  })),
);
writeFileSync(path.join(out, "features.json"), `${JSON.stringify(rows, null, 2)}\n`);
