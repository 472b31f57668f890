/**
 * The kernel's entry in Jupyter. Enters: where to; leaves: the folder `kernels/lepton` with kernel.json and logos, or its removal. The entry names
 * this Node and this build by absolute paths, so that Jupyter finds them from anywhere.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { LeptonError } from "@lepton/contract";
import { logoPng, logoSvg } from "./logo.ts";
import { installForPapermill, uninstallForPapermill } from "./papermill.ts";

export interface Place {
  /** `share/jupyter` under a prefix, or the user's own data folder of Jupyter. */
  readonly dataFolder: string;
  /** The environment, whose Python is told of us too; undefined for the user's own Jupyter. */
  readonly prefix?: string;
}

/** Flags that the kernel's Node needs. Without the first, stopping a loop inside a timer ends the process. One more is set later: cells/v8-flags.ts. */
const nodeFlags = ["--no-force-async-hooks-checks", "--max-semi-space-size=4"];

/**
 * What glibc reads when the process starts. V8 compiles in many threads, and each keeps the memory of its largest job: two heaps for all of them
 * are 40 MB less. main.ts takes it out again, so that what cells start does not have it.
 */
const nodeEnv = { MALLOC_ARENA_MAX: "2" };

/** @param prefix an environment's folder; undefined for the user's own Jupyter */
export function placeFor(prefix: string | undefined, env: NodeJS.ProcessEnv = process.env): Place {
  if (prefix !== undefined) {
    const folder = path.resolve(prefix);
    return { dataFolder: path.join(folder, "share", "jupyter"), prefix: folder };
  }
  return { dataFolder: env.JUPYTER_DATA_DIR || userDataFolder(env) };
}

/** As jupyter_core.paths.jupyter_data_dir. */
function userDataFolder(env: NodeJS.ProcessEnv): string {
  if (process.platform === "win32") return path.join(env.APPDATA ?? os.homedir(), "jupyter");
  if (process.platform === "darwin") return path.join(os.homedir(), "Library", "Jupyter");
  return path.join(env.XDG_DATA_HOME || path.join(os.homedir(), ".local", "share"), "jupyter");
}

function kernelFolder(place: Place): string {
  return path.join(place.dataFolder, "kernels", "lepton");
}

/** What kernel.json says. @param main absolute path of the built main.js */
export function kernelSpec(node: string, main: string): object {
  return {
    argv: [node, ...nodeFlags, main, "--connection-file", "{connection_file}"],
    display_name: "TypeScript (Lepton)",
    language: "typescript",
    interrupt_mode: "message",
    kernel_protocol_version: "5.5",
    env: nodeEnv,
    metadata: { debugger: true, supported_features: ["debugger", "kernel subshells"] },
  };
}

/** @returns the folder it wrote. @throws LEPTON_DISK */
export function install(place: Place, node: string, main: string): string {
  const folder = kernelFolder(place);
  const fresh = `${folder}.${process.pid}`;
  try {
    mkdirSync(fresh, { recursive: true });
    writeFileSync(path.join(fresh, "kernel.json"), `${JSON.stringify(kernelSpec(node, main), null, 2)}\n`);
    writeFileSync(path.join(fresh, "logo-svg.svg"), logoSvg);
    for (const size of [32, 64]) writeFileSync(path.join(fresh, `logo-${size}x${size}.png`), logoPng(size));
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
    if (place.prefix !== undefined) installForPapermill(place.prefix);
    return folder;
  } catch (cause) {
    rmSync(fresh, { recursive: true, force: true });
    throw new LeptonError(
      "LEPTON_DISK",
      `install: ${folder} cannot be written (${(cause as Error).message}). Choose another place: lepton install --prefix FOLDER.`,
      { cause },
    );
  }
}

/** @returns the folder it removed, or undefined when there was none */
export function uninstall(place: Place): string | undefined {
  const folder = kernelFolder(place);
  if (!existsSync(folder)) return undefined;
  rmSync(folder, { recursive: true });
  if (place.prefix !== undefined) uninstallForPapermill(place.prefix);
  return folder;
}
