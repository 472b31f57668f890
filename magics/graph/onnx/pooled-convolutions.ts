/** Finds convolutions that only a pool reads, which onnx/convolutions.ts can then compute in the pool's order. */
import type { Graph, GraphNode } from "@lepton/contract";
import { numberOf } from "../operator.ts";
import type { Window } from "../ops/window.ts";

type Readers = ReadonlyMap<string, readonly GraphNode[]>;

/** Value ─► the nodes that use it. */
export function readersOf(graph: Graph): Readers {
  const readers = new Map<string, GraphNode[]>();
  for (const node of graph.nodes)
    for (const id of node.inputs) {
      const list = readers.get(id);
      if (list) list.push(node);
      else readers.set(id, [node]);
    }
  return readers;
}

/** A convolution's value ─► the pool that alone reads it. */
export function findPools(
  graph: Graph,
  readers: Readers,
  windowOf: (node: GraphNode) => Window,
): ReadonlyMap<string, GraphNode> {
  const outputs = new Set(graph.outputs.map((output) => output.value));
  const pools = new Map<string, GraphNode>();
  for (const conv of graph.nodes) {
    if (conv.op !== "conv2d" || numberOf(conv.attributes, "groups") !== 1 || outputs.has(conv.outputs[0]!)) continue;
    const pool = readers.get(conv.outputs[0]!)?.find((node) => node.op === "maxPool2d");
    if (pool && isTiling(windowOf(pool)) && onlyReader(conv, pool, readers, outputs)) pools.set(conv.outputs[0]!, pool);
  }
  return pools;
}

/** Whether a pool's windows lie side by side, without padding. */
function isTiling({ kernel, strides, dilations, pads }: Window): boolean {
  return kernel.every((n, i) => n === strides[i]) && dilations.every((n) => n === 1) && pads.every((n) => n === 0);
}

/** Readers are this pool and its gradient, which goes back into the convolution's own gradients and nowhere else. */
function onlyReader(conv: GraphNode, pool: GraphNode, readers: Readers, outputs: ReadonlySet<string>): boolean {
  const [value] = conv.outputs as [string];
  const same = (node: GraphNode) => JSON.stringify(node.attributes) === JSON.stringify(pool.attributes);
  return readers.get(value)!.every((node) => {
    if (node === pool) return true;
    const isGradient = node.op === "maxPool2dGradient" && same(node) && node.inputs.lastIndexOf(value) === 0;
    return isGradient && !outputs.has(node.outputs[0]!) && staysIn(conv, node.outputs[0]!, readers);
  });
}

/** Whether a gradient is read by the two gradients of one convolution alone. */
function staysIn(conv: GraphNode, id: string, readers: Readers): boolean {
  return (readers.get(id) ?? []).every(
    ({ op, inputs }) =>
      (op === "conv2dFilterGradient" && inputs[0] === conv.inputs[0] && inputs[1] === id) ||
      (op === "conv2dInputGradient" && inputs[0] === id && inputs[1] === conv.inputs[1]),
  );
}
