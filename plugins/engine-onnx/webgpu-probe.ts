/** Run as a process: says "ok" when a model runs on WebGPU here, else why not. See webgpu-adapter.ts. */
import { GraphBuilder } from "@lepton/graph";
import { createSession, loadRuntime } from "./runtime.ts";
import { graphicsLibrary } from "./webgpu-adapter.ts";

async function probe(): Promise<string> {
  const builder = new GraphBuilder();
  const graph = builder.build({ y: builder.input("x", "f32", [1]).add(1) });
  try {
    const ort = await loadRuntime();
    const session = await createSession(ort, { name: "probe", graph, device: "webgpu", threads: 1, onDevice: [] });
    const { y } = await session.run({ x: new ort.Tensor("float32", new Float32Array([1]), [1]) });
    return y?.data[0] === 2 ? "ok" : `the adapter computed 1 + 1 = ${String(y?.data[0])}`;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0]! : String(error);
    return `over ${graphicsLibrary}: ${reason.replace(/^entry probe: |\.$/g, "")}`;
  }
}

console.log(await probe());
