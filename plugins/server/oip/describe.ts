/** The Open Inference Protocol's routes in the OpenAPI document, with this model's inputs and outputs by name. */
import type { BundleManifest } from "@lepton/contract";
import { getRoute, type Json, json, ref, refusals } from "../openapi-parts.ts";
import { featuresInput } from "./request.ts";
import { modelMetadata } from "./routes.ts";
import { datatypes } from "./tensors.ts";

const tags = ["Open Inference Protocol v2"];

export function protocolPaths(manifest: BundleManifest): Json {
  const model = `/v2/models/${encodeURIComponent(manifest.name)}`;
  const versioned = `${model}/versions/${manifest.version}`;
  return {
    "/v2": getRoute("serverMetadata", "The server and its extensions", { tags }),
    "/v2/health/live": getRoute("serverLive", "Whether the process lives", { tags, isOpen: true }),
    "/v2/health/ready": getRoute("serverReady", "Whether it takes requests", { tags, isOpen: true, drains: true }),
    [model]: getRoute("modelMetadata", "Inputs and outputs", { tags }),
    [versioned]: getRoute("modelVersionMetadata", "Inputs and outputs of this version", { tags }),
    [`${model}/ready`]: getRoute("modelReady", "Whether the model takes requests", { tags, drains: true }),
    [`${versioned}/ready`]: getRoute("modelVersionReady", "Whether this version takes requests", {
      tags,
      drains: true,
    }),
    [`${model}/infer`]: inferRoute("modelInfer"),
    [`${versioned}/infer`]: inferRoute("modelVersionInfer"),
  };
}

function inferRoute(operationId: string): Json {
  return {
    post: {
      operationId,
      summary: `Infer: one input for each column, or one input "${featuresInput}" of whole rows`,
      tags,
      requestBody: { required: true, content: json(ref("InferRequest")) },
      responses: { 200: { description: "The outputs.", content: json(ref("InferReply")) }, ...refusals },
    },
  };
}

export function protocolSchemas(manifest: BundleManifest): Json {
  const { inputs, outputs } = modelMetadata(manifest);
  const inputNames = new Set([...inputs.map(({ name }) => name), featuresInput]);
  const id = { type: "string" };
  const wanted = {
    type: "object",
    required: ["name"],
    properties: { name: { enum: outputs.map(({ name }) => name) } },
  };
  return {
    InputTensor: tensor([...inputNames], datatypes),
    OutputTensor: tensor(
      outputs.map(({ name }) => name),
      ["FP32", "BYTES"],
    ),
    InferRequest: {
      type: "object",
      required: ["inputs"],
      properties: {
        id,
        parameters: { type: "object" },
        inputs: { type: "array", minItems: 1, items: ref("InputTensor") },
        outputs: { type: "array", items: wanted },
      },
    },
    InferReply: {
      type: "object",
      required: ["model_name", "outputs"],
      properties: {
        model_name: { type: "string" },
        model_version: { type: "string" },
        id,
        outputs: { type: "array", items: ref("OutputTensor") },
      },
    },
  };
}

function tensor(names: readonly string[], types: readonly string[]): Json {
  return {
    type: "object",
    required: ["name", "shape", "datatype"],
    properties: {
      name: { enum: names },
      shape: { type: "array", minItems: 1, items: { type: "integer", minimum: 0 } },
      datatype: { enum: types },
      parameters: { type: "object" },
      data: { type: "array" },
    },
  };
}
