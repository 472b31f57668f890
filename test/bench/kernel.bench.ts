/**
 * Every figure of the kernel in one run of ten minutes: against ipykernel, and against Deno and tslab where their packages install, in interleaved
 * rounds with Jupyter's own client, medians; then ours alone against the project's limits. Makes the peers' environments in build/bench; prints a
 * table and writes build/bench/kernel.json.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { install, placeFor } from "../../kernel/install.ts";
import { limit, measureLimits, printRows, type Row } from "./kernel/limits.ts";

const root = path.resolve(import.meta.dirname, "../..");
const out = path.join(root, "build", "bench");
const venv = path.join(out, "venv-kernel");
const python = path.join(venv, "bin", "python");
const rounds = Number(process.argv[2] ?? 9);

/** Of ipykernel's median. */
const goals: Readonly<Record<string, number>> = {
  "start to first executed cell": 0.5,
  "1+1": 0.25,
  "1+1 p99": 0.45,
  "40-line typed cell, repeated": 0.18,
  "10,000 prints": 0.4,
};

function makePython(): void {
  if (existsSync(python)) return;
  execFileSync("python3", ["-m", "venv", venv], { stdio: "inherit" });
  execFileSync(python, ["-m", "pip", "install", "--quiet", "ipykernel==7.4.0", "jupyter_client==8.10.0"], {
    stdio: "inherit",
  });
}

/** A peer that does not install is left out, and said. */
function tryPeer(name: string, make: () => void): boolean {
  try {
    make();
    return true;
  } catch (error) {
    console.log(`${name} is left out: ${(error as Error).message.split("\n")[0]}`);
    return false;
  }
}

function writeSpec(name: string, argv: readonly string[]): void {
  const folder = path.join(venv, "share", "jupyter", "kernels", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "kernel.json"), JSON.stringify({ argv, display_name: name, language: "typescript" }));
}

function makeDeno(): void {
  const deno = path.join(venv, "bin", "deno");
  if (!existsSync(deno)) execFileSync(python, ["-m", "pip", "install", "--quiet", "deno"], { stdio: "pipe" });
  if (spawnSync(deno, ["--version"]).status !== 0) throw new Error("its program does not run");
  writeSpec("deno", [deno, "jupyter", "--kernel", "--conn", "{connection_file}"]);
}

function makeTslab(): void {
  const folder = path.join(out, "tslab");
  const main = path.join(folder, "node_modules", "tslab", "bin", "tslab");
  mkdirSync(folder, { recursive: true });
  if (!existsSync(main)) {
    writeFileSync(path.join(folder, "package.json"), '{"private":true}');
    execFileSync("npm", ["install", "tslab", "--no-audit", "--no-fund", "--silent"], { cwd: folder, stdio: "pipe" });
  }
  writeSpec("tslab", [process.execPath, main, "kernel", "--config-path", "{connection_file}"]);
}

type Measured = Record<string, Record<string, number[]>>;

function measure(specs: readonly string[]): Measured {
  const script = path.join(import.meta.dirname, "kernel_client.py");
  const text = execFileSync(python, [script, String(rounds), ...specs], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      JUPYTER_PATH: path.join(venv, "share", "jupyter"),
      JUPYTER_RUNTIME_DIR: path.join(out, "runtime"),
      LEPTON_STATE: path.join(out, "state"),
    },
    cwd: out,
  });
  return JSON.parse(text) as Measured;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

function rowsAgainst(peerName: string, measured: Measured): Row[] {
  return Object.entries(measured.ours!).flatMap(([name, values]) => {
    const theirs = measured[peerName]?.[name];
    if (!theirs) return [];
    const [ours, peer] = [median(values), median(theirs)];
    const goal = peerName === "ipykernel" ? (goals[name] ?? null) : null;
    const unit = name.startsWith("resident") ? "MB" : "ms";
    return [{ name, unit, ours, peer, peerName, ratio: ours / peer, goal }];
  });
}

/** Against itself: a kernel that gets slower with its cells. */
function flatness(measured: Measured): Row[] {
  return Object.entries(measured).flatMap(([kernel, { "a cell, the tenth": early, "a cell after 1,000": late }]) => {
    if (!early || !late) return [];
    const [ours, peer] = [median(late), median(early)];
    const goal = kernel === "ours" ? 1.1 : null;
    const name = kernel === "ours" ? "a cell after 1,000" : `a cell after 1,000, ${kernel}`;
    return [{ name, unit: "ms" as const, ours, peer, peerName: "the tenth", ratio: ours / peer, goal }];
  });
}

/** Each kernel gives its slowest of 100 heartbeats; the limit holds for their median. The slowest of all is told beside it: that one is the machine's too. */
function heartbeats(measured: Measured): Row[] {
  return Object.entries(measured.ours!).flatMap(([name, values]) => {
    if (!name.startsWith("heartbeat")) return [];
    return [
      limit(name, "ms", median(values), 5),
      { ...limit(`${name}, worst kernel`, "ms", Math.max(...values), 5), goal: null },
    ];
  });
}

mkdirSync(out, { recursive: true });
makePython();
install(
  placeFor(venv),
  process.execPath,
  path.join(process.env.LEPTON_BUILD ?? path.join(root, "build", "lepton"), "main.js"),
);
const peers = [
  ...(tryPeer("Deno", makeDeno) ? ["deno=deno"] : []),
  ...(tryPeer("tslab", makeTslab) ? ["tslab=tslab"] : []),
];
const measured = measure(["ours=lepton", "ipykernel=python3", ...peers]);
const rows = [
  ...["ipykernel", "deno", "tslab"].flatMap((peer) => rowsAgainst(peer, measured)),
  ...flatness(measured),
  ...heartbeats(measured),
  ...(await measureLimits()),
];
printRows(rows);
writeFileSync(path.join(out, "kernel.json"), `${JSON.stringify(rows, null, 2)}\n`);
