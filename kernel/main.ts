/**
 * A kernel's process: `main.js --connection-file FILE` (or FILE alone). Puts the kernel, the magics and the plugins together; the notebook's folder
 * is the one it was started in.
 */
import { enableCompileCache } from "node:module";

enableCompileCache();
const { startKernel } = await import("./cells/kernel.ts");

const named = process.argv.indexOf("--connection-file");
const connectionFile = process.argv[named < 0 ? 2 : named + 1];
if (connectionFile === undefined) {
  process.stderr.write(
    "lepton: a connection file is needed; Jupyter gives it. Install the kernel with: lepton install\n",
  );
  process.exit(2);
}
/** The magics load while the sockets open. */
const loadMagics = async () => (await import("./load-magics.ts")).loadMagics();
const withMagics = process.env.LEPTON_MAGICS !== "none";
await startKernel({ connectionFile, folder: process.cwd(), ...(withMagics ? { provider: loadMagics } : {}) });
