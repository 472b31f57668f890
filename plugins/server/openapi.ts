/** The service described for machines: an OpenAPI 3.1 document, typed from the model's columns, with examples that work when sent. */
import type { BundleManifest, RawColumn } from "@lepton/contract";
import { errorCodeNames } from "./errors.ts";
import { exampleRow } from "./rows.ts";

type Json = Readonly<Record<string, unknown>>;

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: Json, example?: unknown) => ({
  "application/json": { schema, ...(example === undefined ? {} : { example }) },
});

/** @param needsToken whether requests must carry the bearer token */
export function openApi(manifest: BundleManifest, needsToken: boolean): Json {
  return {
    openapi: "3.1.0",
    info: {
      title: manifest.name,
      version: String(manifest.version),
      description: `Predicts ${manifest.target || "a value"} (${manifest.task}). Model of run ${manifest.run.id}, made ${manifest.createdAt}.`,
    },
    ...(needsToken ? { security: [{ token: [] }] } : {}),
    paths: { ...predictPath(manifest), ...ownPaths(), ...protocolPaths(manifest) },
    components: {
      schemas: { ...schemas(manifest), ...protocolSchemas() },
      ...(needsToken ? { securitySchemes: { token: { type: "http", scheme: "bearer" } } } : {}),
    },
  };
}

const refusals: Json = Object.fromEntries(
  Object.entries({
    400: "The request cannot be read, lacks a column, or holds a value of the wrong type.",
    401: "The bearer token is missing or wrong.",
    413: "The body is too large.",
    429: "Too many rows wait; try again after Retry-After seconds.",
  }).map(([status, description]) => [status, { description, content: json(ref("Error")) }]),
);

function predictPath(manifest: BundleManifest): Json {
  const examples = requestExamples(manifest);
  const post = {
    operationId: "predict",
    summary: `Predict ${manifest.target || "a value"} for one row or many`,
    requestBody: { required: true, content: { "application/json": { schema: ref("PredictRequest"), examples } } },
    responses: { 200: { description: "One answer for each row.", content: json(ref("PredictReply")) }, ...refusals },
  };
  return { "/predict": { post } };
}

function requestExamples(manifest: BundleManifest): Json {
  if (manifest.columns.length === 0) {
    const zeros = (shape: readonly number[]): unknown =>
      shape.length === 0 ? 0 : Array.from({ length: shape[0] as number }, () => zeros(shape.slice(1)));
    return { features: { value: { features: [zeros(manifest.rowShape)] } } };
  }
  const row = exampleRow(manifest);
  return {
    rows: { summary: "Named rows", value: { rows: [row] } },
    single: { summary: "One row", value: row },
    features: { summary: "Values in the columns' order", value: { features: [Object.values(row)] } },
  };
}

function schemas(manifest: BundleManifest): Json {
  const tabular = manifest.columns.length > 0;
  const plainRows = { type: "array", minItems: 1, items: { type: "array" }, description: plainDescription(manifest) };
  const plain = ["features", "input_data"].map((key) => ({
    type: "object",
    required: [key],
    properties: { [key]: plainRows },
  }));
  const rows = { type: "array", minItems: 1, items: ref("Row") };
  const named = [rows, { type: "object", required: ["rows"], properties: { rows } }, ref("Row")];
  return {
    ...(tabular ? { Row: rowSchema(manifest.columns) } : {}),
    PredictRequest: { anyOf: tabular ? [...named, ...plain] : plain },
    ...replySchemas(manifest),
    Error: {
      type: "object",
      required: ["error", "code"],
      properties: { error: { type: "string" }, code: { type: "string", enum: errorCodeNames } },
    },
  };
}

function plainDescription({ columns, rowShape }: BundleManifest): string {
  if (columns.length === 0) return `Each row: ${rowShape.join(" x ")} numbers, nested or flat.`;
  return `Each row: its values in this order: ${columns.map((column) => column.name).join(", ")}.`;
}

function rowSchema(columns: readonly RawColumn[]): Json {
  return {
    type: "object",
    required: columns.map((column) => column.name),
    properties: Object.fromEntries(columns.map((column) => [column.name, columnSchema(column)])),
    additionalProperties: true,
  };
}

function columnSchema(column: RawColumn): Json {
  const type = {
    number: "number",
    boolean: "boolean",
    category: "string",
    ordinal: "string",
    date: "string",
    ignored: "string",
  };
  const known = column.categories?.length
    ? `Known: ${column.categories.slice(0, 50).join(", ")}. Others are taken as unseen.`
    : undefined;
  const description = column.kind === "date" ? "A date, ISO 8601." : known;
  return {
    type: [type[column.kind], "null"],
    ...(description === undefined ? {} : { description }),
    ...(column.example === null ? {} : { examples: [column.example] }),
  };
}

function replySchemas(manifest: BundleManifest): Json {
  const label =
    manifest.classes === null ? { type: ["number", "array", "null"] } : { type: "string", enum: manifest.classes };
  const probabilities = {
    type: "object",
    properties: Object.fromEntries((manifest.classes ?? []).map((name) => [name, { type: ["number", "null"] }])),
  };
  const eitherWay = (schema: Json) => ({
    oneOf: [{ type: "array", items: schema }, schema],
    description: "A list, one for each row; for a request of one row by itself, its value.",
  });
  return {
    PredictReply: {
      type: "object",
      required: ["model", "version", "prediction"],
      properties: {
        model: { type: "string", const: manifest.name },
        version: { type: "integer", const: manifest.version },
        prediction: eitherWay(label),
        ...(manifest.classes === null ? {} : { probabilities: eitherWay(probabilities) }),
      },
    },
  };
}

function ownPaths(): Json {
  const get = (operationId: string, summary: string, type: string, open = false) => ({
    get: {
      operationId,
      summary,
      ...(open ? { security: [] } : {}),
      responses: {
        200: {
          description: summary,
          content: { [type]: { schema: type.endsWith("json") ? { type: "object" } : { type: "string" } } },
        },
      },
    },
  });
  return {
    "/healthz": get("ready", "200 while it takes requests, 503 while it drains", "application/json", true),
    "/livez": get("live", "200 while the process lives", "application/json", true),
    "/metrics": get("metrics", "Figures for Prometheus", "text/plain"),
    "/openapi.json": get("openapi", "This document", "application/json"),
    "/docs": get("docs", "A page to try requests", "text/html", true),
  };
}

function protocolPaths(manifest: BundleManifest): Json {
  const model = `/v2/models/${encodeURIComponent(manifest.name)}`;
  const get = (operationId: string, summary: string, open = false) => ({
    get: {
      operationId,
      summary,
      tags: ["Open Inference Protocol v2"],
      ...(open ? { security: [] } : {}),
      responses: { 200: { description: summary, content: json({ type: "object" }) } },
    },
  });
  const infer = (operationId: string) => ({
    post: {
      operationId,
      summary: 'Infer: one input for each column, or one input "features" of whole rows',
      tags: ["Open Inference Protocol v2"],
      requestBody: { required: true, content: json(ref("InferRequest")) },
      responses: { 200: { description: "The outputs.", content: json(ref("InferReply")) }, ...refusals },
    },
  });
  const versioned = `${model}/versions/${manifest.version}`;
  return {
    "/v2": get("serverMetadata", "The server and its extensions"),
    "/v2/health/live": get("serverLive", "Whether the process lives", true),
    "/v2/health/ready": get("serverReady", "Whether it takes requests", true),
    [model]: get("modelMetadata", "Inputs and outputs"),
    [versioned]: get("modelVersionMetadata", "Inputs and outputs of this version"),
    [`${model}/ready`]: get("modelReady", "Whether the model takes requests"),
    [`${versioned}/ready`]: get("modelVersionReady", "Whether this version takes requests"),
    [`${model}/infer`]: infer("modelInfer"),
    [`${versioned}/infer`]: infer("modelVersionInfer"),
  };
}

function protocolSchemas(): Json {
  const tensor = {
    type: "object",
    required: ["name", "shape", "datatype"],
    properties: {
      name: { type: "string" },
      shape: { type: "array", items: { type: "integer" } },
      datatype: { type: "string" },
      parameters: { type: "object" },
      data: { type: "array" },
    },
  };
  const tensors = { type: "array", items: ref("Tensor") };
  return {
    Tensor: tensor,
    InferRequest: {
      type: "object",
      required: ["inputs"],
      properties: {
        id: { type: "string" },
        parameters: { type: "object" },
        inputs: tensors,
        outputs: { type: "array" },
      },
    },
    InferReply: {
      type: "object",
      required: ["model_name", "outputs"],
      properties: {
        model_name: { type: "string" },
        model_version: { type: "string" },
        id: { type: "string" },
        outputs: tensors,
      },
    },
  };
}
