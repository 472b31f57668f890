/** What a lowering gets and gives: a use of a graph operator with all sizes known, written as calls of ATen over slots. */
import type { AttributeValue, DType } from "@lepton/contract";
import type { Argument, Slot } from "../raw/call.ts";
import type { AtenName } from "../raw/schemas.ts";

/** A tensor with what is known of it: dimensions are numbers, because a plan is made for one size of the batch. */
export interface Value extends Slot {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** One node of a graph. */
export interface Use {
  readonly inputs: readonly Value[];
  readonly outputs: readonly { readonly dtype: DType; readonly shape: readonly number[] }[];
  readonly attributes: Attributes;
}

export interface Emitter {
  /** A call with one result. */
  call(name: AtenName, ...given: readonly Argument[]): Slot;
  /** A call with several results. */
  callMany(name: AtenName, results: number, ...given: readonly Argument[]): readonly Slot[];
  /** a - alpha b, for floats. */
  subtract(a: Slot, b: Slot, alpha: number): Slot;
  /** factor x */
  scale(x: Slot, dtype: DType, factor: number): Slot;
  /** The product of two matrices, plus a bias that stretches to it, or of two batches [N, M, K] and [N, K, P]. @param shape  the product's */
  product(a: Slot, b: Slot, dtype: DType, shape: readonly number[], bias: Slot | null): Slot;
  /** Made once, on the device. */
  constant(dtype: DType, shape: readonly number[], values: ArrayLike<number>): Slot;
}

export type Lower = (use: Use, emitter: Emitter) => readonly Slot[];

export const isFloat = (dtype: DType): boolean => dtype === "f32" || dtype === "f64";
export const numberOf = (attributes: Attributes, name: string): number => attributes[name] as number;
export const numbersOf = (attributes: Attributes, name: string): readonly number[] =>
  attributes[name] as readonly number[];
export const flagOf = (attributes: Attributes, name: string): boolean => attributes[name] === true;

/** Another dtype; the same tensor where it has it already. */
export function castTo(x: Slot, from: DType, to: DType, { call }: Emitter): Slot {
  return from === to ? x : call("to.dtype", x, to, false, false, null);
}
