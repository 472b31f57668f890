/**
 * Is what an engine is handed what its program says? Enter: feeds and state tensors from the caller; leaves: the number of each symbol, or an error.
 * Apart because every engine asks the same: onnxruntime would broadcast a wrong feed silently, and libtorch would read past its end.
 */
import {
  type DType,
  type FeedSpec,
  LeptonError,
  type StateSpec,
  type TensorBytes,
  type TensorData,
} from "@lepton/contract";
import { bindDim, formatShape, formatType, sizeOf } from "./dims.ts";

/** Name ─► tensor. */
export type Feeds = Readonly<Record<string, TensorData>>;

const arrays = {
  f32: Float32Array,
  f64: Float64Array,
  i32: Int32Array,
  i64: BigInt64Array,
  bool: Uint8Array,
} as const;

/** Zeros of a dtype's array type. */
export function emptyArray(dtype: DType, size: number): TensorBytes {
  return new arrays[dtype](size);
}

/** True when the data's array type and length fit what it claims to be. */
export function isWhole({ dtype, shape, data }: TensorData): boolean {
  return data instanceof arrays[dtype] && data.length === sizeOf(shape);
}

/** What each symbol is in these feeds: the same number in all of them. @throws LEPTON_SHAPE naming the entry and the feed */
export function bindFeeds(entry: string, specs: readonly FeedSpec[], given: Feeds): ReadonlyMap<string, number> {
  const symbols = new Map<string, number>();
  for (const spec of specs) {
    const tensor = given[spec.name];
    if (tensor && fits(spec, tensor, symbols)) continue;
    const known = [...symbols].map(([name, value]) => `${name} = ${value}`).join(", ");
    const law = `entry ${entry}: feed "${spec.name}" must be ${formatType(spec)}${known ? ` where ${known}` : ""}`;
    const got = tensor ? `got ${formatType(tensor)} with ${tensor.data.length} values` : "it was not given";
    throw new LeptonError("LEPTON_SHAPE", `${law}, ${got}.`);
  }
  return symbols;
}

function fits({ dtype, shape }: FeedSpec, tensor: TensorData, symbols: Map<string, number>): boolean {
  if (tensor.dtype !== dtype || tensor.shape.length !== shape.length || !isWhole(tensor)) return false;
  return shape.every((dim, axis) => bindDim(dim, tensor.shape[axis]!, symbols));
}

/** @throws LEPTON_CHECKPOINT when the program has no such state */
export function stateSpecOf(specs: ReadonlyMap<string, StateSpec>, name: string): StateSpec {
  const spec = specs.get(name);
  if (spec) return spec;
  throw new LeptonError(
    "LEPTON_CHECKPOINT",
    `the program has no state "${name}"; state: ${[...specs.keys()].join(", ")}.`,
  );
}

/** @throws LEPTON_CHECKPOINT when there is no such state or the tensor is not of its type */
export function checkState(specs: ReadonlyMap<string, StateSpec>, name: string, tensor: TensorData): void {
  const { dtype, shape } = stateSpecOf(specs, name);
  if (dtype === tensor.dtype && formatShape(shape) === formatShape(tensor.shape) && isWhole(tensor)) return;
  const got = `${formatType(tensor)} with ${tensor.data.length} values`;
  throw new LeptonError(
    "LEPTON_CHECKPOINT",
    `state "${name}" must be ${formatType({ dtype, shape })}, got ${got}; is it of this model?`,
  );
}
