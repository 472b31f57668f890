/** A model as ONNX stores it: plain nodes and tensors to the bytes of a ModelProto. @source onnx/onnx.proto, IR version 10, opset 21 */
import type { DType, Shape } from "@lepton/contract";
import type { OnnxAttribute, OnnxAttributes } from "../operator.ts";
import { ProtobufWriter } from "./protobuf.ts";

export interface OnnxNode {
  readonly op: string;
  readonly name: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: OnnxAttributes;
}

export interface OnnxTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

export interface OnnxValue {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

export interface OnnxModel {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /**
   * Types of values in between. onnxruntime infers none behind a Reshape with -1; told that the dimension is B again, it reuses buffers, and an
   * LSTM's session is made in a tenth of the time.
   */
  readonly between: readonly OnnxValue[];
}

/** TensorProto.DataType */
export const elementTypes = { f32: 1, i32: 6, i64: 7, bool: 9, f64: 11 } as const satisfies Record<DType, number>;

const irVersion = 10;
const opset = 21;

export function encodeModel(model: OnnxModel): Uint8Array {
  const domains = new Set(["", ...model.nodes.map((node) => node.domain)]);
  const writer = new ProtobufWriter().integer(1, irVersion).text(2, "lepton");
  writer.message(7, (graph) => writeGraph(graph, model));
  for (const domain of domains) writer.message(8, (set) => set.text(1, domain).integer(2, domain === "" ? opset : 1));
  return writer.finish();
}

function writeGraph(writer: ProtobufWriter, model: OnnxModel): void {
  for (const node of model.nodes) writer.message(1, (child) => writeNode(child, node));
  writer.text(2, model.name);
  for (const tensor of model.initializers) writer.message(5, (child) => writeTensor(child, tensor));
  for (const value of model.inputs) writer.message(11, (child) => writeValue(child, value));
  for (const value of model.outputs) writer.message(12, (child) => writeValue(child, value));
  for (const value of model.between) writer.message(13, (child) => writeValue(child, value));
}

function writeNode(writer: ProtobufWriter, node: OnnxNode): void {
  for (const name of node.inputs) writer.text(1, name);
  for (const name of node.outputs) writer.text(2, name);
  writer.text(3, node.name).text(4, node.op);
  for (const [name, value] of Object.entries(node.attributes))
    writer.message(5, (child) => writeAttribute(child.text(1, name), value));
  if (node.domain !== "") writer.text(7, node.domain);
}

function writeAttribute(writer: ProtobufWriter, value: OnnxAttribute): void {
  if (typeof value === "number") writer.integer(3, value).integer(20, 2);
  else if (typeof value === "string") writer.text(4, value).integer(20, 3);
  else if ("float" in value) writer.float(2, value.float).integer(20, 1);
  else {
    for (const item of value) writer.integer(8, item);
    writer.integer(20, 7);
  }
}

function writeTensor(writer: ProtobufWriter, tensor: OnnxTensor): void {
  for (const dim of tensor.shape) writer.integer(1, dim);
  writer.integer(2, elementTypes[tensor.dtype]).text(8, tensor.name).bytes(9, rawData(tensor));
}

function rawData({ dtype, values }: OnnxTensor): Uint8Array {
  const array = typedArray(dtype, values);
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Values in the array that holds their dtype. Little-endian machines only, as ONNX's raw data is. */
export function typedArray(dtype: DType, values: ArrayLike<number>) {
  switch (dtype) {
    case "f32":
      return Float32Array.from(values);
    case "f64":
      return Float64Array.from(values);
    case "i32":
      return Int32Array.from(values);
    case "i64":
      return BigInt64Array.from(Array.from(values, BigInt));
    case "bool":
      return Uint8Array.from(values);
    default:
      return dtype satisfies never;
  }
}

function writeValue(writer: ProtobufWriter, value: OnnxValue): void {
  writer.text(1, value.name).message(2, (type) =>
    type.message(1, (tensor) =>
      tensor.integer(1, elementTypes[value.dtype]).message(2, (shape) => {
        for (const dim of value.shape)
          shape.message(1, (d) => (typeof dim === "number" ? d.integer(1, dim) : d.text(2, dim)));
      }),
    ),
  );
}
