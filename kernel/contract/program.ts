/**
 * What engines run: a program is named entries over one state (DESIGN.md 2). All of it is plain JSON-able data, except
 * tensors' bytes, which are typed arrays. magics/graph builds and checks programs; engines lower them; nothing here computes.
 */
import type { OptimizerSpec } from "./run.ts";

export type DType = "f32" | "f64" | "i32" | "i64" | "bool";

/** A dimension: a number, or a symbol (usually "B", the rows of a batch) fixed only when an entry runs. */
export type Dim = number | string;
export type Shape = readonly Dim[];

export type TensorBytes = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** A tensor outside an engine: row-major; `bool` is a Uint8Array of 0 and 1. */
export interface TensorData {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TensorBytes;
}

export type AttributeValue = number | string | boolean | readonly number[] | readonly string[];

/** One value of a graph: made by an input, a constant or a node. */
export interface GraphValue {
  readonly id: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

export interface GraphNode {
  /** An operator's name in magics/graph/ops, e.g. "matmul". */
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** Where it came from, for messages: the layer's name or "gradient of dense1". */
  readonly label?: string;
}

export interface GraphConstant {
  readonly id: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Values in row-major order; numbers so that a graph is plain JSON. bool as 0/1; i64 within 2^53. */
  readonly values: readonly number[];
}

/** A graph in topological order. `inputs`/`outputs` name values. */
export interface Graph {
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly { readonly name: string; readonly value: string }[];
  readonly values: Readonly<Record<string, GraphValue>>;
  readonly constants: readonly GraphConstant[];
  readonly nodes: readonly GraphNode[];
}

/** How a state tensor begins. Random ones come from the counter-based generator, keyed by the run's seed and the tensor's index. */
export type Initial =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  | { readonly kind: "normal"; readonly mean: number; readonly deviation: number }
  | { readonly kind: "values"; readonly values: readonly number[] };

export interface StateSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** parameter: learnt and served; statistic: served, not learnt by gradient (batch norm); moment, counter: the optimiser's. */
  readonly role: "parameter" | "statistic" | "moment" | "counter";
  readonly initial: Initial;
}

/** What an entry is fed besides state. */
export type FeedRole =
  /** Rows of the batch: features, target, or a weight a row (class weights; 1 where unused). */
  | { readonly kind: "batch"; readonly of: "x" | "y" | "weight" }
  /** One number the loop sets each step. */
  | { readonly kind: "scalar"; readonly of: "learningRate" }
  /** Of a large table that lies beside the engine: the row of each of the batch's places. */
  | { readonly kind: "table"; readonly of: string }
  /** The gradient of a parameter, by name, as the entry `gradients` returned it (perhaps summed over processes). */
  | { readonly kind: "gradient"; readonly of: string }
  /**
   * Random numbers from the counter-based generator keyed by (seed, step, key).
   * uniform: [0, 1). keepMask: 1/(1-rate) with probability 1-rate, else 0 (inverted dropout).
   */
  | {
      readonly kind: "random";
      readonly distribution: "uniform" | "normal" | "keepMask";
      readonly key: number;
      readonly rate?: number;
    };

export interface FeedSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly role: FeedRole;
}

/**
 * One entry point. Its graph's inputs are the feeds (by feed name) and the state it reads (by state name);
 * its graph's outputs are `outputs` (returned to the caller) and, for each `writes` pair, the state's next value.
 */
export interface Entry {
  readonly graph: Graph;
  readonly feeds: readonly FeedSpec[];
  readonly reads: readonly string[];
  /** State name ─► the graph output holding its next value. Double-buffered: an entry reads only old values. */
  readonly writes: Readonly<Record<string, string>>;
  readonly outputs: readonly string[];
}

/**
 * Entries that training makes: `train` (forward + backward + update), `gradients`, `apply`, `evaluate` (outputs: prediction, loss; no
 * dropout, running batch-norm statistics), `predict` (output: prediction).
 */
export interface Program {
  readonly contract: 1;
  readonly state: readonly StateSpec[];
  readonly entries: Readonly<Record<string, Entry>>;
  /**
   * Parameters that are not an engine's state but fed row by row. The entry `places` says from x which row each place of a batch uses (`places.NAME`);
   * `train` gives the gradients of these places (`moved.NAME`). Engines are handed programs without.
   */
  readonly tables?: readonly TableSpec[];
}

/** A large table [V, D], moved on the host by rows. */
export interface TableSpec {
  /** Its parameter's. */
  readonly name: string;
  readonly shape: readonly [count: number, size: number];
  readonly optimizer: OptimizerSpec;
}
