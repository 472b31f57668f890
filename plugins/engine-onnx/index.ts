/** The default engine as a plugin: each entry of a program is one ONNX model in onnxruntime-node, which loads when it is first needed. */
import { CONTRACT, type Plugin } from "@lepton/contract";
import { onnxEngine } from "./engine.ts";

export { onnxEngine };

export default { name: "engine-onnx", contract: CONTRACT, engines: [onnxEngine] } satisfies Plugin;
