/**
 * A graph to an ONNX model: each node writes its ONNX operators, shapes with symbols are computed where a constant cannot say them, and the outputs
 * get their names. Enters: a contract Graph; leaves: the bytes of a ModelProto.
 */
import type { DType, Graph, GraphNode, Shape } from "@lepton/contract";
import { divideDims, isStatic, symbolsOf } from "../dims.ts";
import type { Emitter, OnnxAttributes } from "../operator.ts";
import { operatorOf } from "../ops/registry.ts";
import { expandConvolutions } from "./convolutions.ts";
import { findFusions } from "./fusions.ts";
import { encodeModel, type OnnxModel, type OnnxNode, type OnnxTensor, type OnnxValue } from "./model.ts";

export interface OnnxOptions {
  /** The graph's name in the file. */
  readonly name?: string;
  /** webgpu avoids what only the CPU provider has. */
  readonly device?: "cpu" | "webgpu";
}

/** The bytes of an ONNX file (opset 21); inputs and outputs keep their names, symbols become named dimensions. */
export function toOnnx(graph: Graph, options: OnnxOptions = {}): Uint8Array {
  return encodeModel(lowerGraph(graph, options));
}

export function lowerGraph(given: Graph, options: OnnxOptions = {}): OnnxModel {
  const graph = expandConvolutions(given);
  const writer = new Writer(graph, options.device ?? "cpu");
  const { at, absorbed } = findFusions(graph, writer.device);
  for (const node of graph.nodes) {
    if (absorbed.has(node)) continue;
    const fusion = at.get(node);
    writer.lower(node, fusion?.inputs ?? node.inputs, fusion?.lower ?? operatorOf(node.op).lower);
  }
  return {
    name: options.name ?? "lepton",
    ...writer.finish(),
    inputs: graph.inputs.map(({ id, dtype, shape }) => ({ name: id, dtype, shape })),
    outputs: graph.outputs.map(({ name, value }) => ({
      name,
      dtype: graph.values[value]!.dtype,
      shape: graph.values[value]!.shape,
    })),
  };
}

class Writer implements Emitter {
  readonly device: "cpu" | "webgpu";
  readonly #graph: Graph;
  #nodes: OnnxNode[] = [];
  readonly #initializers = new Map<string, OnnxTensor>();
  /** Our value ─► its name in ONNX. */
  readonly #names = new Map<string, string>();
  /** Types of ONNX values that are values of ours. */
  readonly #types = new Map<string, Omit<OnnxValue, "name">>();
  /** Text of an emission ─► what it made: an index table's Gather or a shape is written once. */
  readonly #seen = new Map<string, readonly string[]>();
  #label = "";
  #count = 0;

  constructor(graph: Graph, device: "cpu" | "webgpu") {
    this.#graph = graph;
    this.device = device;
    for (const { id } of graph.inputs) this.#names.set(id, id);
    for (const { id, dtype, shape, values } of graph.constants)
      this.#names.set(id, this.constant(dtype, shape, values));
  }

  lower(node: GraphNode, inputs: readonly string[], lower: ReturnType<typeof operatorOf>["lower"]): void {
    this.#label = node.label ?? node.op;
    const types = inputs.map((id) => this.#graph.values[id]!);
    const outputs = node.outputs.map((id) => this.#graph.values[id]!);
    const names = inputs.map((id) => this.#names.get(id)!);
    const made = lower({ inputs: names, types, outputs, attributes: node.attributes }, this);
    for (const [i, id] of node.outputs.entries()) {
      this.#names.set(id, made[i]!);
      this.#types.set(made[i]!, { dtype: outputs[i]!.dtype, shape: outputs[i]!.shape });
    }
  }

  emit = (op: string, inputs: readonly string[], attributes: OnnxAttributes = {}): string =>
    this.emitMany(op, inputs, 1, attributes)[0]!;

  emitMany = (
    op: string,
    inputs: readonly string[],
    outputs: number,
    attributes: OnnxAttributes = {},
  ): readonly string[] => {
    const key = `${op}(${inputs.join()})${JSON.stringify(attributes)}`;
    const known = this.#seen.get(key);
    if (known) return known;
    const names = Array.from({ length: outputs }, () => `${op}:${this.#count++}`);
    this.#nodes.push({ op, name: `${this.#label}/${names[0]}`, domain: "", inputs, outputs: names, attributes });
    this.#seen.set(key, names);
    return names;
  };

  constant = (dtype: DType, shape: readonly number[], values: ArrayLike<number>): string => {
    const key =
      values.length <= 64 ? `${dtype}[${shape}]${Array.from(values, (v) => (Object.is(v, -0) ? "-0" : v))}` : "";
    const known = this.#seen.get(key)?.[0];
    if (known) return known;
    const name = `constant:${this.#count++}`;
    this.#initializers.set(name, { name, dtype, shape, values });
    if (key !== "") this.#seen.set(key, [name]);
    return name;
  };

  shape = (shape: Shape): string => {
    if (isStatic(shape)) return this.constant("i64", [shape.length], shape);
    const dims = shape.map((dim) => this.#dim(dim));
    return dims.length === 1 ? dims[0]! : this.emit("Concat", dims, { axis: 0 });
  };

  /** Nodes and initializers that are used, with the graph's outputs under their own names. */
  finish(): Pick<OnnxModel, "nodes" | "initializers" | "between"> {
    const made = new Set(this.#nodes.flatMap((node) => node.outputs));
    const renamed = new Map<string, string>();
    for (const { name, value } of this.#graph.outputs) {
      const from = this.#names.get(value)!;
      if (made.has(from) && !renamed.has(from)) renamed.set(from, name);
      else this.#nodes.push({ op: "Identity", name, domain: "", inputs: [from], outputs: [name], attributes: {} });
    }
    const rename = (name: string) => renamed.get(name) ?? name;
    const nodes = this.#nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
    }));
    const used = new Set(nodes.flatMap((node) => node.inputs));
    const between = [...this.#types].filter(([name]) => made.has(name) && !renamed.has(name));
    return {
      nodes,
      initializers: [...this.#initializers.values()].filter((tensor) => used.has(tensor.name)),
      between: between.map(([name, type]) => ({ name, ...type })),
    };
  }

  /** One dimension as an int64 vector of length 1. */
  #dim(dim: number | string): string {
    if (typeof dim === "number") return this.constant("i64", [1], [dim]);
    const symbols = symbolsOf(dim);
    const factor = divideDims(dim, symbols.join("*")) as number;
    const start = factor === 1 ? [] : [this.constant("i64", [1], [factor])];
    const parts = [...start, ...symbols.map((symbol) => this.#symbol(symbol))];
    return parts.reduce((product, part) => this.emit("Mul", [product, part]));
  }

  /** The run-time size of a symbol, read off an input that has it as a dimension. */
  #symbol(symbol: string): string {
    const input = this.#graph.inputs.find(({ shape }) => shape.includes(symbol));
    if (!input) throw new Error(`no input has the dimension ${symbol}`);
    const axis = input.shape.indexOf(symbol);
    return this.emit("Shape", [input.id], { start: axis, end: axis + 1 });
  }
}
