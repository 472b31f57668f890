/** How many threads an operator may use on the CPU. Apart because torch takes the number when it loads, once for a process. */
import type { Program } from "@lepton/contract";

/** A weight of this many numbers is worth cutting up: 1024 x 1024. */
const largeWeight = 1 << 20;

/**
 * @param threads  what the user asked for; 0 chooses
 * @returns        0 leaves it to torch (all cores). Small products take microseconds, and threads that meet after each one cost more than they do: on two
 *                 busy cores a step of a small MLP took 37 ms with two threads and 0.5 ms with one. So a program gets one thread unless it has
 *                 convolutions or a large weight.
 */
export function threadsFor(program: Program, threads: number): number {
  if (threads > 0) return threads;
  const nodes = Object.values(program.entries).flatMap((entry) => entry.graph.nodes);
  const hasConvolutions = nodes.some((node) => node.op.startsWith("conv2d"));
  const isLarge = program.state.some(({ shape }) => shape.reduce((product, dim) => product * dim, 1) >= largeWeight);
  return hasConvolutions || isLarge ? 0 : 1;
}
