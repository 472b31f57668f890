/**
 * Where a program's state lives between entries. On the CPU each tensor has two buffers: an entry reads one and writes the other, then they change
 * places, so that a step allocates nothing. On a GPU the results stay there and become the next inputs.
 */
import type { Graph, StateSpec, TensorData } from "@lepton/contract";
import { GraphBuilder, stopGradient } from "@lepton/graph";
import type * as Ort from "onnxruntime-node";
import { type Packing, partOf } from "./packing.ts";
import { createSession, type Runtime } from "./runtime.ts";
import { fromOrt, toOrt, zeros } from "./tensors.ts";

export interface State {
  readonly names: readonly string[];
  /** The tensor that an entry reads. */
  input(name: string): Ort.Tensor;
  /** The tensor that an entry writes to, or null to let onnxruntime make it. */
  target(name: string): Ort.Tensor | null;
  /** Take what an entry wrote as the new value. */
  accept(name: string, written: Ort.Tensor): void;
  /** Copies on the host. */
  read(names: readonly string[]): Promise<Readonly<Record<string, TensorData>>>;
  write(name: string, value: TensorData): void;
  dispose(): Promise<void>;
}

const copy = ({ dtype, shape, data }: TensorData): TensorData => ({ dtype, shape, data: data.slice() });

export function hostState(ort: Runtime, specs: readonly StateSpec[]): State {
  const fresh = ({ dtype, shape }: StateSpec) => toOrt(ort, zeros(dtype, shape));
  const buffers = new Map(specs.map((spec) => [spec.name, { current: fresh(spec), spare: fresh(spec) }]));
  return {
    names: specs.map((spec) => spec.name),
    input: (name) => buffers.get(name)!.current,
    target: (name) => buffers.get(name)!.spare,
    accept(name) {
      const pair = buffers.get(name)!;
      [pair.current, pair.spare] = [pair.spare, pair.current];
    },
    read: async (names) => Object.fromEntries(names.map((name) => [name, copy(fromOrt(buffers.get(name)!.current))])),
    write(name, value) {
      buffers.get(name)!.current = toOrt(ort, copy(value));
    },
    dispose: async () => buffers.clear(),
  };
}

/** A state by the names that it had before it was packed. */
export function unpacked(state: State, { places, name: vector }: Packing, names: readonly string[]): State {
  if (places.size === 0) return state;
  const whole = (): TensorData => fromOrt(state.input(vector));
  return {
    ...state,
    names,
    async read(wanted) {
      const own = await state.read(wanted.filter((name) => !places.has(name)));
      const part = (name: string) => {
        const place = places.get(name);
        return place ? copy(partOf(whole(), place)) : own[name]!;
      };
      return Object.fromEntries(wanted.map((name) => [name, part(name)]));
    },
    write(name, value) {
      const place = places.get(name);
      if (place) (partOf(whole(), place).data as Float32Array).set(value.data as Float32Array);
      else state.write(name, value);
    },
  };
}

/** State as GPU buffers. `getData()` on one aborts the process (onnxruntime-node 1.30), so it is read through a session that copies. */
export function webgpuState(ort: Runtime, specs: readonly StateSpec[]): State {
  const tensors = new Map(specs.map((spec) => [spec.name, toOrt(ort, zeros(spec.dtype, spec.shape))]));
  let reader: Promise<Ort.InferenceSession> | undefined;
  const replace = (name: string, tensor: Ort.Tensor) => {
    const old = tensors.get(name)!;
    if (old !== tensor && old.location !== "cpu") old.dispose();
    tensors.set(name, tensor);
  };
  return {
    names: specs.map((spec) => spec.name),
    input: (name) => tensors.get(name)!,
    target: () => null,
    accept: replace,
    async read(names) {
      const onDevice = names.filter((name) => tensors.get(name)!.location !== "cpu");
      const found: Record<string, Ort.Tensor> = Object.fromEntries(names.map((name) => [name, tensors.get(name)!]));
      if (onDevice.length > 0) {
        reader ??= createSession(ort, {
          name: "read",
          graph: copyGraph(specs),
          device: "webgpu",
          threads: 1,
          onDevice: [],
        });
        const results = await (await reader).run(Object.fromEntries(tensors), onDevice.map(copyName));
        for (const name of onDevice) found[name] = results[copyName(name)]!;
      }
      return Object.fromEntries(names.map((name) => [name, copy(fromOrt(found[name]!))]));
    },
    write: (name, value) => replace(name, toOrt(ort, copy(value))),
    async dispose() {
      for (const tensor of tensors.values()) if (tensor.location !== "cpu") tensor.dispose();
      tensors.clear();
      await (await reader)?.release();
    },
  };
}

const copyName = (name: string): string => `${name}:copy`;

/** Each state tensor in, its copy out. */
function copyGraph(specs: readonly StateSpec[]): Graph {
  const builder = new GraphBuilder();
  const inputs = specs.map(({ name, dtype, shape }) => builder.input(name, dtype, shape));
  return builder.build(Object.fromEntries(inputs.map((input) => [copyName(input.id), stopGradient(input)])));
}
