/**
 * The kernel against ipykernel, and against Deno and tslab where their packages install: interleaved rounds with Jupyter's own client, medians. Makes the
 * peers' environments in build/bench; prints a table and writes build/bench/kernel.json.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { install, placeFor } from "../../kernel/install.ts";

const root = path.resolve(import.meta.dirname, "../..");
const out = path.join(root, "build", "bench");
const venv = path.join(out, "venv-kernel");
const python = path.join(venv, "bin", "python");
const rounds = Number(process.argv[2] ?? 5);

interface Row {
  readonly name: string;
  readonly ours: number;
  readonly peer: number;
  readonly peerName: string;
  readonly ratio: number;
  readonly goal: number | null;
}

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
    return [{ name, ours, peer, peerName, ratio: ours / peer, goal }];
  });
}

function print(rows: readonly Row[]): void {
  console.log("| kernel | ours | peer | | ratio | goal |\n| --- | --- | --- | --- | --- | --- |");
  for (const { name, ours, peer, peerName, ratio, goal } of rows) {
    const unit = name.startsWith("resident") ? "MB" : "ms";
    console.log(
      `| ${name} | ${ours.toFixed(1)} ${unit} | ${peer.toFixed(1)} ${unit} | ${peerName} | ${ratio.toFixed(2)} | ${goal ?? ""} |`,
    );
  }
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
const rows = ["ipykernel", "deno", "tslab"].flatMap((peer) => rowsAgainst(peer, measured));
print(rows);
writeFileSync(path.join(out, "kernel.json"), `${JSON.stringify(rows, null, 2)}\n`);
