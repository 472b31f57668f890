/**
 * This machine as a deployment target. Enters: a folder that runs by itself; leaves: a process that outlives its starter, found again by its url, its
 * process number and the instance it was given. The log lies in the folder (`server.log`): a pipe to us would end it when we end.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { open, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type DeployedService, type DeployRequest, LeptonError, type Target } from "@lepton/contract";
import { answers, isRunning } from "./identity.ts";
import { freePort, portOf } from "./ports.ts";

/** How long a start may take: a large model on a busy machine needs its time. */
const startMs = 120_000;
/** How long it may drain before it is killed. */
const drainMs = 15_000;
/** Two processes of one user may listen on one port there, so that a new version takes over without a gap. */
const portsCanBeShared = process.platform === "linux";

export const localTarget: Target = {
  name: "local",

  async deploy(request) {
    const { replaces } = request;
    const port = await choosePort(request);
    if (replaces === undefined) return start(request, port);
    if (!portsCanBeShared && port === portOf(replaces.url)) await stop(replaces);
    const service = await start(request, port);
    try {
      await stop(replaces);
    } catch (error) {
      // A cell interrupted while the old one drains: that one ends by itself, and the new one has taken over.
      if ((error as Error).name === "AbortError") return service;
      await stop(service);
      throw error;
    }
    return service;
  },

  stop,

  async alive(service) {
    return (await isRunning(service)) && (await answers(service));
  },
};

/** The port to listen on. One that the replaced service holds is taken over, any other must be free. */
async function choosePort({ host, port, replaces }: DeployRequest): Promise<number> {
  if (replaces !== undefined && portOf(replaces.url) === port && (await isRunning(replaces))) return port;
  return freePort(host, port);
}

async function start(request: DeployRequest, port: number): Promise<DeployedService> {
  const instance = randomUUID();
  const stateFile = path.join(request.folder, "service.json");
  await rm(stateFile, { force: true });
  const child = await spawnServer(request, port, instance, stateFile);
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal ? `ended by ${signal}` : `ended with code ${code}`));
  });
  const failed = ended.then(async (how) => Promise.reject(await startError(request, how)));
  const over = new AbortController();
  try {
    return await Promise.race([untilReady(stateFile, instance, over.signal), failed]);
  } catch (error) {
    if (error instanceof LeptonError) throw error;
    child.kill("SIGKILL");
    throw await startError(request, `gave no answer in ${startMs / 1000} s`, error);
  } finally {
    over.abort();
    failed.catch(() => undefined); // a service that ends later is found by alive()
    child.unref();
  }
}

async function spawnServer(
  { folder, host, token, maxBatch }: DeployRequest,
  port: number,
  instance: string,
  stateFile: string,
): Promise<ChildProcess> {
  const words = [folder, "--host", host, "--port", String(port), "--instance", instance, "--state-file", stateFile];
  if (portsCanBeShared) words.push("--share-port");
  if (maxBatch !== undefined) words.push("--max-batch", String(maxBatch));
  const log = await open(path.join(folder, "server.log"), "a");
  try {
    return spawn(process.execPath, [serverEntry(), ...words], {
      cwd: folder,
      detached: true, // its own session: Jupyter ends the kernel's whole process group
      stdio: ["ignore", log.fd, log.fd],
      env: { ...process.env, LEPTON_TOKEN: token },
      windowsHide: true,
    });
  } finally {
    await log.close();
  }
}

/** Beside this file in the build; in source in its own folder. */
function serverEntry(): string {
  const isSource = import.meta.url.endsWith(".ts");
  return fileURLToPath(new URL(isSource ? "../server/serve.ts" : "./serve.js", import.meta.url));
}

async function untilReady(stateFile: string, instance: string, over: AbortSignal): Promise<DeployedService> {
  const deadline = Date.now() + startMs;
  while (Date.now() < deadline && !over.aborted) {
    const service = await readState(stateFile);
    if (service?.instance === instance && (await answers(service))) return service;
    await sleep(30);
  }
  throw new Error("not ready in time");
}

/** The file is there, whole, once the server listens. */
async function readState(stateFile: string): Promise<DeployedService | undefined> {
  try {
    return JSON.parse(await readFile(stateFile, "utf8")) as DeployedService;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function startError(
  { name, version, folder }: DeployRequest,
  how: string,
  cause?: unknown,
): Promise<LeptonError> {
  const log = path.join(folder, "server.log");
  const lines = (await readFile(log, "utf8").catch(() => "")).trim().split("\n").slice(-8).join("\n");
  return new LeptonError(
    "LEPTON_DEPLOY",
    `${name} v${version} did not start: it ${how}. The end of ${log}:\n${lines}`,
    {
      cause,
    },
  );
}

/** SIGTERM, time to drain, SIGKILL. Anything that is not the service we started is left alone. */
async function stop(service: DeployedService): Promise<void> {
  if (service.pid === undefined || !(await isRunning(service))) return;
  signal(service.pid, "SIGTERM");
  if (await isGone(service, drainMs)) return;
  signal(service.pid, "SIGKILL");
  if (await isGone(service, drainMs)) return;
  throw new LeptonError("LEPTON_DEPLOY", `process ${service.pid} of ${service.url} does not end; end it by hand.`);
}

async function isGone(service: DeployedService, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (await isRunning(service)) {
    if (Date.now() > deadline) return false;
    await sleep(30);
  }
  return true;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // it ended by itself meanwhile
  }
}
