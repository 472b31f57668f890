/** Optimisers: graph from parameters and gradients to their next values. */
export { type Learnt, type OptimizerPorts, optimize } from "./optimizer.ts";
