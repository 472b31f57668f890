/**
 * Tensors in one file, in the published safetensors format: 8 bytes of header length, a JSON header, the tensors' bytes. Enters: tensors by name
 * and text metadata; leaves: bytes any safetensors reader takes, and back. Apart because checkpoints, served weights and plugins share it.
 * @source https://github.com/huggingface/safetensors (format 0.x): little-endian, row-major, no gaps, header padded by spaces to 8 bytes
 */
import { createHash } from "node:crypto";
import { type DType, LeptonError, type TensorBytes, type TensorData } from "@lepton/contract";

export interface TensorFile {
  readonly tensors: Readonly<Record<string, TensorData>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const formats: Readonly<Record<DType, { name: string; size: number; make: (buffer: ArrayBuffer) => TensorBytes }>> = {
  f32: { name: "F32", size: 4, make: (buffer) => new Float32Array(buffer) },
  f64: { name: "F64", size: 8, make: (buffer) => new Float64Array(buffer) },
  i32: { name: "I32", size: 4, make: (buffer) => new Int32Array(buffer) },
  i64: { name: "I64", size: 8, make: (buffer) => new BigInt64Array(buffer) },
  bool: { name: "BOOL", size: 1, make: (buffer) => new Uint8Array(buffer) },
};

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** Encode as parts to be written one after the other, so that large tensors are not copied. */
export function encodeTensors({ tensors, metadata }: TensorFile): Uint8Array[] {
  const header: Record<string, HeaderEntry | Readonly<Record<string, string>>> = { __metadata__: metadata };
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, tensor] of Object.entries(tensors)) {
    const bytes = new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
    header[name] = {
      dtype: formats[tensor.dtype].name,
      shape: tensor.shape,
      data_offsets: [offset, offset + bytes.length],
    };
    offset += bytes.length;
    parts.push(bytes);
  }
  const text = JSON.stringify(header);
  const json = new TextEncoder().encode(text + " ".repeat((8 - (new TextEncoder().encode(text).length % 8)) % 8));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  return [length, json, ...parts];
}

/** Decode a whole file. `origin` is its path, for the message. @throws LEPTON_CHECKPOINT when it is damaged */
export function decodeTensors(bytes: Uint8Array, origin: string): TensorFile {
  const damaged = (what: string, cause?: unknown) =>
    new LeptonError(
      "LEPTON_CHECKPOINT",
      `${origin} is damaged: ${what}; restore the file or train again. Its SHA-256 is ${createHash("sha256").update(bytes).digest("hex")}.`,
      { cause },
    );
  if (bytes.length < 8) throw damaged(`${bytes.length} bytes, at least 8 are needed`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = 8 + Number(view.getBigUint64(0, true));
  if (end > bytes.length) throw damaged(`the header should end at byte ${end}, the file has ${bytes.length}`);
  let header: Record<string, HeaderEntry>;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, end)));
  } catch (error) {
    throw damaged("its header is not JSON", error);
  }
  if (typeof header !== "object" || header === null) throw damaged("its header is no object");
  const { __metadata__: metadata, ...entries } = header;
  const tensors: Record<string, TensorData> = {};
  for (const [name, entry] of Object.entries(entries)) {
    if (!isEntry(entry)) throw damaged(`its header says nothing sensible of tensor "${name}"`);
    tensors[name] = decodeOne(name, entry, bytes, end, damaged);
  }
  return { tensors, metadata: (metadata as unknown as Record<string, string> | undefined) ?? {} };
}

function isEntry(entry: unknown): entry is HeaderEntry {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Partial<HeaderEntry>;
  const areSizes = (list: unknown) => Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0);
  return typeof dtype === "string" && areSizes(shape) && areSizes(offsets) && offsets?.length === 2;
}

function decodeOne(
  name: string,
  entry: HeaderEntry,
  bytes: Uint8Array,
  base: number,
  damaged: (what: string) => LeptonError,
): TensorData {
  const found = Object.entries(formats).find(([, format]) => format.name === entry.dtype);
  if (!found)
    throw damaged(
      `tensor "${name}" has type ${entry.dtype}, known are ${Object.values(formats)
        .map((format) => format.name)
        .join(", ")}`,
    );
  const [dtype, format] = found as [DType, (typeof formats)[DType]];
  const [from, to] = entry.data_offsets;
  const size = entry.shape.reduce((product, dim) => product * dim, format.size);
  if (to - from !== size || base + to > bytes.length) {
    throw damaged(`tensor "${name}" needs ${size} bytes, bytes ${from} to ${to} of ${bytes.length - base} are given`);
  }
  const copy = new Uint8Array(size); // aligned for the typed array
  copy.set(bytes.subarray(base + from, base + to));
  return { dtype, shape: entry.shape, data: format.make(copy.buffer) };
}
