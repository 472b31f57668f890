/** kernel_info_request and usage_request: what this kernel is, and what it uses. */
import os from "node:os";
import type { Json } from "../wire/frames.ts";
import { PROTOCOL, type Request, type Wire } from "./wire.ts";

/** The version of Lepton; a test keeps it equal to package.json. */
export const VERSION = "0.1.0";

export function kernelInfo(): Json {
  return {
    status: "ok",
    protocol_version: PROTOCOL,
    implementation: "lepton",
    implementation_version: VERSION,
    language_info: {
      name: "typescript",
      version: process.version.slice(1),
      mimetype: "application/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      codemirror_mode: "typescript",
      nbconvert_exporter: "script",
    },
    banner: `Lepton ${VERSION}: TypeScript on Node ${process.version}. %lepton lists the magics.`,
    help_links: [
      { text: "TypeScript", url: "https://www.typescriptlang.org/docs/" },
      { text: "Node.js", url: "https://nodejs.org/docs/latest-v24.x/api/" },
    ],
    debugger: true,
    supported_features: ["debugger", "kernel subshells"],
  };
}

/** As ipykernel answers: bytes and percents. */
export function usage(wire: Wire, _request: Request): Json {
  const cpu = process.cpuUsage();
  const seconds = (cpu.user + cpu.system) / 1e6 - wire.usage.cpuSeconds;
  const wall = (performance.now() - wire.usage.at) / 1000;
  wire.usage = { cpuSeconds: wire.usage.cpuSeconds + seconds, at: performance.now() };
  return {
    hostname: os.hostname(),
    pid: process.pid,
    kernel_cpu: wall > 0 ? Math.round((1000 * seconds) / wall) / 10 : 0,
    kernel_memory: process.memoryUsage.rss(),
    host_cpu_percent: Math.round((100 * os.loadavg()[0]!) / os.cpus().length),
    cpu_count: os.cpus().length,
    host_virtual_memory: {
      total: os.totalmem(),
      available: os.freemem(),
      free: os.freemem(),
      used: os.totalmem() - os.freemem(),
    },
  };
}
