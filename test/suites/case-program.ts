/** An operator case's graph as a program with one entry, "run", and no state. */
import type { Graph, Program } from "@lepton/contract";

export function caseProgram(graph: Graph): Program {
  const feeds = graph.inputs.map(({ id, dtype, shape }) => ({
    name: id,
    dtype,
    shape,
    role: { kind: "batch", of: "x" } as const,
  }));
  const run = { graph, feeds, reads: [], writes: {}, outputs: graph.outputs.map(({ name }) => name) };
  return { contract: 1, state: [], entries: { run } };
}
