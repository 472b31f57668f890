/**
 * Whether a process or a port is still the service we started: numbers are used again by others. Enters: what `deploy` returned; leaves: yes or no. The
 * instance is in the process's command line and in its health check's answer.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import http from "node:http";
import { promisify } from "node:util";
import type { DeployedService } from "@lepton/contract";

const healthMs = 3000;
/** While two versions share a port either may answer. */
const attempts = 8;

/** True while the process lives and is ours, whether it answers or not. */
export async function isRunning({ pid, instance, ...service }: DeployedService): Promise<boolean> {
  if (pid === undefined || instance === undefined || !exists(pid)) return false;
  const words = await commandLine(pid);
  return words === undefined ? answers({ pid, instance, ...service }) : words.includes(instance);
}

/** True when the url's health check is answered by this instance. */
export async function answers({ url, instance }: DeployedService): Promise<boolean> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const answered = await health(`${url}/healthz`);
    if (answered === instance) return true;
    if (answered === undefined) return false;
  }
  return false;
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // there, but not ours to signal
  }
}

/** The process's words; empty for one that has ended; undefined where the system does not tell (Windows). */
async function commandLine(pid: number): Promise<string | undefined> {
  try {
    if (process.platform === "linux") return await readFile(`/proc/${pid}/cmdline`, "utf8");
    if (process.platform === "win32") return undefined;
    const { stdout } = await promisify(execFile)("ps", ["-o", "command=", "-p", String(pid)]);
    return stdout;
  } catch {
    return ""; // it ended between two looks
  }
}

/** The instance that answers, "" when something else does, undefined when nothing does. A connection of its own for each question. */
function health(url: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent: false, timeout: healthMs }, (reply) => {
      let text = "";
      reply.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      reply.on("end", () => resolve(reply.statusCode === 200 ? instanceIn(text) : ""));
      reply.on("error", () => resolve(undefined));
    });
    request.on("timeout", () => request.destroy(new Error("no answer in time")));
    request.on("error", () => resolve(undefined));
  });
}

function instanceIn(text: string): string {
  try {
    return String((JSON.parse(text) as { instance?: unknown }).instance ?? "");
  } catch {
    return ""; // another program's page
  }
}
