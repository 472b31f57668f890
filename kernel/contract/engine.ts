/** The door to native libraries that run programs (STYLE.md 8). An engine sees tensors, never columns or layers. */
import type { Program, TensorData } from "./program.ts";

export interface DeviceInfo {
  /** "cpu", "webgpu", "cuda:0", "mps". */
  readonly name: string;
  /** As the maker calls it: "NVIDIA H100", "2 threads". */
  readonly description: string;
}

/**
 * What products and convolutions of a training step compute in; sums, norms, weights and the optimiser stay f32. tf32 is f32 with 10 bits of mantissa, on
 * NVIDIA GPUs.
 */
export type Precision = "f32" | "tf32" | "bf16" | "f16";

export interface CompileOptions {
  readonly device: string;
  /** CPU threads inside an operator; 0 lets the engine choose. */
  readonly threads: number;
  /** f32 when left out. An engine that has not the one asked for refuses it. */
  readonly precision?: Precision | undefined;
}

export interface Engine {
  readonly name: string;
  /** Why it cannot run here, with the remedy; null when it can. */
  unavailable(): Promise<string | null>;
  devices(): Promise<readonly DeviceInfo[]>;
  /** Prepare every entry; state starts as zeros until `load`. @throws LEPTON_ENGINE_OP, LEPTON_DEVICE, LEPTON_OPTION_VALUE */
  compile(program: Program, options: CompileOptions): Promise<Executable>;
}

/** A program ready to run, with its state on the device. Not re-entrant: await one run before the next. */
export interface Executable {
  /** Run an entry on feeds by name; resolves to the entry's outputs. State that the entry writes is replaced. */
  run(entry: string, feeds: Readonly<Record<string, TensorData>>): Promise<Readonly<Record<string, TensorData>>>;
  /** One state tensor, copied to the host. Waits for the device. */
  read(name: string): Promise<TensorData>;
  /** All state, copied to the host. */
  state(): Promise<Readonly<Record<string, TensorData>>>;
  /** Replace state by name; names left out keep their values. @throws LEPTON_CHECKPOINT on unknown names or shapes */
  load(state: Readonly<Record<string, TensorData>>): Promise<void>;
  dispose(): Promise<void>;
}
