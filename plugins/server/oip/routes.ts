/**
 * The routes of the Open Inference Protocol v2, so that clients written for Triton, KServe and MLServer work: health, metadata, infer.
 * @source Open Inference Protocol v2 REST API; extensions "binary_tensor_data" as Triton names it
 */
import type { BundleManifest, RawColumn } from "@lepton/contract";
import { LeptonError } from "@lepton/contract";
import type { FastifyInstance } from "fastify";
import type { EncodeRows } from "../rows.ts";
import { featuresInput, readInfer } from "./request.ts";
import { writeInfer } from "./response.ts";

export interface Inference {
  readonly manifest: BundleManifest;
  readonly encode: EncodeRows;
  /** Through the batcher: [rows, ...rowShape] flat ─► [rows, K] flat. */
  infer(values: Float32Array, rows: number): Promise<Float32Array>;
  /** False while it drains. */
  ready(): boolean;
}

interface ModelParams {
  readonly model: string;
  readonly version?: string;
}

export function addInferenceProtocol(app: FastifyInstance, service: Inference, serverVersion: string): void {
  const { manifest } = service;
  const extensions = ["binary_tensor_data"];
  app.get("/v2", async () => ({ name: "lepton", version: serverVersion, extensions }));
  app.get("/v2/health/live", async () => ({ live: true }));
  app.get("/v2/health/ready", async (_request, reply) => readiness(service, reply));
  for (const base of ["/v2/models/:model", "/v2/models/:model/versions/:version"]) {
    app.get<{ Params: ModelParams }>(base, async (request) => {
      checkModelName(request.params, manifest);
      return modelMetadata(manifest);
    });
    app.get<{ Params: ModelParams }>(`${base}/ready`, async (request, reply) => {
      checkModelName(request.params, manifest);
      return readiness(service, reply);
    });
    app.post<{ Params: ModelParams; Body: Buffer }>(`${base}/infer`, async (request, reply) => {
      checkModelName(request.params, manifest);
      const header = request.headers["inference-header-content-length"];
      const infer = readInfer(request.body ?? Buffer.alloc(0), header?.toString(), manifest, service.encode);
      const output = await service.infer(infer.input.values, infer.input.rows);
      const { body, headerLength } = writeInfer(output, infer, manifest);
      if (headerLength === undefined) return reply.type("application/json").send(body);
      return reply.header("inference-header-content-length", headerLength).type("application/octet-stream").send(body);
    });
  }
}

function readiness(service: Inference, reply: { code(status: number): unknown }): { ready: boolean } {
  if (!service.ready()) reply.code(503);
  return { ready: service.ready() };
}

function checkModelName({ model, version }: ModelParams, manifest: BundleManifest): void {
  if (model === manifest.name && (version === undefined || version === String(manifest.version))) return;
  const asked = version === undefined ? model : `${model} version ${version}`;
  throw new LeptonError(
    "LEPTON_NAME_UNKNOWN",
    `there is no model ${asked}; this service has ${manifest.name} version ${manifest.version}.`,
  );
}

/** Each column is an input of one value a row; a model of plain arrays has the one input "features". */
export function modelMetadata(manifest: BundleManifest) {
  const { columns, classes, rowShape, name, version } = manifest;
  const inputs =
    columns.length === 0
      ? [{ name: featuresInput, datatype: "FP32", shape: [-1, ...rowShape] }]
      : columns.map((column) => ({ name: column.name, datatype: datatypeOf(column), shape: [-1] }));
  const outputs =
    classes === null
      ? [{ name: "prediction", datatype: "FP32", shape: [-1] }]
      : [
          { name: "prediction", datatype: "BYTES", shape: [-1] },
          { name: "probabilities", datatype: "FP32", shape: [-1, classes.length] },
        ];
  return { name, versions: [String(version)], platform: "onnx_onnxruntime", inputs, outputs };
}

function datatypeOf(column: RawColumn): string {
  if (column.kind === "number") return "FP64";
  return column.kind === "boolean" ? "BOOL" : "BYTES";
}
