/**
 * The verb `doctor`: what this machine has of what Lepton uses, and what to do about what it lacks. Enters: the machine; leaves: a table. Every
 * finding was looked for when asked; nothing is remembered.
 */
import { execFile } from "node:child_process";
import { access, constants, mkdir, statfs } from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import { promisify } from "node:util";
import type { LeptonFolder } from "../folder.ts";
import { defineVerb } from "../verb.ts";
import { reportEngines } from "./engines.ts";
import { shownTable } from "./shown-table.ts";
import { bytesText } from "./sizes.ts";

export interface Finding {
  readonly what: string;
  /** ok; note: works without; problem: something will not work. */
  readonly state: "ok" | "note" | "problem";
  readonly found: string;
}

const GB = 1e9;

export const doctorVerb = defineVerb({
  spec: {
    name: "doctor",
    summary: "Look what this machine has of what Lepton uses, and say what to do about what it lacks.",
    arguments: [],
    options: {},
    result: "Lepton.Findings",
    declarations:
      'interface Findings { readonly rows: readonly { readonly what: string; readonly state: "ok" | "note" | "problem"; readonly found: string }[] }',
    examples: ["%lepton doctor"],
  },
  async run(_args, _options, { folder, plugins }) {
    const reports = await reportEngines(plugins.engines());
    const works = reports.some(({ unavailable }) => unavailable === null);
    const engines = reports.map(({ name, devices, unavailable }): Finding => {
      const what = `engine ${name}`;
      // One engine is enough: another that is missing is no problem.
      if (unavailable !== null) return { what, state: works ? "note" : "problem", found: unavailable };
      return { what, state: "ok", found: devices.map((one) => `${one.name} (${one.description})`).join(", ") };
    });
    const other = await Promise.all([
      node(),
      machine(),
      disk(folder),
      writable(folder),
      python(),
      jupyter(),
      gpu(),
      cudaPaths(),
    ]);
    const findings = [...other.slice(0, 4), ...engines, ...packages(), ...other.slice(4)];
    return shownTable(findings, ["what", "state", "found"], ({ what, state, found }) => [what, state, found]);
  },
});

async function node(): Promise<Finding> {
  const major = Number(process.versions.node.split(".")[0]);
  const found = `${process.version} (${process.platform} ${process.arch}), ${process.execPath}`;
  if (major >= 24) return { what: "Node", state: "ok", found };
  return { what: "Node", state: "problem", found: `${found}; Lepton runs on 24 or newer` };
}

async function machine(): Promise<Finding> {
  const cpus = os.cpus();
  const free = os.freemem();
  const found = `${os.availableParallelism()} CPU threads (${cpus[0]?.model.trim() ?? "unknown"}), ${bytesText(os.totalmem())} memory, ${bytesText(free)} free`;
  return { what: "machine", state: free < 0.5 * GB ? "note" : "ok", found };
}

async function disk(folder: LeptonFolder): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder.notebook);
  const free = bavail * bsize;
  const found = `${bytesText(free)} free in ${folder.notebook}`;
  if (free > GB) return { what: "disk", state: "ok", found };
  return { what: "disk", state: "problem", found: `${found}; %lepton clean says what may go` };
}

async function writable(folder: LeptonFolder): Promise<Finding> {
  try {
    await mkdir(folder.root, { recursive: true });
    await access(folder.root, constants.W_OK);
    return { what: "folder", state: "ok", found: `${folder.root} can be written` };
  } catch (error) {
    const found = `${folder.root} cannot be written (${(error as Error).message}); start the notebook in a folder of your own`;
    return { what: "folder", state: "problem", found };
  }
}

const execute = promisify(execFile);

/** What a program prints, or null when it is not there, fails or takes 10 s. */
async function tell(file: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await execute(file, [...args], { timeout: 10_000 });
    return stdout.trim();
  } catch {
    return null; // not there, or not willing: the finding says so
  }
}

async function python(): Promise<Finding> {
  const version = await tell("python3", ["--version"]);
  if (version) return { what: "Python", state: "ok", found: version };
  return { what: "Python", state: "note", found: "no python3; only JupyterLab itself needs it" };
}

async function jupyter(): Promise<Finding> {
  const specs = await tell("jupyter", ["kernelspec", "list"]);
  if (specs === null) {
    return { what: "Jupyter", state: "note", found: "no jupyter command in PATH; `npm run lab` brings its own" };
  }
  if (/^\s*lepton\s/m.test(specs)) return { what: "Jupyter", state: "ok", found: "the kernel lepton is installed" };
  return { what: "Jupyter", state: "note", found: "jupyter is there, without the kernel; run: lepton install" };
}

async function gpu(): Promise<Finding> {
  const nvidia = await tell("nvidia-smi", ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]);
  if (nvidia) return { what: "GPU", state: "ok", found: nvidia.split("\n").join("; ") };
  return { what: "GPU", state: "note", found: "no NVIDIA driver answers; models run on the CPU" };
}

/** What may change which CUDA libraries are loaded: torch brings its own. */
function cudaPaths(environment: NodeJS.ProcessEnv = process.env): Finding {
  const home = environment["CUDA_HOME"];
  const paths = environment["LD_LIBRARY_PATH"];
  const found = [
    home ? `CUDA_HOME is ${home}, which is not used: torch brings its own CUDA` : "CUDA_HOME is not set, nor needed",
    paths
      ? `LD_LIBRARY_PATH is ${paths}: libraries there come before torch's own; if torch does not load, start without it`
      : "LD_LIBRARY_PATH is not set",
  ];
  return { what: "CUDA", state: paths ? "note" : "ok", found: found.join("; ") };
}

/** Native and large packages that Lepton stands on, with the versions that are installed. */
function packages(): readonly Finding[] {
  const require = createRequire(import.meta.url);
  return ["onnxruntime-node", "@duckdb/node-api", "typescript", "esbuild"].map((name) => {
    try {
      const { version } = require(`${name}/package.json`) as { version: string };
      return { what: name, state: "ok", found: version };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ERR_PACKAGE_PATH_NOT_EXPORTED") return { what: name, state: "ok", found: "installed" };
      return { what: name, state: "problem", found: "not installed; run npm install in Lepton's folder" };
    }
  });
}
