/**
 * A kernel's process: `main.js --connection-file FILE` (or FILE alone). Puts the kernel, the magics and the plugins together; the notebook's folder
 * is the one it was started in.
 */
import { enableCompileCache } from "node:module";
import { startWire } from "./wire/start-wire.ts";

enableCompileCache();
delete process.env.MALLOC_ARENA_MAX; // this process has read it: install.ts
const named = process.argv.indexOf("--connection-file");
const connectionFile = process.argv[named < 0 ? 2 : named + 1];
const loadMagics = async () => (await import("./load-magics.ts")).loadMagics();
const withMagics = process.env.LEPTON_MAGICS !== "none";

/** The sockets open in their thread while this one loads the rest: nothing that the worker does not need is loaded before. */
async function main(file: string): Promise<void> {
  const wire = startWire(file, process.cwd(), withMagics ? "lepton" : undefined);
  const { startKernel } = await import("./cells/kernel.ts");
  const { leaveLastWords } = await import("./handlers/last-words.ts");
  leaveLastWords(file);
  startKernel({ wire, ...(withMagics ? { provider: loadMagics } : {}) });
}

try {
  if (connectionFile === undefined)
    throw new Error("a connection file is needed; Jupyter gives it. Try: lepton install");
  await main(connectionFile);
} catch (error) {
  process.stderr.write(`lepton: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
