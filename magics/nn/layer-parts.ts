/** What layers have in common: options, checks of sizes, bias and activation at the end. Apart because three files of layers use it. */
import { type Dim, LeptonError } from "@lepton/contract";
import { add, type Tensor } from "@lepton/graph";
import { type Activation, activate } from "./activations.ts";
import { type Initializer, initialOf } from "./initial.ts";
import type { ModelContext } from "./model-context.ts";

export interface Named {
  /** Names the layer in messages and its parameters ("dense1.weight"). */
  readonly name?: string;
}

export interface LayerOptions extends Named {
  readonly activation?: Activation;
  readonly bias?: boolean;
  readonly initializer?: Initializer;
}

/** A learnt weight, counted by L2, drawn as the layer's options say. */
export function weightOf(
  context: ModelContext,
  name: string,
  shape: readonly number[],
  { initializer = "glorotUniform" }: Pick<LayerOptions, "initializer"> = {},
): Tensor {
  return context.parameter(name, shape, initialOf(initializer, shape), true);
}

/** A learnt bias, zeros to begin with, not counted by L2. */
export function biasOf(context: ModelContext, name: string, size: number): Tensor {
  return context.parameter(name, [size], initialOf("zeros", [size]), false);
}

/** Bias and activation, the end of dense layers and convolutions. */
export function finish(context: ModelContext, name: string, x: Tensor, units: number, options: LayerOptions): Tensor {
  const shifted = (options.bias ?? true) ? add(x, biasOf(context, `${name}.bias`, units)) : x;
  return options.activation ? activate(shifted, options.activation) : shifted;
}

/** An axis whose size must be a number. @throws LEPTON_SHAPE */
export function fixed(layer: string, what: string, x: Tensor, axis: number): number {
  const dim: Dim | undefined = x.shape[axis];
  if (typeof dim === "number") return dim;
  throw new LeptonError(
    "LEPTON_SHAPE",
    `${layer}: the number of ${what} must be fixed, got shape [${x.shape.join(", ")}].`,
  );
}

/** @throws LEPTON_MODEL unless it is a whole number from 1 */
export function positive(layer: string, what: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new LeptonError("LEPTON_MODEL", `${layer}: ${what} must be a whole number from 1, got ${String(value)}.`);
}

/** @throws LEPTON_SHAPE */
export function needRank(layer: string, wanted: string, x: Tensor, rank: number): void {
  if (x.rank === rank) return;
  throw new LeptonError("LEPTON_SHAPE", `${layer}: needs shape ${wanted}, got [${x.shape.join(", ")}].`);
}
