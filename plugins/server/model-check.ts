/**
 * Looks into an ONNX file's bytes before onnxruntime does. Enters: bytes; leaves: nothing, or an error. Apart because it reads the wire format of
 * protobuf itself: a file that names other files (external data) or operators outside the standard must never reach the runtime.
 * @source onnx.proto (field numbers), protobuf encoding guide
 */
import { LeptonError } from "@lepton/contract";

/** Operator domains of the ONNX standard. */
const knownDomains = new Set(["", "ai.onnx", "ai.onnx.ml"]);

interface Field {
  readonly number: number;
  /** Bytes of a length-delimited field; undefined for numbers. */
  readonly bytes?: Uint8Array;
  readonly value?: number;
}

/** Refuse a model with external data or with operators of an unknown domain. @throws LEPTON_FILE_FORMAT */
export function checkModel(bytes: Uint8Array, origin: string): void {
  const refuse = (reason: string): never => {
    throw new LeptonError("LEPTON_FILE_FORMAT", `${origin} cannot be served: ${reason}`);
  };
  let nodes = 0;
  const visit = (kind: MessageKind, message: Uint8Array): void => {
    for (const field of fields(message)) {
      const rule = layout[kind][field.number];
      if (rule === undefined) continue;
      if (rule === "external" && (field.bytes !== undefined || (field.value ?? 0) % 2 ** 32 === 1))
        refuse("it keeps tensors in other files (external data); save the model as one file.");
      else if (rule === "domain" && !knownDomains.has(text(field)))
        refuse(`it uses operators of the domain "${text(field)}"; only the ONNX standard's own are accepted.`);
      else if (rule in layout && field.bytes !== undefined) {
        if (rule === "node") nodes++;
        visit(rule as MessageKind, field.bytes);
      }
    }
  };
  try {
    visit("model", bytes);
  } catch (error) {
    if (error instanceof LeptonError) throw error;
    throw new LeptonError("LEPTON_FILE_FORMAT", `${origin} is not an ONNX model.`, { cause: error });
  }
  if (nodes === 0) refuse("it has no operators.");
}

type MessageKind = "model" | "opset" | "function" | "graph" | "node" | "attribute" | "sparse" | "tensor";
type Rule = MessageKind | "domain" | "external";

/** Field number ─► what lies there, for the messages through which a tensor or an operator can be reached. */
const layout: Readonly<Record<MessageKind, Readonly<Record<number, Rule>>>> = {
  model: { 7: "graph", 8: "opset", 25: "function" },
  opset: { 1: "domain" },
  function: { 7: "node", 9: "opset", 10: "domain", 11: "attribute" },
  graph: { 1: "node", 5: "tensor", 15: "sparse" },
  node: { 5: "attribute", 7: "domain" },
  attribute: { 5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse" },
  sparse: { 1: "tensor", 2: "tensor" },
  tensor: { 13: "external", 14: "external" },
};

const text = (field: Field) => new TextDecoder().decode(field.bytes);

function* fields(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined || scale > 2 ** 63) throw new Error("truncated varint");
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    // Protobuf's readers keep 32 bits of a tag: a larger one would be another field to them than to us.
    if (key < 8 || key >= 2 ** 32) throw new Error(`tag ${key}`);
    const number = Math.floor(key / 8);
    const wire = key % 8;
    if (wire === 0) yield { number, value: varint() };
    else if (wire === 1 || wire === 5) at += wire === 1 ? 8 : 4;
    else if (wire === 2) {
      const end = varint() + at;
      if (end > message.length) throw new Error("truncated field");
      yield { number, bytes: message.subarray(at, end) };
      at = end;
    } else throw new Error(`wire type ${wire}`);
  }
}
