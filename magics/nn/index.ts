/** Layers, initial values and the named models: graph-building functions of symbolic tensors. */
export { type Initializer, initialOf } from "./initial.ts";
export { type Activation, activations } from "./layers.ts";
export { type Mode, ModelContext, type Parameter } from "./model-context.ts";
export { type ModelFunction, namedModel } from "./models.ts";
export { createNn, type Nn } from "./nn.ts";
