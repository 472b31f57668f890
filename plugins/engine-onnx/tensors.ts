/** The contract's tensors to onnxruntime's and back. Typed arrays are shared, never copied. */
import type { DType, TensorBytes, TensorData } from "@lepton/contract";
import type * as Ort from "onnxruntime-node";

const toOrtTypes = { f32: "float32", f64: "float64", i32: "int32", i64: "int64", bool: "bool" } as const;
const fromOrtTypes: Readonly<Record<string, DType>> = Object.fromEntries(
  Object.entries(toOrtTypes).map(([ours, theirs]) => [theirs, ours as DType]),
);

const arrays = {
  f32: Float32Array,
  f64: Float64Array,
  i32: Int32Array,
  i64: BigInt64Array,
  bool: Uint8Array,
} as const;

export function toOrt(ort: typeof Ort, { dtype, shape, data }: TensorData): Ort.Tensor {
  return new ort.Tensor(toOrtTypes[dtype], data as Float32Array, shape);
}

export function fromOrt(tensor: Ort.Tensor): TensorData {
  const dtype = fromOrtTypes[tensor.type];
  if (!dtype) throw new Error(`onnxruntime returned a tensor of type ${tensor.type}`);
  return { dtype, shape: tensor.dims, data: tensor.data as TensorBytes };
}

export function zeros(dtype: DType, shape: readonly number[]): TensorData {
  return { dtype, shape, data: new arrays[dtype](shape.reduce((product, dim) => product * dim, 1)) };
}

/** True when the data's array type and length fit what it claims to be. */
export function isWhole({ dtype, shape, data }: TensorData): boolean {
  return data instanceof arrays[dtype] && data.length === shape.reduce((product, dim) => product * dim, 1);
}
