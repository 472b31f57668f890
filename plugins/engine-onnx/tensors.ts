/** The contract's tensors to onnxruntime's and back. Typed arrays are shared, never copied. */
import type { DType, TensorBytes, TensorData } from "@lepton/contract";
import { emptyArray } from "@lepton/graph";
import type * as Ort from "onnxruntime-node";

const toOrtTypes = { f32: "float32", f64: "float64", i32: "int32", i64: "int64", bool: "bool" } as const;
const fromOrtTypes: Readonly<Record<string, DType>> = Object.fromEntries(
  Object.entries(toOrtTypes).map(([ours, theirs]) => [theirs, ours as DType]),
);

export function toOrt(ort: typeof Ort, { dtype, shape, data }: TensorData): Ort.Tensor {
  return new ort.Tensor(toOrtTypes[dtype], data as Float32Array, shape);
}

export function fromOrt(tensor: Ort.Tensor): TensorData {
  const dtype = fromOrtTypes[tensor.type];
  if (!dtype) throw new Error(`onnxruntime returned a tensor of type ${tensor.type}`);
  return { dtype, shape: tensor.dims, data: tensor.data as TensorBytes };
}

export function zeros(dtype: DType, shape: readonly number[]): TensorData {
  return {
    dtype,
    shape,
    data: emptyArray(
      dtype,
      shape.reduce((product, dim) => product * dim, 1),
    ),
  };
}
