/** Runs a graph in float64, slowly and plainly: the oracle that engines and gradients are tested with, and the folder of constants. */
import { type DType, type Graph, LeptonError } from "@lepton/contract";
import type { Dense } from "./dense.ts";
import { bindDim, bindShape, formatShape } from "./dims.ts";
import { operatorOf } from "./ops/registry.ts";

/** Numbers in row-major order; `data` may be a plain array or any typed array. */
export interface EvaluatorFeed {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number | bigint>;
}

export interface Evaluated extends Dense {
  readonly dtype: DType;
}

/** @throws LEPTON_SHAPE when a feed is missing or its shape does not fit */
export function evaluateGraph(
  graph: Graph,
  feeds: Readonly<Record<string, EvaluatorFeed>>,
): Readonly<Record<string, Evaluated>> {
  const symbols = bindSymbols(graph, feeds);
  const arrays = new Map<string, Dense>();
  for (const { id } of graph.inputs) {
    arrays.set(id, { shape: feeds[id]!.shape, data: Float64Array.from(feeds[id]!.data as ArrayLike<number>, Number) });
  }
  for (const { id, shape, values } of graph.constants) arrays.set(id, { shape, data: Float64Array.from(values) });
  for (const node of graph.nodes) {
    const types = node.outputs.map((id) => ({
      dtype: graph.values[id]!.dtype,
      shape: bindShape(graph.values[id]!.shape, symbols),
    }));
    const inputs = node.inputs.map((id) => arrays.get(id)!);
    const results = operatorOf(node.op).evaluate(inputs, node.attributes, types);
    for (const [i, id] of node.outputs.entries()) arrays.set(id, results[i]!);
  }
  return Object.fromEntries(
    graph.outputs.map(({ name, value }) => [name, { ...arrays.get(value)!, dtype: graph.values[value]!.dtype }]),
  );
}

/** What each symbol stands for, from the shapes of the feeds. @throws LEPTON_SHAPE */
export function bindSymbols(
  graph: Graph,
  feeds: Readonly<Record<string, { readonly shape: readonly number[] }>>,
): ReadonlyMap<string, number> {
  const symbols = new Map<string, number>();
  for (const { id, shape } of graph.inputs) {
    const got = feeds[id]?.shape;
    const law = `feed ${id} must have shape ${formatShape(shape)}`;
    if (!got) throw new LeptonError("LEPTON_SHAPE", `${law}, it was not given.`);
    const fits = got.length === shape.length && shape.every((dim, axis) => bindDim(dim, got[axis]!, symbols));
    if (!fits) throw new LeptonError("LEPTON_SHAPE", `${law}, got ${formatShape(got)}${inWords(symbols)}.`);
  }
  return symbols;
}

function inWords(symbols: ReadonlyMap<string, number>): string {
  const words = [...symbols].map(([name, value]) => `${name} = ${value}`);
  return words.length > 0 ? ` where ${words.join(", ")}` : "";
}
