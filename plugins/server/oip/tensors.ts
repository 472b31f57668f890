/**
 * Tensors of the Open Inference Protocol v2: their datatypes, as JSON and as raw bytes. Enters and leaves: flat values in row-major order.
 * @source Open Inference Protocol, "Inference Request" and Triton's "Binary Tensor Data Extension" (little-endian; BYTES elements with a 4-byte length)
 */
import { LeptonError } from "@lepton/contract";

export type TensorValue = number | string | boolean | null;

interface NumericType {
  readonly sizeBytes: number;
  readonly read: (view: DataView, at: number) => number | boolean;
}

const numeric: Readonly<Record<string, NumericType>> = {
  BOOL: { sizeBytes: 1, read: (view, at) => view.getUint8(at) !== 0 },
  UINT8: { sizeBytes: 1, read: (view, at) => view.getUint8(at) },
  UINT16: { sizeBytes: 2, read: (view, at) => view.getUint16(at, true) },
  UINT32: { sizeBytes: 4, read: (view, at) => view.getUint32(at, true) },
  UINT64: { sizeBytes: 8, read: (view, at) => Number(view.getBigUint64(at, true)) },
  INT8: { sizeBytes: 1, read: (view, at) => view.getInt8(at) },
  INT16: { sizeBytes: 2, read: (view, at) => view.getInt16(at, true) },
  INT32: { sizeBytes: 4, read: (view, at) => view.getInt32(at, true) },
  INT64: { sizeBytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  FP32: { sizeBytes: 4, read: (view, at) => view.getFloat32(at, true) },
  FP64: { sizeBytes: 8, read: (view, at) => view.getFloat64(at, true) },
};

export const datatypes: readonly string[] = [...Object.keys(numeric), "BYTES"];

/** @param bytes the tensor's own bytes, nothing after them. NaN becomes null: the protocol's binary form has no other way to say "missing". */
export function decodeTensor(bytes: Buffer, datatype: string, name: string): TensorValue[] {
  if (datatype === "BYTES") return decodeTexts(bytes, name);
  const type = numeric[datatype] as NumericType;
  if (bytes.length % type.sizeBytes !== 0)
    refuse(`input "${name}": ${bytes.length} bytes are not whole ${datatype} values.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / type.sizeBytes }, (_, index) => {
    const value = type.read(view, index * type.sizeBytes);
    return Number.isNaN(value) ? null : value;
  });
}

function decodeTexts(bytes: Buffer, name: string): string[] {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = at + 4 <= bytes.length ? bytes.readUInt32LE(at) : Number.POSITIVE_INFINITY;
    if (at + 4 + length > bytes.length) refuse(`input "${name}": its BYTES data ends inside an element.`);
    texts.push(bytes.toString("utf8", at + 4, at + 4 + length));
    at += 4 + length;
  }
  return texts;
}

/** FP32 or BYTES values as raw bytes. */
export function encodeTensor(values: readonly TensorValue[] | Float32Array, datatype: "FP32" | "BYTES"): Buffer {
  if (datatype === "FP32") {
    const bytes = Buffer.alloc(values.length * 4);
    for (const [index, value] of values.entries())
      bytes.writeFloatLE(typeof value === "number" ? value : Number.NaN, index * 4);
    return bytes;
  }
  return Buffer.concat(
    Array.from(values as readonly TensorValue[], (value) => {
      const text = Buffer.from(String(value));
      const length = Buffer.alloc(4);
      length.writeUInt32LE(text.length);
      return Buffer.concat([length, text]);
    }),
  );
}

/** Values of a JSON `data`, nested or flat, checked against the datatype; null is a missing value. */
export function readJsonData(data: unknown, datatype: string, name: string): TensorValue[] {
  if (!Array.isArray(data)) return refuse(`input "${name}" needs data, a list of ${datatype} values.`);
  const wanted = datatype === "BYTES" ? "string" : datatype === "BOOL" ? "boolean" : "number";
  const values = data.flat(8) as unknown[];
  const wrong = values.findIndex((value) => value !== null && typeof value !== wanted);
  if (wrong < 0) return values as TensorValue[];
  return refuse(
    `input "${name}", value ${wrong} must be a ${wanted} (${datatype}), got ${JSON.stringify(values[wrong])?.slice(0, 60)}.`,
  );
}

export function refuse(sentence: string): never {
  throw new LeptonError("LEPTON_REQUEST", sentence);
}
