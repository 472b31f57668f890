/** How many threads an operator may use on the CPU. Apart because torch takes the number when it loads, once for a process. */
import type { Graph, Program } from "@lepton/contract";
import { fuseSequences } from "./fuse/sequences.ts";

/** A weight of this many numbers is worth cutting up: 1024 x 1024. */
const largeWeight = 1 << 20;
/** Multiplications that one product makes for one row of a batch, from which two threads are faster than one. */
const largeProduct = 1 << 18;

/**
 * @param threads  what the user asked for; 0 chooses
 * @returns        0 leaves it to torch (all cores). Small products take microseconds, and threads that meet after each one cost more than they do: on two
 *                 busy cores a step of a small MLP took 37 ms with two threads and 0.5 ms with one. So a program gets one thread unless it has
 *                 convolutions, a large weight or a large product.
 */
export function threadsFor(program: Program, threads: number): number {
  if (threads > 0) return threads;
  const graphs = Object.values(program.entries).map((entry) => entry.graph);
  const hasConvolutions = graphs.some(({ nodes }) => nodes.some((node) => node.op.startsWith("conv2d")));
  const isLarge = program.state.some(({ shape }) => shape.reduce((product, dim) => product * dim, 1) >= largeWeight);
  const isWide = graphs.some((graph) => productsOf(fuseSequences(graph)).some((count) => count >= largeProduct));
  return hasConvolutions || isLarge || isWide ? 0 : 1;
}

/** Of each product of matrices, and of each recurrent layer that is one call: its multiplications for a batch of one row. */
function productsOf({ nodes, values }: Graph): readonly number[] {
  const sizesOf = (id: string) => values[id]!.shape.map((dim) => (typeof dim === "number" ? dim : factorOf(dim)));
  return nodes
    .filter(({ op }) => op === "matmul" || op === "fused.lstm")
    .map(({ op, inputs, outputs, attributes }) => {
      if (op === "fused.lstm") {
        const [x, recurrent] = [sizesOf(inputs[0]!), sizesOf(inputs[2]!)] as [number[], number[]];
        return x[0]! * (x[1]! + recurrent[0]!) * recurrent[1]!;
      }
      const inner = sizesOf(inputs[0]!).at(attributes["transposeA"] === true ? -2 : -1)!;
      return sizesOf(outputs[0]!).reduce((product, dim) => product * dim, inner);
    });
}

/** 32 of "32*B". */
const factorOf = (dim: string): number =>
  dim.split("*").reduce((product, word) => product * (/^\d+$/.test(word) ? Number(word) : 1), 1);
