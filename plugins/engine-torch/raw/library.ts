/**
 * libtorch in this process: loaded once from a folder, its functions bound one to one, every missing one named. Enters: the folder that find.ts found;
 * leaves: functions of numbers. Only this folder knows addresses; lower/ and executable.ts know operators and handles.
 */

import path from "node:path";
import { LeptonError } from "@lepton/contract";
import { type Declared, readDeclared } from "./declared.ts";
import { failureOf } from "./failure.ts";
import { Scratch } from "./scratch.ts";
import type { Shim } from "./shims.ts";
import { type SymbolName, symbols } from "./symbols.ts";

/** A C function that takes and returns numbers; `errorText` alone returns text. */
export type Native = (...args: (number | bigint | boolean)[]) => number;

export interface Torch {
  readonly folder: string;
  readonly natives: Readonly<Record<SymbolName, Native>>;
  readonly scratch: Scratch;
  /** A plain C function of an operator on a device, undefined where this library has none. */
  direct(shim: Shim, device: DeviceKind): Native | undefined;
  /** Whether the library has an operator as the table says: a call of another form would be a crash. */
  readonly declared: Declared;
  /** Writes one slot at an address outside the scratch. */
  poke(address: number, low: number, high: number): void;
  /** Handles that we own now: the count that must not grow. */
  live: number;
  /** What a missing optional function takes away. */
  readonly lacks: readonly string[];
}

export type DeviceKind = "cpu" | "cuda" | "mps";

let loaded: Promise<Torch> | undefined;
let loadedFrom = "";

/**
 * @param threads  for operators on the CPU; only the first load can set it (the library reads it once), 0 leaves it to torch
 * @throws LEPTON_ENGINE_NONE when the library does not load or lacks functions
 */
export async function loadTorch(folder: string, threads: number): Promise<Torch> {
  if (loaded && loadedFrom === folder) return await loaded;
  if (loaded)
    throw new LeptonError(
      "LEPTON_ENGINE_NONE",
      `torch is loaded from ${loadedFrom} already; restart to use ${folder}.`,
    );
  loadedFrom = folder;
  loaded = openLibrary(folder, threads);
  loaded.catch(() => {
    loaded = undefined;
  });
  return await loaded;
}

async function openLibrary(folder: string, threads: number): Promise<Torch> {
  if (threads > 0) {
    // Read by OpenMP and MKL when they load: the C interface has no function for it.
    process.env["OMP_NUM_THREADS"] = String(threads);
    process.env["MKL_NUM_THREADS"] = String(threads);
  }
  const { default: koffi } = await import("koffi");
  const open = (name: string) => {
    try {
      return koffi.load(path.join(folder, libraryFile(name)), { global: true });
    } catch (cause) {
      throw new LeptonError("LEPTON_ENGINE_NONE", explainLoad(folder, name, (cause as Error).message), { cause });
    }
  };
  open("c10");
  const library = open("torch_cpu");
  const natives: Record<string, Native> = {};
  const [missing, lacks]: [string[], string[]] = [[], []];
  for (const [key, { name, returns, takes, since, ...rest }] of Object.entries(symbols)) {
    try {
      natives[key] = library.func(name, returns, takes as string[]) as unknown as Native;
    } catch {
      // koffi's only way to say that a function is not there
      if ("without" in rest) lacks.push(`${rest.without} (${name}, since ${since})`);
      else missing.push(`${name} (since ${since})`);
    }
  }
  if (missing.length > 0)
    throw new LeptonError(
      "LEPTON_ENGINE_NONE",
      `engine torch: the library in ${folder} lacks ${missing.join(", ")}; install torch 2.11 or newer.`,
    );
  const scratch = new Scratch((buffer) => Number(koffi.address(buffer)));
  const poke: Torch["poke"] = (address, low, high) =>
    koffi.encode(BigInt(address), "uint64_t", BigInt(high >>> 0) * 4294967296n + BigInt(low >>> 0));
  natives["newOptional"] ??= optionalMaker((name) => koffi.load(name), poke);
  natives["setGradMode"]!(false);
  return {
    folder,
    natives: natives as Torch["natives"],
    scratch,
    live: 0,
    lacks,
    declared: readDeclared(folder),
    direct: directBinder(library, (name) => open(name)),
    poke,
  };
}

/** operator new(size_t), which belongs to the delete that torch was built with. */
const cppAllocators: Readonly<Partial<Record<NodeJS.Platform, readonly [string, string]>>> = {
  linux: ["libstdc++.so.6", "_Znwm"],
  darwin: ["libc++.1.dylib", "_Znwm"],
  win32: ["ucrtbase.dll", "malloc"],
};

/**
 * What torch_new_stable_ivalue does, for libraries from before 2.13: eight bytes of C++'s own memory, which the callee deletes.
 *
 * @source torch/csrc/stable/stableivalue_conversions.h of torch 2.11: `new StableIValue`
 */
function optionalMaker(load: (name: string) => Library, poke: Torch["poke"]): Native {
  const [library, name] = cppAllocators[process.platform] ?? cppAllocators["linux"]!;
  const allocate = load(library).func(name, "uint64_t", ["size_t"]) as unknown as (size: number) => number;
  return (result) => {
    const made = Number(allocate(8));
    poke(Number(result), made, made / 4294967296);
    return 0;
  };
}

type Library = ReturnType<typeof import("koffi")["load"]>;

/** Binds each function when it is first asked for; those of CUDA are in a library of their own. */
function directBinder(cpu: Library, open: (name: string) => Library): Torch["direct"] {
  const known = new Map<string, Native | undefined>();
  return (shim, device) => {
    const name = `aoti_torch_${device}_${shim.name}`;
    if (!known.has(name)) {
      const library = device === "cuda" ? open("torch_cuda") : cpu;
      known.set(name, bind(library, name, shim.types));
    }
    return known.get(name);
  };
}

function bind(library: Library, name: string, types: readonly string[]): Native | undefined {
  try {
    return library.func(name, "int32_t", types as string[]) as unknown as Native;
  } catch {
    return undefined; // koffi's only way to say that a function is not there
  }
}

/** More libraries of the same folder, for a device. @throws LEPTON_DEVICE */
export async function loadDeviceLibraries(folder: string, names: readonly string[]): Promise<void> {
  const { default: koffi } = await import("koffi");
  for (const name of names) {
    try {
      koffi.load(path.join(folder, libraryFile(name)), { global: true });
    } catch (cause) {
      throw new LeptonError("LEPTON_DEVICE", explainLoad(folder, name, (cause as Error).message), { cause });
    }
  }
}

/** "c10" as this system calls a library's file. */
export function libraryFile(name: string): string {
  if (process.platform === "win32") return `${name}.dll`;
  return `lib${name}.${process.platform === "darwin" ? "dylib" : "so"}`;
}

function explainLoad(folder: string, name: string, text: string): string {
  const needed = /(lib[\w.-]+\.so[\w.]*): cannot open/.exec(text)?.[1];
  const remedy = needed
    ? `it needs ${needed}: pip install nvidia-cuda-runtime nvidia-cuda-cupti beside torch`
    : "is it whole, and of this machine's system? Run lepton engine add torch, or install torch anew";
  return `engine torch: ${libraryFile(name)} in ${folder} does not load (${text.split("\n")[0]}); ${remedy}.`;
}

/** Turns a non-zero code into an error with torch's words. @throws LEPTON_MEMORY, or a plain Error */
export function check(torch: Torch, status: number, where: string, asked?: number): void {
  if (status === 0) return;
  throw failureOf(torch.natives.errorText?.() as unknown as string | undefined, where, asked);
}
