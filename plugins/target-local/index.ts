import { CONTRACT, type Plugin } from "@lepton/contract";
import { localTarget } from "./target.ts";

export default { name: "local", contract: CONTRACT, targets: [localTarget] } satisfies Plugin;
