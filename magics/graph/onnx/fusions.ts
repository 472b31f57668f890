/** Patterns that ONNX says in one operator: found on our graph before lowering. Today matmul + bias ─► Gemm. */
import type { Graph, GraphNode } from "@lepton/contract";
import { flagOf, type Lowered, type Operator } from "../operator.ts";
import { isGemm, lowerMatmul } from "../ops/linear.ts";

/** A node that is lowered in place of itself and of nodes only it needs. */
export interface Fusion {
  readonly inputs: readonly string[];
  readonly lower: Operator["lower"];
}

export interface Fusions {
  /** The node whose output the pattern makes ─► how. */
  readonly at: ReadonlyMap<GraphNode, Fusion>;
  /** Nodes that are not lowered by themselves. */
  readonly absorbed: ReadonlySet<GraphNode>;
}

export function findFusions(graph: Graph): Fusions {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((id) => [id, node] as const)));
  const uses = countUses(graph);
  const at = new Map<GraphNode, Fusion>();
  const absorbed = new Set<GraphNode>();
  for (const node of graph.nodes) {
    if (node.op !== "add") continue;
    for (const [product, bias] of [node.inputs, node.inputs.toReversed()] as [string, string][]) {
      const matmul = producers.get(product);
      if (matmul?.op !== "matmul" || uses.get(product) !== 1 || !takesBias(graph, matmul, bias)) continue;
      at.set(node, { inputs: [...matmul.inputs, bias], lower: withBias(matmul) });
      absorbed.add(matmul);
      break;
    }
  }
  return { at, absorbed };
}

export function countUses(graph: Graph): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  const all = [...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs.map((output) => output.value)];
  for (const id of all) uses.set(id, (uses.get(id) ?? 0) + 1);
  return uses;
}

/** A product that is one Gemm, and a bias for each column that keeps its shape. */
function takesBias(graph: Graph, matmul: GraphNode, bias: string): boolean {
  const product = graph.values[matmul.outputs[0]!]!.shape;
  const { shape } = graph.values[bias]!;
  const perColumn = shape.at(-1) === product.at(-1) && shape.slice(0, -1).every((dim) => dim === 1);
  const types = matmul.inputs.map((id) => graph.values[id]!);
  return perColumn && shape.length >= 1 && shape.length <= 2 && isGemm(types, flagOf(matmul.attributes, "transposeA"));
}

/** The product's lowering with the bias as a third input. */
const withBias =
  (matmul: GraphNode): Fusion["lower"] =>
  (lowered: Lowered, emitter) =>
    lowerMatmul({ ...lowered, attributes: matmul.attributes }, emitter);
