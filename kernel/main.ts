/**
 * A kernel's process: `main.js --connection-file FILE` (or FILE alone). Puts the kernel, the magics and the plugins together; the notebook's folder
 * is the one it was started in.
 */
import { enableCompileCache } from "node:module";

enableCompileCache();
const { startKernel } = await import("./cells/kernel.ts");

/** Loaded while the sockets open. */
async function loadMagics() {
  const [{ createLepton }, onnx, duckdb, local] = await Promise.all([
    import("@lepton/magics"),
    import("@lepton/engine-onnx"),
    import("@lepton/source-duckdb"),
    import("@lepton/target-local"),
  ]);
  return createLepton({
    plugins: {
      "@lepton/engine-onnx": onnx.default,
      "@lepton/source-duckdb": duckdb.default,
      "@lepton/target-local": local.default,
    },
  });
}

const named = process.argv.indexOf("--connection-file");
const connectionFile = process.argv[named < 0 ? 2 : named + 1];
if (connectionFile === undefined) {
  process.stderr.write(
    "lepton: a connection file is needed; Jupyter gives it. Install the kernel with: lepton install\n",
  );
  process.exit(2);
}
const withMagics = process.env.LEPTON_MAGICS !== "none";
await startKernel({ connectionFile, folder: process.cwd(), ...(withMagics ? { provider: loadMagics } : {}) });
