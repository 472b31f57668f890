/** The magics with every plugin that Lepton comes with: for a kernel, and for `lepton run`. */
import type { MagicProvider } from "@lepton/contract";

export async function loadMagics(): Promise<MagicProvider> {
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
