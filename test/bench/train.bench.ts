/**
 * A training step of the product, by each engine that runs on this CPU, against PyTorch eager and Keras: Adam, 2 threads (ours as many as a run
 * chooses, PyTorch's small MLP with one and with two, of which the faster counts), rounds in turn in one run, medians of wall milliseconds. engine-torch uses the very library that PyTorch uses. Then how long a run takes from its start to
 * its first step, by its own events, and the digits of 02-digits.ipynb, 5 seeds each, ours and Keras on the same split. Makes the peers' environment under
 * build/bench (3 GB, once) and writes build/bench/train.json. `--quick` leaves the digits out.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import torchPlugin from "@lepton/engine-torch";
import { runEnvironment } from "../../magics/train/start-run.ts";
import { trainDigits, writeDigits } from "./train/digits.ts";
import { msToFirstStep } from "./train/first-step.ts";

const root = path.resolve(import.meta.dirname, "../..");
const out = path.join(root, "build", "bench");
const packages = ["torch==2.15.0", "tensorflow-cpu==2.21.0", "numpy"];
const rounds = Number(process.env["LEPTON_BENCH_ROUNDS"] ?? 7);
const steps: Readonly<Record<string, number>> = { mlp: 800, cnn: 40, lstm: 80, transformer: 40 };
/** Of our time to the peer's. */
const goals: Readonly<Record<string, { readonly torch?: number; readonly keras?: number }>> = {
  mlp: { torch: 0.35 },
  cnn: { torch: 0.65 },
  lstm: { keras: 0.75 },
  transformer: { keras: 0.6 },
};
/** PyTorch as its process is asked. On the small MLP one thread may be faster than two, for PyTorch as for us: the better of both counts. */
const threadsOf: Readonly<Record<string, string>> = { torch: " 2", torchAlone: " 1" };
/** What engine-torch may take of PyTorch's time on the CPU, for every model. */
const torchGoal = 1;
const titles: Readonly<Record<string, string>> = {
  mlp: "MLP 32-64-64-1, training step, batch 128",
  cnn: "MNIST CNN with Dense 64, training step, batch 128",
  lstm: "LSTM 64 over 32 steps of 16 features, training step, batch 64",
  transformer: "transformer block of 64 steps, 128 features, 4 heads, training step, batch 16",
};

interface Row {
  readonly name: string;
  readonly ours: number;
  readonly peer: number;
  readonly peerName: string;
  readonly ratio: number;
  readonly goal: number | null;
}

/** A process that answers one line with one number. */
class Peer {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], env });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  async ask(line: string): Promise<number> {
    this.#child.stdin!.write(`${line}\n`);
    const answer = await this.#lines.next();
    if (answer.done) throw new Error(`${this.#child.spawnargs.join(" ")} ended`);
    return Number(answer.value);
  }

  close(): void {
    this.#child.stdin!.end();
  }
}

function peerPython(): string {
  const venv = path.join(out, "venv-train");
  const python = path.join(venv, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  if (!existsSync(path.join(venv, "ready"))) {
    console.log("making the peers' environment (PyTorch and Keras, about 3 GB) ...");
    rmSync(venv, { recursive: true, force: true });
    execFileSync(process.platform === "win32" ? "python" : "python3", ["-m", "venv", venv], { stdio: "inherit" });
    execFileSync(python, ["-m", "pip", "install", "--quiet", ...packages], { stdio: "inherit" });
    writeFileSync(path.join(venv, "ready"), packages.join("\n"));
  }
  return python;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

async function benchSteps(peers: Readonly<Record<"ours" | "torch" | "keras", Peer>>): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [model, count] of Object.entries(steps)) {
    // A process has one number of threads in torch, and each model wants its own.
    const oursByTorch = await ownTorch();
    const asked = {
      ...peers,
      ...(oursByTorch && { oursByTorch }),
      ...(model === "mlp" && { torchAlone: peers.torch }),
    };
    const times: Record<string, number[]> = {};
    for (let round = -1; round < rounds; round++) {
      for (const [name, peer] of Object.entries(asked)) {
        const ms = await peer.ask(`${model} ${count}${threadsOf[name] ?? ""}`);
        if (round >= 0) times[name] = [...(times[name] ?? []), ms]; // the first round warms up
      }
    }
    oursByTorch?.close();
    rows.push(...rowsOf(model, times));
  }
  return rows;
}

/** Our side with engine-torch, where there is one. */
async function ownTorch(): Promise<Peer | null> {
  if ((await torchPlugin.engines[0]!.unavailable()) !== null) return null;
  return new Peer(process.execPath, [path.join(here, "ours.ts"), "torch"], runEnvironment());
}

function rowsOf(model: string, times: Readonly<Record<string, readonly number[]>>): Row[] {
  const titled = `${titles[model]}, wall ms`;
  const names = { torch: "PyTorch 2.15 eager", keras: "Keras on TensorFlow, fit" } as const;
  const alone = times["torchAlone"] ? median(times["torchAlone"]) : Number.POSITIVE_INFINITY;
  const row = (name: string, ours: "ours" | "oursByTorch", peer: "torch" | "keras", goal: number | null): Row[] => {
    if (!times[ours] || !times[peer]) return [];
    const [a, both] = [median(times[ours]), median(times[peer])];
    const isAlone = peer === "torch" && alone < both;
    const b = isAlone ? alone : both;
    return [{ name, ours: a, peer: b, peerName: `${names[peer]}${isAlone ? ", 1 thread" : ""}`, ratio: a / b, goal }];
  };
  return [
    ...row(titled, "ours", "torch", goals[model]!.torch ?? null),
    ...row(titled, "ours", "keras", goals[model]!.keras ?? null),
    ...row(`${titled}, engine-torch`, "oursByTorch", "torch", torchGoal),
  ];
}

async function benchDigits(keras: Peer): Promise<Row> {
  const folder = path.join(out, "digits");
  writeDigits(folder);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let seed = 1; seed <= 5; seed++) {
    ours.push(await trainDigits(folder, seed));
    theirs.push(await keras.ask(`digits ${folder} ${seed}`));
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = (values: readonly number[]) =>
    Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1));
  const shown = (values: readonly number[]) => `${mean(values).toFixed(4)} ± ${deviation(values).toFixed(4)}`;
  console.log(`digits, test accuracy of 5 seeds: ours ${shown(ours)}, Keras ${shown(theirs)}`);
  const [a, b] = [mean(ours), mean(theirs)];
  return {
    name: "digits CNN, 5 epochs, test accuracy, mean of 5 seeds",
    ours: a,
    peer: b,
    peerName: "Keras, same split",
    ratio: a / b,
    goal: null,
  };
}

/** Against no peer: milliseconds and what they may be. */
async function benchStarts(): Promise<Row[]> {
  const limits = { onnx: 1000, torch: 2500 } as const;
  const rows: Row[] = [];
  for (const engine of ["onnx", "torch"] as const) {
    if (engine === "torch" && (await torchPlugin.engines[0]!.unavailable()) !== null) continue;
    const ms = await msToFirstStep(engine, 5);
    const peer = limits[engine];
    rows.push({
      name: `a run's start to its first step, engine ${engine}, ms`,
      ours: ms,
      peer,
      peerName: "the limit",
      ratio: ms / peer,
      goal: 1,
    });
  }
  return rows;
}

mkdirSync(out, { recursive: true });
const python = peerPython();
const here = path.join(import.meta.dirname, "train");
const ours = new Peer(process.execPath, [path.join(here, "ours.ts")], runEnvironment());
const torch = new Peer(python, [path.join(here, "torch_peer.py")], process.env);
const keras = new Peer(python, [path.join(here, "keras_peer.py")], process.env);
process.env["LEPTON_TORCH"] ??= path.dirname(path.dirname(python));
const rows = await benchSteps({ ours, torch, keras });
ours.close();
torch.close();
rows.push(...(await benchStarts()));
if (!process.argv.includes("--quick")) rows.push(await benchDigits(keras));
keras.close();
writeFileSync(path.join(out, "train.json"), `${JSON.stringify(rows, null, 2)}\n`);
console.log(`${os.cpus()[0]?.model}, ${os.availableParallelism()} cores; medians of ${rounds} rounds in turn`);
console.table(
  rows.map(({ name, ours: a, peer, peerName, ratio, goal }) => {
    return {
      name,
      ours: Number(a.toPrecision(4)),
      peer: Number(peer.toPrecision(4)),
      peerName,
      ratio: Number(ratio.toFixed(2)),
      goal,
    };
  }),
);
