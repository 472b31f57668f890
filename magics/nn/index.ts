/** Layers, initial values and the named models: graph-building functions of symbolic tensors. */

export { type Activation, activate, activations } from "./activations.ts";
export { type Initializer, initialOf } from "./initial.ts";
export { type LayerMade, type Mode, ModelContext, type Parameter } from "./model-context.ts";
export { type ModelFunction, namedModel } from "./models.ts";
export { createNn, type Nn } from "./nn.ts";
