/**
 * What a model's layers make while they build graph: parameters, statistics with their next values, and random feeds. Enter: calls of layers;
 * leave: inputs of the graph and the state that a program needs. Apart because layers must not know of entries or of how state is kept.
 */
import { type FeedRole, type FeedSpec, type Initial, LeptonError, type Shape, type StateSpec } from "@lepton/contract";
import { type GraphBuilder, gather, Tensor } from "@lepton/graph";

/** train: dropout is on and batch norm uses the batch's statistics; predict: neither. */
export type Mode = "train" | "predict";

export interface Parameter {
  readonly spec: StateSpec;
  readonly tensor: Tensor;
  /** Whether L2 counts it: weights, not biases nor the scales of norms. */
  readonly penalized: boolean;
}

/** A large embedding table that lies beside the engine, which is fed the rows that a batch uses. */
export interface HostTable {
  readonly spec: StateSpec;
  /** Which row each place of the batch uses: [B, ...] i32. */
  readonly indices: Tensor;
  /** A feed: the row of each place [B, ..., D]. */
  readonly rows: Tensor;
}

/** A layer as a table of the model shows it. */
export interface LayerMade {
  readonly name: string;
  /** Of its output; of all its outputs for a layer with a state. */
  readonly output: Shape;
  /** Learnt numbers. */
  readonly parameters: number;
}

export class ModelContext {
  readonly builder: GraphBuilder;
  readonly mode: Mode;
  readonly parameters: Parameter[] = [];
  readonly tables: HostTable[] = [];
  readonly statistics: { readonly spec: StateSpec; readonly tensor: Tensor; next: Tensor | null }[] = [];
  readonly feeds: FeedSpec[] = [];
  readonly #counts = new Map<string, number>();
  /** Name ─► shape of the output. */
  readonly #layers = new Map<string, Shape>();

  readonly #stateOf: (spec: StateSpec) => Tensor;
  /** Whether large tables lie beside the engine: where a program is built that is trained. */
  readonly keepsTables: boolean;

  /** @param stateOf  where a parameter or statistic comes from: an input of its name, or a constant when the model is served */
  constructor(
    builder: GraphBuilder,
    mode: Mode,
    stateOf: (spec: StateSpec) => Tensor = ({ name, dtype, shape }) => builder.input(name, dtype, shape),
    keepsTables = false,
  ) {
    this.keepsTables = keepsTables;
    this.builder = builder;
    this.mode = mode;
    this.#stateOf = stateOf;
  }

  /** Build a layer under its name: the given one, or kind and number ("dense1"). Messages inside carry it. @throws LEPTON_MODEL on a name used twice */
  layer<T = Tensor>(kind: string, given: string | undefined, build: (name: string) => T): T {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const name = given ?? `${kind}${count}`;
    if (this.#layers.has(name)) {
      throw new LeptonError("LEPTON_MODEL", `two layers are named "${name}"; give each a name of its own.`);
    }
    this.#layers.set(name, []);
    const made = this.builder.label(name, () => build(name));
    const output = made instanceof Tensor ? made : (made as { readonly outputs?: Tensor }).outputs;
    this.#layers.set(name, output?.shape ?? []);
    return made;
  }

  /** All layers in the order in which they were made, then parameters of one's own. */
  layersMade(): readonly LayerMade[] {
    const sizeOf = (shape: Shape) => shape.reduce<number>((size, dim) => size * Number(dim), 1);
    const layerOf = (name: string) => [...this.#layers.keys()].find((layer) => name.startsWith(`${layer}.`));
    const counted = [...this.parameters, ...this.tables].map(({ spec }) => ({
      layer: layerOf(spec.name),
      spec,
      size: sizeOf(spec.shape),
    }));
    const layers = [...this.#layers].map(([name, output]) => {
      const parameters = counted.filter(({ layer }) => layer === name).reduce((sum, { size }) => sum + size, 0);
      return { name, output, parameters };
    });
    const own = counted.filter(({ layer }) => layer === undefined);
    return [...layers, ...own.map(({ spec, size }) => ({ name: spec.name, output: spec.shape, parameters: size }))];
  }

  /** A learnt tensor. The same name in another entry is the same tensor. */
  parameter(name: string, shape: readonly number[], initial: Initial, penalized: boolean): Tensor {
    const spec: StateSpec = { name, dtype: "f32", shape, role: "parameter", initial };
    const tensor = this.#state(spec);
    this.parameters.push({ spec, tensor, penalized });
    return tensor;
  }

  /** Rows of a large table at indices [B, ...]: [B, ..., D]. */
  table(name: string, shape: readonly [number, number], initial: Initial, indices: Tensor): Tensor {
    if (!this.keepsTables) return gather(this.parameter(name, shape, initial, false), indices);
    this.#assertFree(name);
    const spec: StateSpec = { name, dtype: "f32", shape, role: "parameter", initial };
    const fed: FeedSpec = {
      name: `${name}.rows`,
      dtype: "f32",
      shape: [...indices.shape, shape[1]],
      role: { kind: "table", of: name },
    };
    this.feeds.push(fed);
    const rows = this.builder.input(fed.name, fed.dtype, fed.shape);
    this.tables.push({ spec, indices, rows });
    return rows;
  }

  /** A tensor that training keeps beside the parameters (batch norm's running averages). */
  statistic(name: string, shape: readonly number[], initial: Initial): Tensor {
    const spec: StateSpec = { name, dtype: "f32", shape, role: "statistic", initial };
    const tensor = this.#state(spec);
    this.statistics.push({ spec, tensor, next: null });
    return tensor;
  }

  /** What a statistic becomes after this training step. */
  setStatistic(statistic: Tensor, next: Tensor): void {
    const found = this.statistics.find(({ tensor }) => tensor === statistic);
    if (!found) throw new Error(`${statistic} is not a statistic`);
    found.next = next;
  }

  /** Fresh random numbers at every step, the same for the same seed, step and place in the model. */
  random(distribution: "uniform" | "normal" | "keepMask", shape: Shape, rate?: number): Tensor {
    const key = this.feeds.filter((feed) => feed.role.kind === "random").length + 1;
    const role: FeedRole = { kind: "random", distribution, key, ...(rate === undefined ? {} : { rate }) };
    const feed: FeedSpec = { name: `random${key}`, dtype: "f32", shape, role };
    this.feeds.push(feed);
    return this.builder.input(feed.name, "f32", shape);
  }

  #state(spec: StateSpec): Tensor {
    this.#assertFree(spec.name);
    return this.#stateOf(spec);
  }

  #assertFree(name: string): void {
    if ([...this.parameters, ...this.tables, ...this.statistics].some((known) => known.spec.name === name)) {
      throw new LeptonError("LEPTON_MODEL", `two parameters are named "${name}"; give each a name of its own.`);
    }
  }
}
