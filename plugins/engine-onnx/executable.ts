/**
 * A program in onnxruntime: one session an entry, made when the entry first runs, over one state. Each state tensor has two buffers: an entry reads
 * one and writes the other, then they change places, so that a training step allocates nothing.
 */
import {
  type Entry,
  type Executable,
  LeptonError,
  type Program,
  type StateSpec,
  type TensorData,
} from "@lepton/contract";
import { toOnnx } from "@lepton/graph";
import type * as Ort from "onnxruntime-node";
import { fromOrt, isWhole, toOrt, zeros } from "./tensors.ts";

type Runtime = typeof Ort;
type Feeds = Readonly<Record<string, TensorData>>;

interface Buffers {
  readonly spec: StateSpec;
  current: Ort.Tensor;
  spare: Ort.Tensor;
}

interface Prepared {
  readonly entry: Entry;
  readonly session: Ort.InferenceSession;
  /** Graph inputs that are state, and those that are fed. */
  readonly reads: readonly string[];
  readonly feeds: readonly string[];
  /** State name and the graph output with its next value. */
  readonly writes: readonly (readonly [string, string])[];
}

export class OnnxExecutable implements Executable {
  readonly #ort: Runtime;
  readonly #program: Program;
  readonly #threads: number;
  readonly #state = new Map<string, Buffers>();
  readonly #entries = new Map<string, Promise<Prepared>>();

  constructor(ort: Runtime, program: Program, threads: number) {
    this.#ort = ort;
    this.#program = program;
    this.#threads = threads;
    for (const spec of program.state) {
      const fresh = () => toOrt(ort, zeros(spec.dtype, spec.shape));
      this.#state.set(spec.name, { spec, current: fresh(), spare: fresh() });
    }
  }

  async run(name: string, given: Feeds): Promise<Readonly<Record<string, TensorData>>> {
    const prepared = await this.#prepare(name);
    const results = await prepared.session.run(this.#inputs(name, prepared, given), this.#targets(prepared));
    for (const [state] of prepared.writes) {
      const buffers = this.#state.get(state)!;
      [buffers.current, buffers.spare] = [buffers.spare, buffers.current];
    }
    return Object.fromEntries(prepared.entry.outputs.map((output) => [output, fromOrt(results[output]!)]));
  }

  async read(name: string): Promise<TensorData> {
    const { dtype, shape, data } = fromOrt(this.#buffers(name).current);
    return { dtype, shape, data: data.slice() };
  }

  async state(): Promise<Readonly<Record<string, TensorData>>> {
    const names = [...this.#state.keys()];
    return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await this.read(name)])));
  }

  async load(state: Feeds): Promise<void> {
    for (const [name, tensor] of Object.entries(state)) {
      const { spec } = this.#buffers(name);
      const wanted = `${spec.dtype} [${spec.shape.join(", ")}]`;
      const got = `${tensor.dtype} [${tensor.shape.join(", ")}]`;
      if (wanted !== got || !isWhole(tensor))
        throw new LeptonError(
          "LEPTON_CHECKPOINT",
          `state "${name}" must be ${wanted}, got ${got}; is the file of this model?`,
        );
    }
    for (const [name, { dtype, shape, data }] of Object.entries(state))
      this.#buffers(name).current = toOrt(this.#ort, { dtype, shape, data: data.slice() });
  }

  async dispose(): Promise<void> {
    const all = [...this.#entries.values()];
    this.#entries.clear();
    for (const prepared of await Promise.allSettled(all))
      if (prepared.status === "fulfilled") await prepared.value.session.release();
    this.#state.clear();
  }

  #buffers(name: string): Buffers {
    const buffers = this.#state.get(name);
    if (buffers) return buffers;
    const names = [...this.#state.keys()].join(", ");
    throw new LeptonError("LEPTON_CHECKPOINT", `the program has no state "${name}"; state: ${names}.`);
  }

  #prepare(name: string): Promise<Prepared> {
    const known = this.#entries.get(name);
    if (known) return known;
    const prepared = this.#createSession(name);
    this.#entries.set(name, prepared);
    return prepared;
  }

  async #createSession(name: string): Promise<Prepared> {
    const entry = this.#program.entries[name];
    if (!entry) throw new Error(`the program has no entry "${name}"; entries: ${Object.keys(this.#program.entries)}`);
    const inputs = new Set(entry.graph.inputs.map((input) => input.id));
    const session = await this.#ort.InferenceSession.create(toOnnx(entry.graph, { name }), {
      executionProviders: ["cpu"],
      graphOptimizationLevel: "all",
      intraOpNumThreads: this.#threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
    });
    return {
      entry,
      session,
      reads: entry.reads.filter((state) => inputs.has(state)),
      feeds: entry.feeds.map((feed) => feed.name).filter((feed) => inputs.has(feed)),
      writes: Object.entries(entry.writes),
    };
  }

  #inputs(name: string, { reads, feeds }: Prepared, given: Feeds): Record<string, Ort.Tensor> {
    const inputs: Record<string, Ort.Tensor> = {};
    for (const state of reads) inputs[state] = this.#state.get(state)!.current;
    for (const feed of feeds) {
      const tensor = given[feed];
      if (!tensor) throw new LeptonError("LEPTON_SHAPE", `entry ${name} must be fed "${feed}", it was not given.`);
      inputs[feed] = toOrt(this.#ort, tensor);
    }
    return inputs;
  }

  /** Where results go: state into its spare buffer, the rest is allocated by onnxruntime. */
  #targets({ entry, writes }: Prepared): Record<string, Ort.Tensor | null> {
    const targets: Record<string, Ort.Tensor | null> = {};
    for (const output of entry.outputs) targets[output] = null;
    for (const [state, output] of writes) targets[output] = this.#state.get(state)!.spare;
    return targets;
  }
}
