/** How many threads a run computes with, when its user does not say. Enter: a program and the batch; leaves: a number. Apart because it is measured. */
import type { Graph, Program } from "@lepton/contract";

/**
 * Multiplications of a step's forward pass below which a second thread costs more than it brings. Measured with onnxruntime on 2 cores: an MLP
 * 32-64-64-1 at batch 128 (0.8 million) takes 0.26 ms a step with one thread, 0.32 with two, and one thread leaves a core to others.
 */
const fewMultiplications = 4_000_000;

/** @returns the spec's threads; 1 for small dense models; 0, the engine's choice, for others */
export function threadsFor(program: Program, spec: { readonly threads: number; readonly batchSize: number }): number {
  if (spec.threads > 0) return spec.threads;
  const isDense = program.entries["train"]!.graph.nodes.every(({ op }) => !/conv|pool|recurrent|lstm|gru/i.test(op));
  const forRow = multiplications(program.entries["predict"]!.graph);
  return isDense && forRow * spec.batchSize < fewMultiplications ? 1 : 0;
}

/** Of all products of matrices, for a batch of one row: a weight counts once for each step in time that it is used in. */
function multiplications({ nodes, values }: Graph): number {
  const sizes = (id: string) => values[id]!.shape.map((dim) => (typeof dim === "number" ? dim : factorOf(dim)));
  return nodes
    .filter(({ op }) => op === "matmul")
    .reduce((total, { inputs, outputs, attributes }) => {
      const inner = sizes(inputs[0]!).at(attributes["transposeA"] === true ? -2 : -1)!;
      return total + sizes(outputs[0]!).reduce((product, dim) => product * dim, inner);
    }, 0);
}

/** 32 of "32*B". */
const factorOf = (dim: string): number =>
  dim.split("*").reduce((product, word) => product * (/^\d+$/.test(word) ? Number(word) : 1), 1);

/** Learnt numbers of a program. */
export function parameterCount(program: Program): number {
  return program.state
    .filter(({ role }) => role === "parameter")
    .reduce((sum, { shape }) => sum + shape.reduce((product, dim) => product * dim, 1), 0);
}
