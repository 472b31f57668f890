/** Optimisers: graph from parameters and gradients to their next values. */
export { joinedGradient, type Learnt, type OptimizerPorts, optimize, parted } from "./optimizer.ts";
