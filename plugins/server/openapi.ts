/** The service described for machines: an OpenAPI 3.1 document, typed from the model's columns, with examples that work when sent. */
import type { BundleManifest, RawColumn } from "@lepton/contract";
import { errorCodeNames } from "./errors.ts";
import { protocolPaths, protocolSchemas } from "./oip/describe.ts";
import { getRoute, type Json, json, ref, refusals } from "./openapi-parts.ts";
import { exampleRow } from "./rows.ts";

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
      schemas: { ...schemas(manifest), ...protocolSchemas(manifest) },
      ...(needsToken ? { securitySchemes: { token: { type: "http", scheme: "bearer" } } } : {}),
    },
  };
}

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
  const plainRows = {
    type: "array",
    minItems: 1,
    items: plainRow(manifest.columns),
    description: plainDescription(manifest),
  };
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

function plainRow(columns: readonly RawColumn[]): Json {
  if (columns.length === 0) return { type: ["array", "number"] };
  return { type: "array", prefixItems: columns.map(columnSchema), minItems: columns.length, maxItems: columns.length };
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

/** A category that is a number or a boolean stands for its text. */
const columnTypes: Readonly<Record<RawColumn["kind"], readonly string[]>> = {
  number: ["number", "null"],
  boolean: ["boolean", "null"],
  category: ["string", "number", "boolean", "null"],
  ordinal: ["string", "number", "boolean", "null"],
  date: ["string", "null"],
  ignored: ["string", "null"],
};

function columnSchema(column: RawColumn): Json {
  const known = column.categories?.length
    ? `Known: ${column.categories.slice(0, 50).join(", ")}. Others are taken as unseen.`
    : undefined;
  const description = column.kind === "date" ? "A date, ISO 8601." : known;
  return {
    type: columnTypes[column.kind],
    ...(description === undefined ? {} : { description }),
    ...(column.example === null ? {} : { examples: [column.example] }),
  };
}

function replySchemas(manifest: BundleManifest): Json {
  const label =
    manifest.classes === null
      ? { type: ["number", "array", "null"] }
      : { type: ["string", "null"], enum: [...manifest.classes, null] };
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
  return {
    "/healthz": getRoute("ready", "Whether it takes requests; 503 while it drains", { isOpen: true, drains: true }),
    "/livez": getRoute("live", "Whether the process lives", { isOpen: true }),
    "/metrics": getRoute("metrics", "Figures for Prometheus", { type: "text/plain" }),
    "/openapi.json": getRoute("openapi", "This document", {}),
    "/docs": getRoute("docs", "A page to try requests", { isOpen: true, type: "text/html" }),
  };
}
