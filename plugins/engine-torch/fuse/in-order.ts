/** Nodes in an order that can be run. Enters: a graph and who makes some values instead of its own nodes; leaves: the nodes that its outputs need. */
import type { Graph, GraphNode } from "@lepton/contract";

/** Every node that an output needs, after what it needs itself. */
export function inOrder(graph: Graph, fused: ReadonlyMap<string, GraphNode>): readonly GraphNode[] {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((id) => [id, node] as const)));
  for (const [id, node] of fused) makers.set(id, node);
  const wanted = new Set<GraphNode>();
  const visit = (ids: readonly string[]) => {
    const pending = [...ids];
    while (pending.length > 0) {
      const node = makers.get(pending.pop()!);
      if (!node || wanted.has(node)) continue;
      wanted.add(node);
      pending.push(...node.inputs);
    }
  };
  visit(graph.outputs.map(({ value }) => value));
  return sorted(graph, makers, wanted);
}

/** As near to the graph's own order as the needs of fused nodes allow. */
function sorted(
  graph: Graph,
  makers: ReadonlyMap<string, GraphNode>,
  wanted: ReadonlySet<GraphNode>,
): readonly GraphNode[] {
  const done = new Set<GraphNode>();
  const order: GraphNode[] = [];
  const place = (first: GraphNode) => {
    const stack = [first];
    while (stack.length > 0) {
      const node = stack.at(-1)!;
      const missing = node.inputs.map((id) => makers.get(id)).filter((one) => one && !done.has(one)) as GraphNode[];
      if (missing.length > 0 && !done.has(node)) {
        stack.push(...missing);
        continue;
      }
      stack.pop();
      if (done.has(node)) continue;
      done.add(node);
      order.push(node);
    }
  };
  for (const node of graph.nodes)
    for (const id of node.outputs) {
      const maker = makers.get(id)!;
      if (wanted.has(maker)) place(maker);
    }
  return order;
}
