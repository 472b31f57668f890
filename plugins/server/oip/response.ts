/** An `infer` answer. Enters: the model's outputs and what the client wants; leaves: a JSON body, or JSON followed by raw tensors. */
import type { BundleManifest } from "@lepton/contract";
import { answers, classProbabilities } from "../answer.ts";
import type { InferRequest, WantedOutput } from "./request.ts";
import { encodeTensor, refuse, type TensorValue } from "./tensors.ts";

interface OutputTensor {
  readonly name: string;
  readonly datatype: "FP32" | "BYTES";
  readonly shape: readonly number[];
  readonly values: readonly TensorValue[] | Float32Array;
}

export interface InferReply {
  readonly body: Buffer;
  /** Bytes of JSON before the raw tensors; undefined when there are none. */
  readonly headerLength: number | undefined;
}

/** @param output [rows, K] flat */
export function writeInfer(output: Float32Array, request: InferRequest, manifest: BundleManifest): InferReply {
  const all = outputTensors(output, request.input.rows, manifest);
  const wanted = request.outputs ?? all.map(({ name }) => ({ name, binary: request.binaryByDefault }));
  const raw: Buffer[] = [];
  const outputs = wanted.map((want) => {
    const { values, ...head } = pick(all, want);
    if (!want.binary) return { ...head, data: jsonData(values) };
    const bytes = encodeTensor(values, head.datatype);
    raw.push(bytes);
    return { ...head, parameters: { binary_data_size: bytes.length } };
  });
  const id = request.id === undefined ? {} : { id: request.id };
  const json = Buffer.from(
    JSON.stringify({ model_name: manifest.name, model_version: String(manifest.version), ...id, outputs }),
  );
  return raw.length === 0
    ? { body: json, headerLength: undefined }
    : { body: Buffer.concat([json, ...raw]), headerLength: json.length };
}

function pick(all: readonly OutputTensor[], want: WantedOutput): OutputTensor {
  const tensor = all.find(({ name }) => name === want.name);
  return tensor ?? refuse(`there is no output "${want.name}"; outputs: ${all.map(({ name }) => name).join(", ")}.`);
}

function outputTensors(output: Float32Array, rows: number, manifest: BundleManifest): OutputTensor[] {
  const { classes } = manifest;
  if (classes === null) {
    const width = output.length / rows;
    return [{ name: "prediction", datatype: "FP32", shape: width === 1 ? [rows] : [rows, width], values: output }];
  }
  const labels = answers(output, rows, manifest).prediction as readonly string[];
  return [
    { name: "prediction", datatype: "BYTES", shape: [rows], values: labels },
    {
      name: "probabilities",
      datatype: "FP32",
      shape: [rows, classes.length],
      values: classProbabilities(output, rows, classes.length),
    },
  ];
}

/** JSON has no NaN: null stands for it. */
const jsonData = (values: OutputTensor["values"]): TensorValue[] =>
  Array.from(values as Iterable<TensorValue>, (value) =>
    typeof value === "number" && !Number.isFinite(value) ? null : value,
  );
