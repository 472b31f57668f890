/** Activations by the names that options and layers take. Enters: a tensor and a name; leaves: a tensor. Apart because options, models and layers share the list. */
import { LeptonError } from "@lepton/contract";
import type { Tensor } from "@lepton/graph";
import * as ops from "@lepton/graph";

export const activations = {
  relu: ops.relu,
  sigmoid: ops.sigmoid,
  tanh: ops.tanh,
  gelu: ops.gelu,
  silu: ops.silu,
  elu: (x: Tensor) => ops.elu(x),
  leakyRelu: (x: Tensor) => ops.leakyRelu(x),
  softplus: ops.softplus,
  softmax: (x: Tensor) => ops.softmax(x),
  linear: (x: Tensor) => x,
} as const satisfies Readonly<Record<string, (x: Tensor) => Tensor>>;

export type Activation = keyof typeof activations;

/** @throws LEPTON_MODEL on an unknown name */
export function activate(x: Tensor, name: string): Tensor {
  const function_ = activations[name as Activation];
  if (function_) return function_(x);
  throw new LeptonError(
    "LEPTON_MODEL",
    `activation must be one of ${Object.keys(activations).join(", ")}, got "${name}".`,
  );
}
