/**
 * Tensors of torch by handle: made from host memory or empty on a device, copied to the host, freed. Enters and leaves: the contract's tensors and
 * numbers that are handles. Each function that makes a handle says who frees it; `torch.live` counts those we own.
 */
import type { DType, TensorData } from "@lepton/contract";
import { emptyArray } from "@lepton/graph";
import { check, type DeviceKind, type Torch } from "./library.ts";

/** Where a tensor lives, as the C interface says it; a CPU has index -1 there, and 0 in from_blob. */
export interface Place {
  readonly type: number;
  readonly index: number;
  readonly onHost: boolean;
  readonly kind: DeviceKind;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);

/** What a tensor may be inside torch: two more than a graph's, for products in low precision. */
export type TorchType = DType | LowType;
export type LowType = "bf16" | "f16";

const bytesOf = (dtype: TorchType, shape: readonly number[]): number =>
  sizeOf(shape) * (dtype === "bf16" || dtype === "f16" ? 2 : emptyArray(dtype, 0).BYTES_PER_ELEMENT);

const codes = new WeakMap<Torch, Record<TorchType, number>>();

/** torch's number for a dtype. */
export function dtypeCode(torch: Torch, dtype: TorchType): number {
  let known = codes.get(torch);
  if (!known) {
    const { f32, f64, bf16, f16, i32, i64, bool } = torch.natives;
    known = { f32: f32(), f64: f64(), bf16: bf16(), f16: f16(), i32: i32(), i64: i64(), bool: bool() };
    codes.set(torch, known);
  }
  return known[dtype];
}

export function hostPlace(torch: Torch): Place {
  return { type: torch.natives.cpu(), index: -1, onHost: true, kind: "cpu" };
}

/** A tensor over the caller's memory, not copied: keep `data` alive until it is freed. The caller frees it. */
export function borrowHost(torch: Torch, { dtype, shape, data }: TensorData): number {
  if (data.length === 0) return emptyTensor(torch, dtype, shape, hostPlace(torch));
  const { natives, scratch } = torch;
  scratch.writeShape(shape);
  const status = natives.fromBlob(
    scratch.addressOf(data),
    shape.length,
    scratch.sizes,
    scratch.strides,
    0,
    dtypeCode(torch, dtype),
    natives.cpu(),
    -1,
    scratch.result,
  );
  check(torch, status, `a tensor ${dtype} [${shape.join(", ")}] from the host`);
  torch.live++;
  return scratch.readResult();
}

/** The caller frees it; its numbers are arbitrary. @param pinned  host memory that a GPU reads by itself */
export function emptyTensor(
  torch: Torch,
  dtype: DType,
  shape: readonly number[],
  place: Place,
  pinned = false,
): number {
  const { natives, scratch } = torch;
  scratch.writeShape(shape);
  const { type, index } = place;
  const code = dtypeCode(torch, dtype);
  const make = pinned ? natives.emptyPinned : natives.empty;
  const status = make(shape.length, scratch.sizes, scratch.strides, code, type, index, scratch.result);
  check(torch, status, `a tensor ${dtype} [${shape.join(", ")}]`, bytesOf(dtype, shape));
  torch.live++;
  return scratch.readResult();
}

/** Makes tensors of one kind, as emptyTensor does, with everything but the call prepared. */
export function prepareEmpty(
  torch: Torch,
  dtype: TorchType,
  shape: readonly number[],
  { type, index }: Place,
  where: string,
): () => number {
  const { natives, scratch } = torch;
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1).map((dim) => Math.max(1, dim))));
  const args = [shape.length, scratch.integers(shape), scratch.integers(strides), dtypeCode(torch, dtype), type, index];
  const [rank, sizes, steps, code, kind, number] = args as [number, number, number, number, number, number];
  const asked = bytesOf(dtype, shape);
  return () => {
    const status = natives.empty(rank, sizes, steps, code, kind, number, scratch.result);
    if (status !== 0) check(torch, status, where, asked);
    torch.live++;
    return scratch.readResult();
  };
}

/**
 * A copy on a device. The caller frees it, and may change its own memory at once. To CUDA it goes through pinned memory, so that nothing waits for the
 * GPU: torch keeps that memory until the copy is done.
 */
export function toDevice(torch: Torch, tensor: TensorData, place: Place): number {
  const blob = borrowHost(torch, tensor);
  if (place.kind === "cuda" && tensor.data.length > 0) return throughPinned(torch, tensor, blob, place);
  try {
    const made = emptyTensor(torch, tensor.dtype, tensor.shape, place);
    copyInto(torch, made, blob);
    return made;
  } finally {
    free(torch, blob);
  }
}

/** Takes the blob. */
function throughPinned(torch: Torch, { dtype, shape }: TensorData, blob: number, place: Place): number {
  let pinned = 0;
  try {
    pinned = emptyTensor(torch, dtype, shape, hostPlace(torch), true);
    copyInto(torch, pinned, blob);
    const made = emptyTensor(torch, dtype, shape, place);
    copyInto(torch, made, pinned, true);
    return made;
  } finally {
    for (const handle of [blob, pinned]) if (handle !== 0) free(torch, handle);
  }
}

/** A copy on the host: waits for the device. */
export function toHost(torch: Torch, handle: number, dtype: DType, shape: readonly number[], place: Place): TensorData {
  const tensor = { dtype, shape, data: emptyArray(dtype, sizeOf(shape)) };
  if (dtype === "f32" && shape.length === 0 && place.onHost) {
    check(torch, torch.natives.itemF32(handle, torch.scratch.result), "reading a number");
    tensor.data[0] = torch.scratch.readResultF32();
    return tensor;
  }
  if (tensor.data.length === 0) return tensor;
  const blob = borrowHost(torch, tensor);
  try {
    copyInto(torch, blob, handle);
  } finally {
    free(torch, blob);
  }
  return tensor;
}

/** copy_(into, from, nonBlocking); both must have one shape. */
function copyInto(torch: Torch, into: number, from: number, nonBlocking = false): void {
  const { natives, scratch } = torch;
  const [first, second] = [duplicate(torch, into), duplicate(torch, from)];
  scratch.writeInteger(0, first);
  scratch.writeInteger(1, second);
  scratch.writeInteger(2, nonBlocking ? 1 : 0);
  torch.live -= 2; // the call takes both
  const status = natives.call(scratch.text("aten::copy_"), scratch.text(""), scratch.stack, abiVersion(torch));
  check(torch, status, "copying a tensor");
  torch.live++;
  free(torch, scratch.read(0));
}

const versions = new WeakMap<Torch, bigint>();

/** Which version of the interface this library speaks: handed back to it with each call. */
export function abiVersion(torch: Torch): bigint {
  let version = versions.get(torch);
  if (version === undefined) {
    version = BigInt(torch.natives.abiVersion());
    versions.set(torch, version);
  }
  return version;
}

/** Another handle of the same tensor. The caller frees it. */
export function duplicate(torch: Torch, handle: number): number {
  check(torch, torch.natives.duplicate(handle, torch.scratch.result), "a handle");
  torch.live++;
  return torch.scratch.readResult();
}

export function free(torch: Torch, handle: number): void {
  torch.natives.remove(handle);
  torch.live--;
}

/** What a handle really is: for checks of what torch made. */
export function typeOf(torch: Torch, handle: number): { readonly dtype: number; readonly shape: readonly number[] } {
  const { natives, scratch } = torch;
  check(torch, natives.dtype(handle, scratch.result), "a tensor's dtype");
  const dtype = scratch.readResultI32();
  check(torch, natives.rank(handle, scratch.result), "a tensor's rank");
  const shape = Array.from({ length: scratch.readResult() }, (_, axis) => {
    check(torch, natives.size(handle, axis, scratch.result), "a tensor's size");
    return scratch.readResult();
  });
  return { dtype, shape };
}
