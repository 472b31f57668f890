/**
 * A graph with fused operators in the place of what they compute. Enters: a graph; leaves: a graph with the same inputs and outputs whose nodes may be
 * "fused.…" ones, in an order that can be run, without nodes that nobody needs.
 */
import type { Graph, GraphNode, GraphValue } from "@lepton/contract";
import { inOrder } from "./in-order.ts";
import { GraphView, match } from "./match.ts";
import type { Fused, Pattern } from "./pattern.ts";
import { patterns } from "./patterns.ts";

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
