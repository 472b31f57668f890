/**
 * `lepton engine add torch [--cuda]`. Enters: words; leaves: libtorch in Lepton's data folder, where find.ts looks. pip finds the wheels on the index
 * that it is configured with, because a company's machine may know no other; the files are fetched here, so that a broken line costs nothing twice.
 */
import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { LeptonError } from "@lepton/contract";
import { dataFolder } from "../data-folder.ts";
import { download } from "./download.ts";
import { type Pin, pinnedVersion, type WheelSet, wheelSets } from "./pins.ts";

export interface AddHost {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly say: (line: string) => void;
}

const execute = promisify(execFile);
const usage = "lepton engine add torch [--cuda]";
/** What the unpacked libraries and the largest wheel take together. */
const neededGb = { cpu: 2, cuda: 12 };

/** @throws LEPTON_OPTION_VALUE, LEPTON_DOWNLOAD, LEPTON_DISK */
export async function engineCommand(words: readonly string[], host: AddHost = terminal()): Promise<void> {
  const [verb, name, ...flags] = words;
  const unknown = flags.find((flag) => flag !== "--cuda");
  if (verb !== "add" || name !== "torch" || unknown)
    throw new LeptonError("LEPTON_OPTION_VALUE", `engine: got "${words.join(" ")}"; ${usage}`);
  await addTorch(flags.includes("--cuda"), host);
}

async function addTorch(withCuda: boolean, host: AddHost): Promise<void> {
  const set = wheelSetFor(withCuda);
  const root = path.join(dataFolder(host.environment), "torch");
  const folder = path.join(root, `${pinnedVersion}-${withCuda ? "cuda" : "cpu"}`);
  if (existsSync(path.join(folder, "ready.json"))) return host.say(`torch ${pinnedVersion} is in ${folder} already.`);
  const downloads = path.join(root, "downloads");
  makeRoom(downloads, withCuda ? neededGb.cuda : neededGb.cpu);
  const pins = [...set.cpu, ...(withCuda ? set.cuda! : [])];
  host.say(`Asking pip's package index for ${pins.map(({ name, version }) => `${name} ${version}`).join(", ")} ...`);
  const python = pythonOf(host.environment);
  const urls = await addressesOf(pins, set, python, root);
  const packages = path.join(folder, "site-packages");
  rmSync(folder, { recursive: true, force: true }); // an attempt that was cut off while unpacking
  for (const pin of pins) {
    const file = path.join(downloads, `${pin.name}-${pin.version}.whl`);
    await download(urls.get(pin.name)!, pin.sha256, file, progressOf(pin, host));
    host.say(`unpacking ${pin.name} ...`);
    await unpack(python, file, packages, withCuda);
    if (pin.name !== "torch") rmSync(file);
  }
  writeFileSync(
    path.join(folder, "ready.json"),
    JSON.stringify({ version: pinnedVersion, cuda: withCuda, pins }, null, 2),
  );
  rmSync(downloads, { recursive: true });
  host.say(`torch ${pinnedVersion} is in ${folder}. %lepton engines shows it; a run takes it with --engine torch.`);
}

function terminal(): AddHost {
  return { environment: process.env, say: (line) => process.stdout.write(`${line}\n`) };
}

function wheelSetFor(withCuda: boolean): WheelSet {
  const system = `${process.platform}-${process.arch}`;
  const set = wheelSets[system];
  if (!set) {
    const known = Object.keys(wheelSets).join(", ");
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `engine add: there is no libtorch for ${system}; there is for ${known}.`,
    );
  }
  if (withCuda && !set.cuda)
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `engine add: --cuda is for linux-x64, this is ${system}; install torch with CUDA by pip in Jupyter's environment.`,
    );
  return set;
}

function makeRoom(folder: string, gigabytes: number): void {
  mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = statfsSync(folder);
  const free = (bavail * bsize) / 1e9;
  if (free >= gigabytes) return;
  throw new LeptonError(
    "LEPTON_DISK",
    `engine add: ${folder} has ${free.toFixed(1)} GB free, ${gigabytes} GB are needed; make room, or set LEPTON_DATA to another folder.`,
  );
}

/** The Python of the active environment, whose pip's settings count. */
function pythonOf(environment: AddHost["environment"]): string {
  const prefix = environment["VIRTUAL_ENV"] ?? environment["CONDA_PREFIX"];
  const isWindows = process.platform === "win32";
  if (prefix) return path.join(prefix, isWindows ? "Scripts/python.exe" : "bin/python");
  return isWindows ? "python" : "python3";
}

interface Report {
  readonly install: readonly {
    readonly metadata: { readonly name: string };
    readonly download_info: {
      readonly url: string;
      readonly archive_info?: { readonly hashes?: { readonly sha256?: string }; readonly hash?: string };
    };
  }[];
}

/** Where each wheel is, as pip's own settings say. @throws LEPTON_DOWNLOAD when the index lacks one or has another file under its name */
async function addressesOf(
  pins: readonly Pin[],
  set: WheelSet,
  python: string,
  parent: string,
): Promise<ReadonlyMap<string, string>> {
  const scratch = mkdtempSync(path.join(parent, "pip-"));
  const file = path.join(scratch, "report.json");
  try {
    await askPip(python, pins, set, file, scratch);
    const { install } = JSON.parse(readFileSync(file, "utf8")) as Report;
    const found = new Map(install.map(({ metadata, download_info }) => [canonical(metadata.name), download_info]));
    for (const { name, version, sha256 } of pins) {
      const info = found.get(name);
      const got = info?.archive_info?.hashes?.sha256 ?? info?.archive_info?.hash?.replace("sha256=", "");
      if (got === sha256) continue;
      throw new LeptonError(
        "LEPTON_DOWNLOAD",
        `engine add: the package index has ${name} ${version} with SHA-256 ${got ?? "unknown"}, not the pinned ${sha256}; use another index.`,
      );
    }
    return new Map([...found].map(([name, { url }]) => [name, url]));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const canonical = (name: string): string => name.toLowerCase().replaceAll(/[-_.]+/g, "-");

async function askPip(
  python: string,
  pins: readonly Pin[],
  set: WheelSet,
  report: string,
  target: string,
): Promise<void> {
  const system = ["--only-binary=:all:", "--implementation", "cp", "--python-version", "3.11"];
  const platforms = set.platforms.flatMap((platform) => ["--platform", platform]);
  const what = ["--dry-run", "--quiet", "--no-deps", "--ignore-installed", "--target", target, "--report", report];
  const wanted = pins.map(({ name, version }) => `${name}==${version}`);
  try {
    await execute(python, ["-m", "pip", "install", ...what, ...system, ...platforms, ...wanted], { timeout: 300_000 });
  } catch (cause) {
    const { stderr, message } = cause as { stderr?: string; message: string };
    const said = (stderr || message).trim().split("\n").at(-1);
    throw new LeptonError(
      "LEPTON_DOWNLOAD",
      `engine add: pip (${python} -m pip, 22.2 or newer) does not find the wheels: ${said}`,
      { cause },
    );
  }
}

/** A line at each tenth of a large file, one for a small one. */
function progressOf({ name, version }: Pin, { say }: AddHost): (bytes: number, total: number) => void {
  const started = Date.now();
  let tenth = -1;
  let first = -1;
  return (bytes, total) => {
    if (first < 0) first = bytes;
    const isSmall = total > 0 && total < 50e6;
    const now = isSmall ? Math.floor(bytes / total) - 1 : Math.floor(bytes / Math.max(20e6, total / 10));
    if (now === tenth) return;
    tenth = now;
    const rate = (bytes - first) / 1e6 / Math.max(0.001, (Date.now() - started) / 1000);
    const of = total === 0 ? "" : ` of ${(total / 1e6).toFixed(0)}`;
    say(`${name} ${version}: ${(bytes / 1e6).toFixed(0)}${of} MB, ${rate.toFixed(1)} MB/s`);
  };
}

/** Libraries, the version and the operators' schemas; headers, Python and, for the CPU, CUDA's half of torch stay in the wheel. */
const unpacking = `
import re, sys, zipfile
wheel, into, cuda = sys.argv[1], sys.argv[2], sys.argv[3] == "1"
wanted = re.compile(r"^(torch/lib/|torch/version\\.py$|torchgen/packaged/ATen/native/native_functions\\.yaml$|nvidia/.*\\.(so|dll)|functorch/\\.dylibs/)")
unwanted = re.compile(r"torch/lib/(libtorch_python|torch_python|libshm)|\\.lib$|\\.a$")
gpu = re.compile(r"torch/lib/lib(torch_cuda|c10_cuda|torch_nvshmem|caffe2_nvrtc)")
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if wanted.search(name) and not unwanted.search(name) and (cuda or not gpu.search(name)):
            archive.extract(name, into)
`;

async function unpack(python: string, wheel: string, into: string, withCuda: boolean): Promise<void> {
  const part = `${into}.part`;
  mkdirSync(path.dirname(into), { recursive: true });
  if (existsSync(into)) renameSync(into, part);
  await execute(python, ["-c", unpacking, wheel, part, withCuda ? "1" : "0"], { timeout: 600_000 });
  renameSync(part, into);
}
