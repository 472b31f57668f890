/**
 * An `infer` request. Enters: the body (JSON, or JSON followed by raw tensors); leaves: rows for the model and what the client wants back. Columns come
 * as one input each, named as the column; plain rows as one input "features" of shape [N, C].
 */
import type { BundleManifest } from "@lepton/contract";
import { parseJson } from "../body.ts";
import { type EncodeRows, type ModelInput, type Row, readRows, rowOfValues } from "../rows.ts";
import { datatypes, decodeTensor, readJsonData, refuse, type TensorValue } from "./tensors.ts";

/** The name of the input that holds whole rows. */
export const featuresInput = "features";

export interface WantedOutput {
  readonly name: string;
  readonly binary: boolean;
}

export interface InferRequest {
  readonly id: string | undefined;
  readonly input: ModelInput;
  /** undefined: all outputs. */
  readonly outputs: readonly WantedOutput[] | undefined;
  /** For outputs that do not say it themselves. */
  readonly binaryByDefault: boolean;
}

interface InputTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: readonly TensorValue[];
}

type Json = Readonly<Record<string, unknown>>;

/** @param headerLength the header Inference-Header-Content-Length: bytes of JSON before the raw tensors; undefined: JSON only */
export function readInfer(
  body: Buffer,
  headerLength: string | undefined,
  manifest: BundleManifest,
  encode: EncodeRows,
): InferRequest {
  const jsonBytes = headerLength === undefined ? body.length : Number(headerLength);
  if (!Number.isSafeInteger(jsonBytes) || jsonBytes < 0 || jsonBytes > body.length) {
    refuse(`Inference-Header-Content-Length must be at most the body's ${body.length} bytes, got ${headerLength}.`);
  }
  const json = object(parseJson(body.subarray(0, jsonBytes), "the request's JSON"), "the request");
  const tensors = readInputs(json, body.subarray(jsonBytes), manifest);
  return {
    id: typeof json.id === "string" ? json.id : undefined,
    input: readRows(rowsBody(tensors, manifest), manifest, encode),
    outputs: json.outputs === undefined ? undefined : list(json.outputs, "outputs").map(readOutput),
    binaryByDefault: parameters(json).binary_data_output === true,
  };
}

function readInputs(json: Json, raw: Buffer, manifest: BundleManifest): InputTensor[] {
  let at = 0;
  const tensors = list(json.inputs, "inputs").map((item) => {
    const input = object(item, "each of inputs");
    const name = String(input.name);
    const datatype = String(input.datatype);
    if (!isInput(name, manifest)) refuse(`there is no input "${name}"; inputs: ${inputNames(manifest).join(", ")}.`);
    if (!datatypes.includes(datatype))
      refuse(`input "${name}": datatype must be one of ${datatypes.join(", ")}, got ${datatype}.`);
    const size = parameters(input).binary_data_size;
    if (size === undefined)
      return { name, shape: shapeOf(input, name), values: readJsonData(input.data, datatype, name) };
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0 || at + size > raw.length) {
      refuse(`input "${name}": binary_data_size is ${size}, but ${raw.length - at} bytes are left of the body.`);
    }
    const bytes = raw.subarray(at, (at += size as number));
    return { name, shape: shapeOf(input, name), values: decodeTensor(bytes, datatype, name) };
  });
  if (at !== raw.length)
    refuse(`${raw.length - at} bytes follow the inputs' binary data; binary_data_size must add up to the body.`);
  for (const { name, shape, values } of tensors) checkCount(name, shape, values.length);
  return tensors;
}

function checkCount(name: string, shape: readonly number[], values: number): void {
  const wanted = shape.reduce((product, length) => product * length, 1);
  if (wanted !== values) refuse(`input "${name}": shape [${shape.join(", ")}] holds ${wanted} values, got ${values}.`);
}

function shapeOf(input: Json, name: string): number[] {
  const { shape } = input;
  if (Array.isArray(shape) && shape.length > 0 && shape.every((n) => Number.isSafeInteger(n) && n >= 0)) return shape;
  return refuse(`input "${name}": shape must be a list of sizes, got ${JSON.stringify(shape)}.`);
}

/** The tensors as a body that /predict would take. */
function rowsBody(tensors: readonly InputTensor[], manifest: BundleManifest): Json | readonly Row[] {
  const whole = tensors.find((tensor) => tensor.name === featuresInput && !isColumn(featuresInput, manifest));
  if (whole !== undefined) {
    if (tensors.length > 1) refuse(`"${featuresInput}" holds whole rows; send it alone.`);
    const rows = wholeRows(whole);
    return manifest.columns.length === 0 ? { features: rows } : rows.map((row, at) => rowOfValues(row, at, manifest));
  }
  return columnRows(tensors, manifest);
}

function wholeRows({ name, shape, values }: InputTensor): TensorValue[][] {
  const [rows = 0, ...rest] = shape;
  if (rest.length === 0) refuse(`input "${name}": shape must be [rows, values of a row], got [${shape.join(", ")}].`);
  const width = rest.reduce((product, length) => product * length, 1);
  // Any number of empty rows holds no values: nothing in the request would bound them.
  if (width === 0) refuse(`input "${name}": a row must have values, got shape [${shape.join(", ")}].`);
  return Array.from({ length: rows }, (_, row) => values.slice(row * width, (row + 1) * width));
}

function columnRows(tensors: readonly InputTensor[], manifest: BundleManifest): Row[] {
  const [first] = tensors;
  if (first === undefined) return refuse(`inputs must not be empty; inputs: ${inputNames(manifest).join(", ")}.`);
  for (const { name, values } of tensors) {
    if (values.length !== first.values.length) {
      refuse(
        `input "${name}" has ${values.length} values, but "${first.name}" has ${first.values.length}; each column needs one value a row.`,
      );
    }
  }
  return Array.from(first.values, (_, row) =>
    Object.fromEntries(tensors.map(({ name, values }) => [name, values[row]])),
  );
}

function readOutput(item: unknown): WantedOutput {
  const output = object(item, "each of outputs");
  return { name: String(output.name), binary: parameters(output).binary_data === true };
}

const isColumn = (name: string, manifest: BundleManifest) => manifest.columns.some((column) => column.name === name);
const isInput = (name: string, manifest: BundleManifest) => name === featuresInput || isColumn(name, manifest);

function inputNames(manifest: BundleManifest): string[] {
  return manifest.columns.length === 0 ? [featuresInput] : manifest.columns.map((column) => column.name);
}

function parameters(json: Json): Json {
  return json.parameters === undefined ? {} : object(json.parameters, "parameters");
}

function object(value: unknown, what: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  return refuse(`${what} must be an object.`);
}

function list(value: unknown, what: string): readonly unknown[] {
  return Array.isArray(value) ? value : refuse(`${what} must be a list.`);
}
