/**
 * Our samplers against Optuna's in one run: the median best value after 100 trials over 50 seeds, and CPU milliseconds a trial.
 * Makes Optuna's environment in build/bench/venv-sweep; prints a table and writes build/bench/sweep.json.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { randomSampler } from "../../magics/sweep/samplers/random.ts";
import type { Observation, Sampler } from "../../magics/sweep/samplers/sampler.ts";
import { trialStream } from "../../magics/sweep/samplers/stream.ts";
import { tpeSampler } from "../../magics/sweep/samplers/tpe.ts";
import { branin, hartmann6, mixed, type TestFunction } from "../magics/sweep/test-functions.ts";

const root = path.resolve(import.meta.dirname, "../..");
const out = path.join(root, "build", "bench");
const seeds = 50;
const trials = 100;

interface Result {
  readonly value: number;
  /** CPU ms of asking and telling, without the function itself. */
  readonly milliseconds: number;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

function measure(sampler: Sampler, { space, at }: TestFunction): Result {
  const started = process.cpuUsage();
  const best = Array.from({ length: seeds }, (_, seed) => {
    const observations: Observation[] = [];
    for (let number = 0; number < trials; number++) {
      const parameters = sampler.suggest({
        space,
        number,
        observations,
        tried: observations.map((one) => one.parameters),
        random: trialStream(seed, number),
      });
      observations.push({ number, parameters, value: at(parameters), state: "finished" });
    }
    return Math.min(...observations.map((trial) => trial.value!));
  });
  const { user, system } = process.cpuUsage(started);
  return { value: median(best), milliseconds: (user + system) / 1000 / (seeds * trials) };
}

const optuna = `
import json, math, statistics, time, warnings
import optuna
optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore")
def branin(t):
    x, y = t.suggest_float("x", -5, 10), t.suggest_float("y", 0, 15)
    return (y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6)**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10
A = [[10,3,17,3.5,1.7,8],[0.05,10,17,0.1,8,14],[3,3.5,1.7,10,17,8],[17,8,0.05,10,0.1,14]]
P = [[1312,1696,5569,124,8283,5886],[2329,4135,8307,3736,1004,9991],[2348,1451,3522,2883,3047,6650],[4047,8828,8732,5743,1091,381]]
W = [1, 1.2, 3, 3.2]
def hartmann(t):
    x = [t.suggest_float(f"x{i}", 0, 1) for i in range(6)]
    return -sum(w * math.exp(-sum(a[j] * (x[j] - p[j] * 1e-4)**2 for j in range(6))) for w, a, p in zip(W, A, P))
def mixed(t):
    r, u, h = t.suggest_float("rate", 1e-5, 1, log=True), t.suggest_int("units", 4, 512, log=True), t.suggest_categorical("kind", ["a", "b", "c"])
    return (math.log10(r) + 2.5)**2 + (math.log2(u) - 6)**2 / 4 + {"a": 0.5, "b": 0.0, "c": 1.0}[h]
out = {}
for name, f in [("Branin", branin), ("Hartmann 6", hartmann), ("mixed", mixed)]:
    for sampler, make in [("random", optuna.samplers.RandomSampler), ("tpe", lambda seed: optuna.samplers.TPESampler(seed=seed))]:
        start, best = time.process_time(), []
        for seed in range(${seeds}):
            study = optuna.create_study(sampler=make(seed=seed))
            study.optimize(f, n_trials=${trials})
            best.append(study.best_value)
        out[name + " " + sampler] = {"value": statistics.median(best), "milliseconds": (time.process_time() - start) * 1000 / ${seeds * trials}}
print(json.dumps(out))
`;

function optunaResults(): Readonly<Record<string, Result>> {
  const venv = path.join(out, "venv-sweep");
  const python = path.join(venv, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  if (!existsSync(python)) {
    execFileSync(process.platform === "win32" ? "python" : "python3", ["-m", "venv", venv], { stdio: "inherit" });
    execFileSync(python, ["-m", "pip", "install", "--quiet", "optuna==5.0.0"], { stdio: "inherit" });
  }
  return JSON.parse(execFileSync(python, ["-c", optuna], { encoding: "utf8" }));
}

mkdirSync(out, { recursive: true });
const theirs = optunaResults();
const rows = [branin, hartmann6, mixed].flatMap((one) =>
  [randomSampler, tpeSampler].flatMap((sampler) => {
    const ours = measure(sampler, one);
    const peer = theirs[`${one.name} ${sampler.name}`]!;
    const what = `${one.name} ${sampler.name}`;
    const peerName = "Optuna 5.0.0";
    // Distances to the minimum, so that a ratio below 1 is better than Optuna.
    const [left, right] = [ours.value - one.minimum, peer.value - one.minimum];
    return [
      {
        name: `${what}: distance to the minimum after ${trials} trials`,
        ours: left,
        peer: right,
        peerName,
        ratio: left / right,
        goal: null,
      },
      {
        name: `${what}: CPU ms a trial`,
        ours: ours.milliseconds,
        peer: peer.milliseconds,
        peerName,
        ratio: ours.milliseconds / peer.milliseconds,
        goal: null,
      },
    ];
  }),
);
console.table(
  rows.map(({ name, ours, peer, ratio }) => ({
    name,
    ours: ours.toPrecision(3),
    Optuna: peer.toPrecision(3),
    ratio: ratio.toPrecision(3),
  })),
);
writeFileSync(path.join(out, "sweep.json"), `${JSON.stringify(rows, null, 2)}\n`);
