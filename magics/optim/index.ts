/** Optimisers: graph from parameters and gradients to their next values. */

export { momentsOf, moveRows } from "./lazy.ts";
export { joinedGradient, type Learnt, type OptimizerPorts, optimize, parted } from "./optimizer.ts";
