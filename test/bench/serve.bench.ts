/**
 * Serving one small model (32-64-64-1) over HTTP: our server against FastAPI + uvicorn + onnxruntime, the same file and the same request, rounds in turn in
 * one run, medians. Ours asks for its token and checks every value; the peer does what its users write. Writes build/bench/serve.json.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { GraphBuilder, matmul, relu, type Tensor, uniform } from "@lepton/graph";
import { writeBundleFolder } from "../../magics/deploy/bundle.ts";

const root = path.resolve(import.meta.dirname, "../..");
const out = path.join(root, "build", "bench");
const packages = ["fastapi==0.142.2", "uvicorn[standard]==0.54.0", "onnxruntime==1.31.1", "numpy==2.4.6"];
const peerName = "FastAPI 0.142 + uvicorn 0.54 + onnxruntime 1.31";
const token = "bench-token";
const clientCounts = [1, 16, 64];
const rounds = Number(process.env.LEPTON_BENCH_ROUNDS ?? 5);
const seconds = 1.5;

interface Service {
  readonly name: "ours" | "peer";
  readonly process: ChildProcess;
  readonly address: string;
}
interface Measure {
  /** Wall milliseconds a request, all clients together: 1000 / requests a second. */
  readonly wallMs: number;
  /** CPU milliseconds of the server's process a request; NaN where the system does not tell. */
  readonly cpuMs: number;
}

/** 32 inputs, two hidden layers of 64, one number out. */
function dense(x: Tensor, inputs: number, outputs: number, key: number): Tensor {
  const scale = Math.sqrt(6 / (inputs + outputs));
  const weights = Array.from(uniform(1, 0, key, inputs * outputs), (u) => (2 * u - 1) * scale);
  return matmul(x, x.builder.constant(weights, [inputs, outputs]));
}

async function writeModel(folder: string): Promise<void> {
  const builder = new GraphBuilder();
  const x = builder.input("raw", "f32", ["B", 32]);
  const hidden = relu(dense(relu(dense(x, 32, 64, 1)), 64, 64, 2));
  const graph = builder.build({ prediction: dense(hidden, 64, 1, 3) });
  const about = {
    name: "bench",
    version: 1,
    note: "",
    run: { id: "bench", name: "bench" },
    dataset: { id: "bench", name: "bench" },
    task: "regression",
    target: "y",
    classes: null,
    columns: [],
    rowShape: [32],
  } as const;
  await writeBundleFolder({ about, graph, stages: null, card: { markdown: "", json: {} } }, folder);
}

function peerPython(): string {
  const venv = path.join(out, "venv-serve");
  const python = path.join(venv, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  if (!existsSync(python)) {
    execFileSync(process.platform === "win32" ? "python" : "python3", ["-m", "venv", venv], { stdio: "inherit" });
    execFileSync(python, ["-m", "pip", "install", "--quiet", ...packages], { stdio: "inherit" });
  }
  return python;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

async function startOurs(folder: string): Promise<Service> {
  const port = await freePort();
  const env = { ...process.env, LEPTON_TOKEN: token };
  const words = [path.join(root, "plugins/server/serve.ts"), folder, "--port", String(port)];
  return ready("ours", spawn(process.execPath, words, { env, stdio: ["ignore", "ignore", "inherit"] }), port);
}

async function startPeer(folder: string): Promise<Service> {
  const port = await freePort();
  const env = { ...process.env, MODEL: path.join(folder, "model.onnx"), PYTHONDONTWRITEBYTECODE: "1" };
  const words = ["-m", "uvicorn", "fastapi_peer:app", "--port", String(port), "--log-level", "error"];
  const cwd = path.join(import.meta.dirname, "serve");
  return ready("peer", spawn(peerPython(), words, { env, cwd, stdio: ["ignore", "ignore", "inherit"] }), port);
}

async function ready(name: Service["name"], child: ChildProcess, port: number): Promise<Service> {
  const address = `127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) throw new Error(`${name} ended with code ${child.exitCode}`);
    const answered = await fetch(`http://${address}/docs`).then(
      (reply) => reply.ok,
      () => false,
    );
    if (answered) return { name, process: child, address };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${name} does not answer`);
}

const body = JSON.stringify({ features: [Array.from(uniform(2, 0, 0, 32), (u) => Number(u.toFixed(4)))] });

async function prediction({ address }: Service): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const reply = await fetch(`http://${address}/predict`, { method: "POST", headers, body });
  return ((await reply.json()) as { prediction: number[] }).prediction[0]!;
}

function measure(service: Service, clients: number): Measure {
  const before = cpuSeconds(service.process.pid!);
  const words = [
    path.join(import.meta.dirname, "serve/load.ts"),
    service.address,
    token,
    String(clients),
    String(seconds),
  ];
  const started = performance.now();
  const result = JSON.parse(execFileSync(process.execPath, words, { input: body, encoding: "utf8" })) as {
    requests: number;
    seconds: number;
  };
  const wallMs = (result.seconds * 1000) / result.requests;
  // The process's CPU time also covers the warm-up: counted at the same rate.
  const covered = Math.min((performance.now() - started) / 1000, result.seconds + 0.3);
  const cpuMs = ((cpuSeconds(service.process.pid!) - before) * 1000 * wallMs) / (covered * 1000);
  return { wallMs, cpuMs };
}

/** User and system seconds of a process, from /proc (100 ticks a second). */
function cpuSeconds(pid: number): number {
  if (process.platform !== "linux") return Number.NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

function rowOf(
  name: string,
  pick: (measure: Measure) => number,
  goal: number | null,
  measures: Readonly<Record<Service["name"], readonly Measure[]>>,
) {
  const [ours, peer] = [median(measures.ours.map(pick)), median(measures.peer.map(pick))];
  const ratios = measures.ours.map((one, round) => pick(one) / pick(measures.peer[round]!));
  return { name, ours, peer, peerName, ratio: median(ratios), goal };
}

const folder = await mkdtemp(path.join(os.tmpdir(), "lepton-bench-serve-"));
const services: Service[] = [];
try {
  mkdirSync(out, { recursive: true });
  await writeModel(folder);
  services.push(await startOurs(folder), await startPeer(folder));
  const [ours, peer] = (await Promise.all(services.map(prediction))) as [number, number];
  if (!(Math.abs(ours - peer) < 1e-5)) throw new Error(`the two answer differently: ${ours} and ${peer}`);
  const rows = clientCounts.flatMap((clients) => {
    const measures: Record<Service["name"], Measure[]> = { ours: [], peer: [] };
    for (let round = 0; round < rounds; round++)
      for (const service of round % 2 === 0 ? services : services.toReversed())
        measures[service.name].push(measure(service, clients));
    const what = `${clients} ${clients === 1 ? "client" : "clients"}`;
    return [
      rowOf(`${what}: wall ms a request`, ({ wallMs }) => wallMs, clients === 64 ? 1 / 3 : null, measures),
      rowOf(`${what}: server CPU ms a request`, ({ cpuMs }) => cpuMs, null, measures),
    ];
  });
  console.log(`one row a request, model 32-64-64-1; peer: ${peerName}; medians of ${rounds} rounds in turn`);
  console.table(
    rows.map(({ name, ours: left, peer: right, ratio, goal }) => ({
      name,
      ours: left.toPrecision(3),
      peer: right.toPrecision(3),
      ratio: ratio.toPrecision(3),
      goal: goal?.toPrecision(3) ?? "",
    })),
  );
  writeFileSync(path.join(out, "serve.json"), `${JSON.stringify(rows, null, 2)}\n`);
} finally {
  for (const service of services) service.process.kill("SIGTERM");
  await rm(folder, { recursive: true, force: true });
}
