/** A program in onnxruntime: one session an entry, made when the entry first runs, over one state that stays on the device. */
import type { Entry, Executable, FeedSpec, Program, StateSpec, TensorData } from "@lepton/contract";
import { bindFeeds, checkState, type Feeds, stateSpecOf } from "@lepton/graph";
import type * as Ort from "onnxruntime-node";
import { packState } from "./packing.ts";
import { createSession, type Device, explain, type Runtime } from "./runtime.ts";
import { hostState, type State, unpacked, webgpuState } from "./state.ts";
import { fromOrt, toOrt } from "./tensors.ts";

interface Prepared {
  readonly name: string;
  readonly entry: Entry;
  readonly session: Ort.InferenceSession;
  /** State that the graph reads, and feeds that it takes. */
  readonly reads: readonly string[];
  readonly feeds: readonly FeedSpec[];
  /** State name and the graph output with its next value. */
  readonly writes: readonly (readonly [state: string, output: string])[];
  /** Outputs for the caller; `copied` ones are also written to the state, whose buffer the next step overwrites. */
  readonly outputs: readonly { readonly name: string; readonly copied: boolean }[];
}

export interface OnnxOptions {
  readonly device: Device;
  readonly threads: number;
}

export class OnnxExecutable implements Executable {
  readonly #ort: Runtime;
  readonly #program: Program;
  readonly #options: OnnxOptions;
  readonly #specs: ReadonlyMap<string, StateSpec>;
  readonly #state: State;
  readonly #entries = new Map<string, Promise<Prepared>>();

  constructor(ort: Runtime, program: Program, options: OnnxOptions) {
    this.#ort = ort;
    this.#options = options;
    this.#specs = new Map(program.state.map((spec) => [spec.name, spec]));
    if (options.device === "cpu") {
      const packing = packState(program);
      this.#program = packing.program;
      this.#state = unpacked(hostState(ort, packing.program.state), packing, [...this.#specs.keys()]);
    } else {
      this.#program = program;
      this.#state = webgpuState(ort, program.state);
    }
  }

  async run(name: string, given: Feeds): Promise<Readonly<Record<string, TensorData>>> {
    const prepared = await this.#prepare(name);
    bindFeeds(name, prepared.feeds, given);
    const results = await this.#step(prepared, given);
    const outputs: Record<string, TensorData> = {};
    for (const { name: output, copied } of prepared.outputs) {
      const tensor = fromOrt(results[output]!);
      outputs[output] = copied ? { ...tensor, data: tensor.data.slice() } : tensor;
    }
    for (const [state, output] of prepared.writes) this.#state.accept(state, results[output]!);
    return outputs;
  }

  async read(name: string): Promise<TensorData> {
    stateSpecOf(this.#specs, name);
    return (await this.#state.read([name]))[name]!;
  }

  async state(): Promise<Readonly<Record<string, TensorData>>> {
    return await this.#state.read(this.#state.names);
  }

  async load(state: Feeds): Promise<void> {
    for (const [name, tensor] of Object.entries(state)) checkState(this.#specs, name, tensor);
    for (const [name, tensor] of Object.entries(state)) this.#state.write(name, tensor);
  }

  async dispose(): Promise<void> {
    const all = [...this.#entries.values()];
    this.#entries.clear();
    for (const prepared of await Promise.allSettled(all))
      if (prepared.status === "fulfilled") await prepared.value.session.release();
    await this.#state.dispose();
  }

  async #step(prepared: Prepared, given: Feeds): Promise<Ort.InferenceSession.OnnxValueMapType> {
    const inputs: Record<string, Ort.Tensor> = {};
    for (const state of prepared.reads) inputs[state] = this.#state.input(state);
    for (const feed of prepared.feeds) inputs[feed.name] = toOrt(this.#ort, given[feed.name]!);
    const targets: Record<string, Ort.Tensor | null> = {};
    for (const output of prepared.outputs) targets[output.name] = null;
    for (const [state, output] of prepared.writes) targets[output] = this.#state.target(state);
    try {
      return await prepared.session.run(inputs, targets);
    } catch (cause) {
      throw explain(cause, `entry ${prepared.name}`, this.#options.device);
    }
  }

  #prepare(name: string): Promise<Prepared> {
    const known = this.#entries.get(name);
    if (known) return known;
    const prepared = this.#createEntry(name);
    this.#entries.set(name, prepared);
    return prepared;
  }

  async #createEntry(name: string): Promise<Prepared> {
    const entry = this.#program.entries[name];
    const names = Object.keys(this.#program.entries).join(", ");
    if (!entry) throw new Error(`the program has no entry "${name}"; entries: ${names}`);
    const inputs = new Set(entry.graph.inputs.map((input) => input.id));
    const written = Object.values(entry.writes);
    const onDevice = written.filter((output) => !entry.outputs.includes(output));
    const session = await createSession(this.#ort, { name, graph: entry.graph, onDevice, ...this.#options });
    return {
      name,
      entry,
      session,
      reads: entry.reads.filter((state) => inputs.has(state)),
      feeds: entry.feeds.filter((feed) => inputs.has(feed.name)),
      writes: Object.entries(entry.writes),
      outputs: entry.outputs.map((output) => ({ name: output, copied: written.includes(output) })),
    };
  }
}
