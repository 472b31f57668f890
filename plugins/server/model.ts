/**
 * The model in onnxruntime. Enters: bytes that were checked; leaves: a function from rows of floats to rows of outputs. The only file here that
 * knows onnxruntime.
 */
import { type BundleManifest, LeptonError } from "@lepton/contract";

export interface Model {
  /** [rows, ...rowShape] flat f32 ─► [rows, K] flat f32. */
  run(input: Float32Array, rows: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/** @param threads inside one run; 1 suits small models, since requests already run beside each other */
export async function openModel(bytes: Uint8Array, manifest: BundleManifest, threads: number): Promise<Model> {
  process.env["ORT_DISABLE_TELEMETRY"] ??= "1"; // it would tell Microsoft of each session (microsoft/onnxruntime#27379); read once, when it loads
  const ort = await import("onnxruntime-node");
  const { input, output } = manifest.model;
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: threads, executionMode: "sequential" });
  if (!session.inputNames.includes(input) || !session.outputNames.includes(output)) {
    throw new LeptonError(
      "LEPTON_FILE_FORMAT",
      `model.onnx must have the input "${input}" and the output "${output}"; it has ${session.inputNames.join(", ")} and ${session.outputNames.join(", ")}.`,
    );
  }
  return {
    async run(values, rows) {
      const feeds = { [input]: new ort.Tensor("float32", values, [rows, ...manifest.rowShape]) };
      const results = await session.run(feeds, [output]);
      return results[output]?.data as Float32Array;
    },
    close: () => session.release(),
  };
}
