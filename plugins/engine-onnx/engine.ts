/** The engine's door: what can run here, and compile. onnxruntime-node is imported only when asked. */
import { availableParallelism } from "node:os";
import { type CompileOptions, type Engine, LeptonError, type Program } from "@lepton/contract";
import type * as Ort from "onnxruntime-node";
import { OnnxExecutable } from "./executable.ts";

type Runtime = typeof Ort;

async function load(): Promise<Runtime> {
  return (await import("onnxruntime-node")) as Runtime;
}

export const onnxEngine: Engine = {
  name: "onnx",
  async unavailable() {
    try {
      await load();
      return null;
    } catch (cause) {
      return `onnxruntime-node does not load (${(cause as Error).message.split("\n")[0]}); run: npm install onnxruntime-node`;
    }
  },
  async devices() {
    return [{ name: "cpu", description: `${availableParallelism()} threads` }];
  },
  async compile(program: Program, options: CompileOptions) {
    if (options.device !== "cpu")
      throw new LeptonError("LEPTON_DEVICE", `engine onnx: device must be cpu, got "${options.device}".`);
    return new OnnxExecutable(await load(), program, options.threads);
  },
};
