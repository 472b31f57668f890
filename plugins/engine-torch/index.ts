/** libtorch as a plugin: programs run through its stable C interface, on the CPU, CUDA or Apple's GPU. Nothing is loaded before it is used. */
import { CONTRACT, type Plugin } from "@lepton/contract";
import { engineCommand } from "./add/command.ts";
import { torchEngine } from "./engine.ts";

export { engineCommand, torchEngine };

export default { name: "engine-torch", contract: CONTRACT, engines: [torchEngine] } satisfies Plugin;
