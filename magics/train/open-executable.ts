/**
 * A program on the device that was asked for, or on the best that there is. Enter: plugins, an engine's name and a device's, "auto" for either; leaves: an
 * executable, and in words what was chosen and why not the others. Apart from choose-engine.ts, which knows no devices.
 */
import { existsSync, readdirSync } from "node:fs";
import {
  type Engine,
  type Executable,
  isLeptonError,
  LeptonError,
  type Precision,
  type Program,
} from "@lepton/contract";
import { didYouMean } from "../data/nearest-name.ts";
import type { Plugins } from "../plugins.ts";
import { chooseEngine, unknownEngine } from "./choose-engine.ts";
import { withHostTables } from "./host-tables.ts";

/** What "auto" tries, the fastest first. */
const kinds = ["cuda", "mps", "webgpu", "cpu"] as const;

export interface Wanted {
  /** "cpu", "webgpu", "cuda", "cuda:1", "mps" or "auto". */
  readonly device: string;
  readonly engine: string;
  readonly threads: number;
  readonly precision?: Precision | undefined;
}

export interface Opened {
  readonly executable: Executable;
  readonly engine: string;
  readonly device: string;
  /** What --device auto chose and why not the others; null where the device was named. */
  readonly choice: string | null;
}

/** @throws LEPTON_ENGINE_NONE, LEPTON_DEVICE, and what compiling throws on a device that was named */
export async function openExecutable(plugins: Plugins, program: Program, wanted: Wanted): Promise<Opened> {
  const { device, threads, precision } = wanted;
  const compile = (engine: Engine, on: string) =>
    withHostTables(program, (without) => engine.compile(without, { device: on, threads, precision }));
  if (device !== "auto") {
    const engine = await engineWith(plugins, wanted);
    return {
      executable: await compile(engine, device),
      engine: engine.name,
      device,
      choice: null,
    };
  }
  const refused: string[] = [];
  for (const option of await deviceOptions(plugins, wanted.engine)) {
    if ("reason" in option) {
      refused.push(`${option.kind}: ${option.reason}`);
      continue;
    }
    try {
      const executable = await compile(option.engine, option.device);
      const choice = `--device auto took ${option.device} of engine ${option.engine.name}${refused.length > 0 ? `; ${refused.join("; ")}` : ""}.`;
      return { executable, engine: option.engine.name, device: option.device, choice };
    } catch (error) {
      if (!isLeptonError(error)) throw error;
      refused.push(`${option.kind}: ${error.message.replace(/\.$/, "")}`);
    }
  }
  throw new LeptonError("LEPTON_ENGINE_NONE", `no device can run this. ${refused.join("; ")}. Run %lepton doctor.`);
}

export type DeviceOption =
  | { readonly kind: string; readonly engine: Engine; readonly device: string }
  | { readonly kind: string; readonly reason: string };

/** Each kind of device in the order of "auto": who offers it, or why nobody does. Asks, and opens nothing. */
export async function deviceOptions(plugins: Plugins, wanted: string): Promise<readonly DeviceOption[]> {
  const asked = plugins.engines().filter((engine) => wanted === "auto" || engine.name === wanted);
  if (asked.length === 0) await chooseEngine(plugins, wanted); // throws, naming the engines
  const answers = await Promise.all(
    asked.map(async (engine) => {
      try {
        const reason = await engine.unavailable();
        return { engine, reason, devices: reason === null ? await engine.devices() : [] };
      } catch (error) {
        return { engine, reason: `it failed to tell: ${(error as Error).message}`, devices: [] };
      }
    }),
  );
  return kinds.flatMap((kind): readonly DeviceOption[] => {
    const found = answers.flatMap(({ engine, devices }) =>
      devices
        .filter(({ name }) => name === kind || name.startsWith(`${kind}:`))
        .slice(0, 1)
        .map(({ name }) => ({ kind, engine, device: name })),
    );
    const software = kind === "webgpu" && found.length > 0 ? softwareOnly() : null;
    if (software !== null) return [{ kind, reason: software }];
    if (found.length > 0) return found;
    if (kind === "mps" && process.platform !== "darwin") return [{ kind, reason: "only macOS has it" }];
    const missing = answers.filter(({ reason }) => reason !== null && kind !== "webgpu");
    const told = missing.map(
      ({ engine, reason }) => `engine ${engine.name} cannot run here (${String(reason).replace(/\.$/, "")})`,
    );
    return [{ kind, reason: told.join(", ") || "no such device on this machine" }];
  });
}

/** Why an adapter of WebGPU can only be a program: on Linux a GPU has a device file. A software one is slower than the CPU engine. */
function softwareOnly(): string | null {
  if (process.platform !== "linux") return null;
  const render = existsSync("/dev/dri") && readdirSync("/dev/dri").some((name) => name.startsWith("renderD"));
  if (render || ["/dev/nvidiactl", "/dev/dxg"].some((file) => existsSync(file))) return null;
  return "its adapter is a program, for there is no GPU's device file; --device webgpu takes it all the same";
}

/** A misspelt engine or device, told before a process starts. @throws LEPTON_OPTION_VALUE, LEPTON_DEVICE */
export function assertKnownPlace(plugins: Plugins, { engine, device }: Pick<Wanted, "engine" | "device">): void {
  const names = plugins.engines().map(({ name }) => name);
  if (engine !== "auto" && !names.includes(engine)) throw unknownEngine(engine, names);
  const known: readonly string[] = ["auto", ...kinds];
  if (engine === "auto" && !known.includes(device.split(":")[0]!)) throw unknownDevice(device);
}

function unknownDevice(device: string): LeptonError {
  return new LeptonError(
    "LEPTON_DEVICE",
    `device must be auto or one of ${kinds.join(", ")}, got "${device}"${didYouMean(device, kinds)}`,
  );
}

/** The first engine that has a device of this name; the first that runs at all where none has, for its own words about it. */
async function engineWith(plugins: Plugins, { device, engine: wanted }: Wanted): Promise<Engine> {
  const first = await chooseEngine(plugins, wanted);
  if (wanted !== "auto" || device === "cpu") return first;
  const options = await deviceOptions(plugins, wanted);
  const kind = device.split(":")[0];
  const found = options.find((option) => option.kind === kind && "engine" in option);
  if (found && "engine" in found) return found.engine;
  if (kind === "webgpu") return first;
  const reasons = options
    .filter((option) => option.kind === kind)
    .map((option) => ("reason" in option ? option.reason : ""));
  if (reasons.length === 0) throw unknownDevice(device);
  throw new LeptonError(
    "LEPTON_DEVICE",
    `device ${device} cannot be used: ${reasons.join(", ")}; use --device cpu or auto.`,
  );
}
