/** The engine's door: where torch is, which devices it can use, and compile. The library loads in compile. */
import { type Engine, LeptonError } from "@lepton/contract";
import { checkProgram } from "@lepton/graph";
import { describeDevices, openDevice } from "./devices.ts";
import { TorchExecutable } from "./executable.ts";
import { findTorch } from "./find.ts";
import { lowerOf } from "./lower/table.ts";
import { lowTypeOf } from "./precision.ts";
import { loadTorch } from "./raw/library.ts";
import { threadsFor } from "./threads.ts";

export const torchEngine: Engine = {
  name: "torch",
  async unavailable() {
    const found = await findTorch();
    return "reason" in found ? found.reason : null;
  },
  async devices() {
    const found = await findTorch();
    return "reason" in found ? [] : await describeDevices(found);
  },
  async compile(program, { device, threads, precision = "f32" }) {
    const found = await findTorch();
    if ("reason" in found) throw new LeptonError("LEPTON_ENGINE_NONE", `engine torch: ${found.reason}`);
    checkProgram(program);
    for (const [name, { graph }] of Object.entries(program.entries))
      for (const node of graph.nodes) lowerOf(node.op, `entry ${name}: ${node.label ?? node.op}`);
    const low = lowTypeOf(precision, device);
    const torch = await loadTorch(found.folder, threadsFor(program, threads));
    return new TorchExecutable(torch, program, await openDevice(torch, device), { fuses: true, low });
  },
};
