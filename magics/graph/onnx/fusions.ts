/**
 * Patterns that ONNX says in fewer operators, found on our graph before lowering: matmul + bias ─► Gemm, and the normal distribution's function of a gelu,
 * computed once for both passes.
 */
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

export function findFusions(graph: Graph, device: "cpu" | "webgpu"): Fusions {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((id) => [id, node] as const)));
  const uses = countUses(graph);
  const at = new Map<GraphNode, Fusion>();
  const absorbed = new Set<GraphNode>();
  for (const node of graph.nodes) {
    if (node.op !== "add") continue;
    for (const [product, bias] of [node.inputs, node.inputs.toReversed()] as [string, string][]) {
      const matmul = producers.get(product);
      if (matmul?.op !== "matmul" || uses.get(product) !== 1 || !takesBias(graph, matmul, bias, device)) continue;
      at.set(node, { inputs: [...matmul.inputs, bias], lower: withBias(matmul) });
      absorbed.add(matmul);
      break;
    }
  }
  if (device === "cpu") shareGelus(graph, { producers, uses }, { at, absorbed });
  return { at, absorbed };
}

interface Known {
  readonly producers: ReadonlyMap<string, GraphNode>;
  readonly uses: ReadonlyMap<string, number>;
}

/**
 * A gelu whose gradient has P(x) = (erf(x / sqrt(2)) + 1) / 2 is x P(x), and P one pass over erf: its values lie in [0, 1], where HardSigmoid cuts
 * nothing off. Without a gradient it stays Gelu, which is faster alone.
 */
function shareGelus(
  graph: Graph,
  { producers, uses }: Known,
  { at, absorbed }: { readonly at: Map<GraphNode, Fusion>; readonly absorbed: Set<GraphNode> },
): void {
  const numbers = new Map(graph.constants.map(({ id, values }) => [id, values.length === 1 ? values[0] : undefined]));
  /** The other input of an `op` with a number. */
  const operand = (node: GraphNode | undefined, op: string, number: number): string | undefined => {
    const at = node?.op === op ? node.inputs.findIndex((id) => numbers.get(id) === Math.fround(number)) : -1;
    return at < 0 ? undefined : node!.inputs[1 - at];
  };
  const gelus = new Map(graph.nodes.flatMap((node) => (node.op === "gelu" ? [[node.inputs[0]!, node] as const] : [])));
  for (const half of graph.nodes) {
    const sum = operand(half, "mul", 0.5) ?? "";
    const error = operand(producers.get(sum), "add", 1) ?? "";
    const erf = producers.get(error);
    if (erf?.op !== "erf" || uses.get(sum) !== 1 || graph.values[error]!.dtype !== "f32") continue;
    at.set(half, { inputs: [error], lower: ({ inputs }, { emit }) => [emit("HardSigmoid", inputs, halves)] });
    absorbed.add(producers.get(sum)!);
    const x = operand(producers.get(erf.inputs[0]!), "mul", Math.SQRT1_2);
    const gelu = x === undefined ? undefined : gelus.get(x);
    if (gelu) at.set(gelu, { inputs: gelu.inputs, lower: lowerShared });
  }
}

const halves = { alpha: { float: 0.5 }, beta: { float: 0.5 } } as const;

/** The same text as the gradient's own nodes: emit writes each once. */
const lowerShared: Fusion["lower"] = ({ inputs: [x] }, { emit, constant }) => {
  const u = emit("Mul", [x!, constant("f32", [], [Math.fround(Math.SQRT1_2)])]);
  return [emit("Mul", [x!, emit("HardSigmoid", [emit("Erf", [u])], halves)])];
};

export function countUses(graph: Graph): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  const all = [...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs.map((output) => output.value)];
  for (const id of all) uses.set(id, (uses.get(id) ?? 0) + 1);
  return uses;
}

/**
 * A product that is one Gemm, and a bias for each column that keeps its shape. On the CPU not for sequences: onnxruntime's Gemm writes its bias to all rows
 * on one thread, before it multiplies ([1024, 128] x [128, 512]: 1.4 ms; a product and an Add, 1.2).
 */
function takesBias(graph: Graph, matmul: GraphNode, bias: string, device: "cpu" | "webgpu"): boolean {
  const product = graph.values[matmul.outputs[0]!]!.shape;
  const { shape } = graph.values[bias]!;
  const perColumn = shape.at(-1) === product.at(-1) && shape.slice(0, -1).every((dim) => dim === 1);
  const types = matmul.inputs.map((id) => graph.values[id]!);
  const isWorth = device === "webgpu" || product.length === 2;
  const fits = perColumn && shape.length >= 1 && shape.length <= 2;
  return isWorth && fits && isGemm(types, flagOf(matmul.attributes, "transposeA"));
}

/** The product's lowering with the bias as a third input. */
const withBias =
  (matmul: GraphNode): Fusion["lower"] =>
  (lowered: Lowered, emitter) =>
    lowerMatmul({ ...lowered, attributes: matmul.attributes }, emitter);
