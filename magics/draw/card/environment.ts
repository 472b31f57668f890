/** What a run is made with: program versions and the machine. Leaves: a RunEnvironment, told in a run's start event and shown in its card. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import type { RunEnvironment } from "@lepton/contract";

/** Packages whose version may change a number. */
const packages = ["onnxruntime-node", "@duckdb/node-api"];

export function environmentNow(): RunEnvironment {
  const cpus = os.cpus();
  const versions: Record<string, string> = { node: process.versions.node };
  for (const name of packages) {
    const version = packageVersion(name);
    if (version !== undefined) versions[name] = version;
  }
  return {
    versions,
    platform: `${process.platform} ${process.arch} ${os.release()}`,
    cpu: cpus[0]?.model.trim() ?? "unknown",
    cores: cpus.length,
    memoryBytes: os.totalmem(),
  };
}

/** The version in the package.json found first on the way up, as Node's own look-up goes; undefined where it is not installed. */
function packageVersion(name: string): string | undefined {
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    try {
      return (JSON.parse(readFileSync(path.join(folder, name, "package.json"), "utf8")) as { version: string }).version;
    } catch (error) {
      if (!["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
  return undefined;
}
