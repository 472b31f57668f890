/** The engine's door: what can run here, and compile. onnxruntime-node is imported only when asked. */
import { availableParallelism } from "node:os";
import { type DeviceInfo, type Engine, LeptonError } from "@lepton/contract";
import { OnnxExecutable } from "./executable.ts";
import { loadRuntime } from "./runtime.ts";
import { graphicsLibrary, webgpuUnavailable } from "./webgpu-adapter.ts";

export const onnxEngine: Engine = {
  name: "onnx",
  async unavailable() {
    try {
      await loadRuntime();
      return null;
    } catch (cause) {
      const reason = (cause as Error).message.split("\n")[0];
      return `onnxruntime-node does not load (${reason}); run: npm install onnxruntime-node`;
    }
  },
  async devices() {
    const cpu: DeviceInfo = { name: "cpu", description: `${availableParallelism()} threads` };
    const gpu: DeviceInfo = { name: "webgpu", description: `a GPU by WebGPU over ${graphicsLibrary}` };
    return (await webgpuUnavailable()) === null ? [cpu, gpu] : [cpu];
  },
  async compile(program, { device, threads, precision = "f32" }) {
    if (precision !== "f32")
      throw new LeptonError(
        "LEPTON_OPTION_VALUE",
        `engine onnx: precision must be f32, got "${precision}"; --engine torch has bf16, f16 and, on NVIDIA GPUs, tf32.`,
      );
    if (device !== "cpu" && device !== "webgpu")
      throw new LeptonError("LEPTON_DEVICE", `engine onnx: device must be cpu or webgpu, got "${device}".`);
    const missing = device === "webgpu" ? await webgpuUnavailable() : null;
    if (missing !== null)
      throw new LeptonError(
        "LEPTON_DEVICE",
        `engine onnx: device webgpu cannot be used: ${missing}; use --device cpu.`,
      );
    return new OnnxExecutable(await loadRuntime(), program, { device, threads });
  },
};
