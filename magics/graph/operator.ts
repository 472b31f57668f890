/**
 * What an operator is: a shape rule, a slow exact evaluation, a gradient as more graph, and a lowering to ONNX. Each family in ops/ exports a list
 * of them beside the functions that users call; registry.ts joins the lists.
 */
import { type AttributeValue, type DType, LeptonError, type Shape } from "@lepton/contract";
import type { Dense } from "./dense.ts";
import { formatType } from "./dims.ts";
import type { Tensor } from "./tensor.ts";

export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface ValueType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A use of an operator while its shape rule runs. */
export interface Call {
  /** For messages: "dense1: matmul". */
  readonly where: string;
  readonly inputs: readonly ValueType[];
  readonly attributes: Attributes;
}

/** A use of an operator while a gradient is built: `gradients[i]` is null for an output on which the loss does not depend. */
export interface Backward {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly gradients: readonly (Tensor | null)[];
  readonly attributes: Attributes;
  /** Whether the gradient of input i is wanted. */
  readonly wanted: readonly boolean[];
}

/** What a lowering writes ONNX with. Names are those of ONNX values. */
export interface Emitter {
  /** webgpu: nothing that falls back to the CPU (int64 compares, LogSoftmax, OneHot). */
  readonly device: "cpu" | "webgpu";
  emit(op: string, inputs: readonly string[], attributes?: OnnxAttributes): string;
  emitMany(op: string, inputs: readonly string[], outputs: number, attributes?: OnnxAttributes): readonly string[];
  constant(dtype: DType, shape: readonly number[], values: ArrayLike<number>): string;
  /** An int64 vector holding a shape; computed when it has symbols. */
  shape(shape: Shape): string;
}

/** f32 numbers need `{ float: x }`, because 1 and 1.0 are one number here and two types in ONNX. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };
export type OnnxAttributes = Readonly<Record<string, OnnxAttribute>>;

export interface Lowered {
  readonly inputs: readonly string[];
  readonly types: readonly ValueType[];
  readonly outputs: readonly ValueType[];
  readonly attributes: Attributes;
}

export interface Operator {
  readonly name: string;
  /** One line: what it computes, for docs/operators.md. */
  readonly doc: string;
  /** True when it works element by element and stretches its inputs itself: an `expand` in front can be left out or done after. */
  readonly broadcasts?: boolean;
  /** @throws LEPTON_SHAPE */
  infer(call: Call): readonly ValueType[];
  /** In float64, on whole arrays; `outputs` have numbers for symbols. */
  evaluate(
    inputs: readonly Dense[],
    attributes: Attributes,
    outputs: readonly { readonly dtype: DType; readonly shape: readonly number[] }[],
  ): readonly Dense[];
  /** One entry an input; null in its place where there is none. `undefined`: the operator has no gradient (integers, comparisons). */
  readonly gradient?: (backward: Backward) => readonly (Tensor | null)[];
  lower(node: Lowered, emitter: Emitter): readonly string[];
}

/** @throws LEPTON_SHAPE "dense1: matmul: LAW, got f32 [B, 8] and f32 [16, 4]." */
export function refuse(call: Call, law: string): never {
  const got = call.inputs.map(formatType).join(" and ");
  throw new LeptonError("LEPTON_SHAPE", `${call.where}: ${law}, got ${got}.`);
}

/** @throws LEPTON_SHAPE when an input is not of one of these types */
export function requireDType(call: Call, index: number, ...allowed: readonly DType[]): void {
  const dtype = call.inputs[index]!.dtype;
  if (!allowed.includes(dtype)) refuse(call, `input ${index + 1} must be ${allowed.join(" or ")}`);
}

export const floats = ["f32", "f64"] as const satisfies readonly DType[];
export const numbers = ["f32", "f64", "i32", "i64"] as const satisfies readonly DType[];

export const isFloat = (dtype: DType): boolean => dtype === "f32" || dtype === "f64";

export const numberOf = (attributes: Attributes, name: string): number => attributes[name] as number;
export const numbersOf = (attributes: Attributes, name: string): readonly number[] =>
  attributes[name] as readonly number[];
export const wordsOf = (attributes: Attributes, name: string): readonly string[] =>
  attributes[name] as readonly string[];
export const flagOf = (attributes: Attributes, name: string): boolean => attributes[name] === true;
