/**
 * Where libtorch is: LEPTON_TORCH, the environment that runs Jupyter, an active one, a .venv beside the notebook or above, what `lepton engine add
 * torch` fetched. The first that is new enough is taken. Enters: the environment's
 * variables and the file system; leaves: the folder of libraries, or where it was looked for and what to do. Nothing is loaded.
 */
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { addedTorches, dataFolder } from "./data-folder.ts";
import { architectureOf } from "./raw/architecture.ts";
import { libraryFile } from "./raw/library.ts";

export interface FoundTorch {
  /** The folder that holds libtorch_cpu. */
  readonly folder: string;
  /** As torch/version.py says; "?" for a libtorch without Python. */
  readonly version: string;
}

export interface NotFound {
  /** Whole sentences: where it was looked for, and the remedy. */
  readonly reason: string;
}

const oldest = [2, 11] as const;

export async function findTorch(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  start: string = process.cwd(),
): Promise<FoundTorch | NotFound> {
  const asked = environment["LEPTON_TORCH"];
  if (asked) {
    const folder = librariesIn(asked);
    if (!folder) return { reason: `LEPTON_TORCH is ${asked}, which holds no ${libraryFile("torch_cpu")}; ${remedy}` };
    return checkFound({ folder, version: versionOf(folder) });
  }
  const searched = [...new Set(prefixes(environment, start))];
  const places = searched.flatMap((prefix) => sitePackages(prefix).map((packages) => path.join(packages, "torch")));
  places.push(...addedTorches(environment).map((folder) => path.join(folder, "site-packages", "torch")));
  const refused: string[] = [];
  for (const place of places) {
    const folder = librariesIn(place);
    const found = folder && checkFound({ folder, version: versionOf(folder) });
    if (found && "folder" in found) return found;
    if (found) refused.push(found.reason);
  }
  if (refused.length > 0) return { reason: refused.join(" ") };
  const looked = [...searched, path.join(dataFolder(environment), "torch")].join(", ");
  return { reason: `no torch in ${looked}; ${remedy}` };
}

const remedy =
  "run lepton engine add torch, or pip install torch in the environment that runs Jupyter, or set LEPTON_TORCH to a torch folder.";

function checkFound(found: FoundTorch): FoundTorch | NotFound {
  const made = architectureOf(path.join(found.folder, libraryFile("torch_cpu"))) ?? process.arch;
  if (made !== process.arch)
    return { reason: `the torch in ${found.folder} is for ${made}, this Node is for ${process.arch}; ${remedy}` };
  const [major, minor] = found.version.split(".").map(Number) as [number, number];
  const isOld = major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
  if (!isOld) return found;
  return { reason: `the torch in ${found.folder} is ${found.version}; 2.11 or newer is needed: pip install -U torch.` };
}

/** Environments of Python, the likeliest first. */
function* prefixes(environment: Readonly<Record<string, string | undefined>>, start: string): Generator<string> {
  for (const name of ["VIRTUAL_ENV", "CONDA_PREFIX"]) if (environment[name]) yield environment[name];
  const executable = parentPython(environment);
  if (executable) yield path.dirname(path.dirname(executable));
  for (const folder of (environment["PATH"] ?? "").split(path.delimiter)) {
    const hasPython = ["python3", "python", "python.exe"].some((name) => folder && existsSync(path.join(folder, name)));
    if (hasPython) yield path.dirname(folder);
  }
  for (let folder = path.resolve(start); ; folder = path.dirname(folder)) {
    for (const name of [".venv", "venv"]) if (existsSync(path.join(folder, name))) yield path.join(folder, name);
    if (folder === path.dirname(folder)) return;
  }
}

/** The Python that runs Jupyter, which started this kernel: its command's first word, because the file behind it is outside the environment. */
function parentPython(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const parent = environment["JPY_PARENT_PID"] ?? String(process.ppid);
  const file = `/proc/${parent}/cmdline`;
  if (!existsSync(file)) return undefined;
  try {
    const [command] = readFileSync(file, "utf8").split("\0");
    return command && path.isAbsolute(command) && /python/.test(path.basename(command)) ? command : undefined;
  } catch {
    return undefined; // the parent ended between the two looks
  }
}

function sitePackages(prefix: string): readonly string[] {
  const windows = path.join(prefix, "Lib", "site-packages");
  const found = existsSync(windows) ? [windows] : [];
  for (const lib of ["lib", "lib64"]) {
    const folder = path.join(prefix, lib);
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder))
      if (/^python3/.test(name))
        for (const kind of ["site-packages", "dist-packages"]) found.push(path.join(folder, name, kind));
  }
  return found.filter((folder) => existsSync(folder));
}

/** A folder of libraries in what a user may name: it itself, a torch package, a site-packages, an environment. */
function librariesIn(given: string): string | undefined {
  const inside = [given, path.join(given, "lib"), path.join(given, "torch", "lib")];
  const all = [...inside, ...sitePackages(given).map((folder) => path.join(folder, "torch", "lib"))];
  const folder = all.find((one) => existsSync(path.join(one, libraryFile("torch_cpu"))));
  return folder && realpathSync(folder);
}

function versionOf(folder: string): string {
  const file = path.join(folder, "..", "version.py");
  if (!existsSync(file)) return "?";
  return /__version__ = '([^']+)'/.exec(readFileSync(file, "utf8"))?.[1] ?? "?";
}
