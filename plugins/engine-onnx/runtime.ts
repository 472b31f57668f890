/** onnxruntime-node, imported when first asked for, and the one way sessions are made of our graphs. */
import { type Graph, LeptonError } from "@lepton/contract";
import { toOnnx } from "@lepton/graph";
import type * as Ort from "onnxruntime-node";

export type Runtime = typeof Ort;
export type Device = "cpu" | "webgpu";

/** Without its telemetry: official builds tell Microsoft of each session since 1.29 (microsoft/onnxruntime#27379). What the user set stands. */
export async function loadRuntime(): Promise<Runtime> {
  process.env["ORT_DISABLE_TELEMETRY"] ??= "1"; // read once, when the library loads
  return (await import("onnxruntime-node")) as Runtime;
}

export interface SessionRequest {
  readonly name: string;
  readonly graph: Graph;
  readonly device: Device;
  readonly threads: number;
  /** Outputs that stay on the device. */
  readonly onDevice: readonly string[];
}

/** @throws LEPTON_ENGINE_OP, LEPTON_DEVICE, LEPTON_MEMORY */
export async function createSession(ort: Runtime, request: SessionRequest): Promise<Ort.InferenceSession> {
  const { name, graph, device, threads, onDevice } = request;
  const stay = new Set(onDevice);
  try {
    return await ort.InferenceSession.create(toOnnx(graph, { name, device }), {
      executionProviders: [device === "cpu" ? "cpu" : { name: "webgpu" }],
      graphOptimizationLevel: "all",
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      // Level 3: our programs are checked before; a warning about a kept shape operator says nothing to a user.
      logSeverityLevel: 3,
      ...(device === "webgpu"
        ? {
            preferredOutputLocation: Object.fromEntries(
              graph.outputs.map((output) => [output.name, stay.has(output.name) ? "gpu-buffer" : "cpu"] as const),
            ),
          }
        : {}),
    });
  } catch (cause) {
    throw explain(cause, `entry ${name}`, device);
  }
}

/** onnxruntime's message as an error of ours: what the user can do about it. */
export function explain(cause: unknown, where: string, device: Device): Error {
  const text = cause instanceof Error ? cause.message : String(cause);
  const operator = /(?:implementation for|No Op registered for|not a registered function\/op:?) ?([A-Za-z0-9_.]+)/.exec(
    text,
  )?.[1];
  if (operator)
    return new LeptonError("LEPTON_ENGINE_OP", `${where}: engine onnx has no operator ${operator} on ${device}.`, {
      cause,
    });
  const outside = /Name:'([^'/]*)[^']*'.*out of data bounds, idx=(-?\d+) .*\[-\d+,(\d+)\]/s.exec(text);
  if (outside) {
    const [, layer, index, last] = outside;
    return new LeptonError(
      "LEPTON_MODEL",
      `${where}: ${layer}: index ${index} is outside its ${Number(last) + 1} rows, 0 to ${last}; give it more rows or look at the data.`,
      { cause },
    );
  }
  if (/allocat|out of memory|bad_alloc|OutOfMemory/i.test(text))
    return new LeptonError(
      "LEPTON_MEMORY",
      `${where}: memory ran out on ${device} (${firstLine(text)}); use a smaller batch or a smaller model.`,
      { cause },
    );
  if (/device[^.]{0,20} lost|device_?lost|device was destroyed/i.test(text))
    return new LeptonError(
      "LEPTON_DEVICE",
      `${where}: the GPU was lost (${firstLine(text).replace(/\.$/, "")}); go on from the last checkpoint with %lepton train --resume RUN, with --device cpu if it stays away.`,
      { cause },
    );
  if (/WebGPU adapter|webgpu_context/i.test(text))
    return new LeptonError("LEPTON_DEVICE", `${where}: ${firstLine(text).replace(/\.$/, "")}.`, { cause });
  return new Error(`${where}: onnxruntime: ${text}`, { cause });
}

/** The last sentence of a C++ error line: what comes after the function that threw. */
function firstLine(text: string): string {
  const line = text.split("\n").find((part) => part.trim() !== "") ?? "";
  return line.replace(/^.*(was false\.|::\w+\(.*\))\s*/, "").trim();
}
