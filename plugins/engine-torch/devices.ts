/**
 * Devices by name: cpu, cuda:N, mps. A GPU is listed when its library lies beside torch and the system shows one; it is opened, and its libraries loaded,
 * when a program is compiled for it.
 */
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { type DeviceInfo, LeptonError } from "@lepton/contract";
import type { FoundTorch } from "./find.ts";
import type { Place } from "./raw/handles.ts";
import { libraryFile, loadDeviceLibraries, type Torch } from "./raw/library.ts";

export async function describeDevices({ folder, version }: FoundTorch): Promise<readonly DeviceInfo[]> {
  const cpu = { name: "cpu", description: `${availableParallelism()} threads, torch ${version}${lackOf(version)}` };
  const gpus = hasLibrary(folder, "torch_cuda")
    ? nvidiaDevices().map((index) => ({ name: `cuda:${index}`, description: `NVIDIA GPU ${index}, torch ${version}` }))
    : [];
  const isApple = process.platform === "darwin" && process.arch === "arm64";
  const apple = isApple ? [{ name: "mps", description: `Apple GPU, torch ${version}; not tested by Lepton yet` }] : [];
  return [cpu, ...gpus, ...apple];
}

/** What an older torch does less well. */
function lackOf(version: string): string {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major === 2 && minor < 13 ? " (before 2.13 its words about an error are only printed)" : "";
}

/** @throws LEPTON_DEVICE for a name that is none, or one that this machine lacks */
export async function openDevice(torch: Torch, name: string): Promise<Place> {
  const { natives, folder } = torch;
  if (name === "cpu") return { type: natives.cpu(), index: -1, onHost: true, kind: "cpu" };
  const cuda = /^cuda(?::(\d+))?$/.exec(name);
  if (cuda) {
    const index = Number(cuda[1] ?? 0);
    requireNvidia(folder, name, index);
    await loadDeviceLibraries(folder, ["c10_cuda", "torch_cuda"]);
    return { type: natives.cuda(), index, onHost: false, kind: "cuda" };
  }
  if (name === "mps" && process.platform === "darwin")
    return { type: natives.mps(), index: 0, onHost: false, kind: "mps" };
  const law = `engine torch: device must be cpu, cuda, cuda:N${process.platform === "darwin" ? " or mps" : ""}`;
  throw new LeptonError("LEPTON_DEVICE", `${law}, got "${name}".`);
}

function requireNvidia(folder: string, name: string, index: number): void {
  const refuse = (reason: string): never => {
    throw new LeptonError("LEPTON_DEVICE", `engine torch: device ${name} cannot be used: ${reason}; use --device cpu.`);
  };
  if (!hasLibrary(folder, "torch_cuda")) refuse(`the torch in ${folder} was built without CUDA`);
  const found = nvidiaDevices();
  if (found.length === 0) refuse("no NVIDIA GPU is visible on this machine");
  if (!found.includes(index)) refuse(`this machine has ${found.map((one) => `cuda:${one}`).join(", ")}`);
}

const hasLibrary = (folder: string, name: string): boolean => existsSync(path.join(folder, libraryFile(name)));

/** Numbers of GPUs whose device files exist; on Windows the driver's library stands for one GPU. */
function nvidiaDevices(): readonly number[] {
  if (process.platform === "win32") {
    const driver = path.join(process.env["SystemRoot"] ?? "C:\\Windows", "System32", "nvcuda.dll");
    return existsSync(driver) ? [0] : [];
  }
  if (!existsSync("/dev/nvidiactl")) return [];
  const files = readdirSync("/dev").filter((file) => /^nvidia\d+$/.test(file));
  return files.map((_, index) => index);
}
