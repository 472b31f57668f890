/**
 * A graph with fused operators in the place of what they compute. Enters: a graph; leaves: a graph with the same inputs and outputs whose nodes may be
 * "fused.…" ones, in an order that can be run, without nodes that nobody needs.
 */
import type { Graph, GraphNode, GraphValue } from "@lepton/contract";
import { GraphView, match } from "./match.ts";
import { type Fused, type Pattern, patterns } from "./patterns.ts";

export interface FusedGraph {
  readonly graph: Graph;
  /** Pattern's name ─► how often it was found. */
  readonly counts: Readonly<Record<string, number>>;
}

export function fuseGraph(
  graph: Graph,
  device: "cpu" | "cuda" | "mps",
  table: readonly Pattern[] = patterns,
): FusedGraph {
  const view = new GraphView(graph);
  const known = table.filter(({ onlyCpu }) => device === "cpu" || !onlyCpu);
  const makers = new Map<string, GraphNode>();
  const values: Record<string, GraphValue> = { ...graph.values };
  const counts: Record<string, number> = {};
  for (const node of graph.nodes.toReversed()) {
    const root = node.outputs[0]!;
    if (node.outputs.length > 1 || makers.has(root)) continue;
    const found = firstFit(view, root, known, makers);
    if (!found) continue;
    const { made = {}, ...fused } = found.fused;
    for (const [id, type] of Object.entries(made)) values[id] = { id, ...type };
    const label = node.label === undefined ? {} : { label: node.label };
    const use: GraphNode = { ...fused, ...label };
    for (const id of fused.outputs) makers.set(id, use);
    counts[found.name] = (counts[found.name] ?? 0) + 1;
  }
  return { graph: { ...graph, values, nodes: inOrder(graph, makers) }, counts };
}

function firstFit(
  view: GraphView,
  root: string,
  table: readonly Pattern[],
  makers: ReadonlyMap<string, GraphNode>,
): { readonly name: string; readonly fused: Fused } | null {
  for (const { name, term, fuse } of table) {
    const found = match(view, root, term);
    const fused = found && fuse(found, view, root);
    if (fused && !fused.outputs.some((id) => makers.has(id))) return { name, fused };
  }
  return null;
}

/** Every node that an output needs, after what it needs itself. */
function inOrder(graph: Graph, fused: ReadonlyMap<string, GraphNode>): readonly GraphNode[] {
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
