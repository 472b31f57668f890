/** The magics with every plugin that Lepton comes with: for a kernel, and for `lepton run`. */
import type { MagicProvider } from "@lepton/contract";

export async function loadMagics(): Promise<MagicProvider> {
  const [{ createLepton }, onnx, torch, duckdb, local] = await Promise.all([
    import("@lepton/magics"),
    import("@lepton/engine-onnx"),
    import("@lepton/engine-torch"),
    import("@lepton/source-duckdb"),
    import("@lepton/target-local"),
  ]);
  return createLepton({
    plugins: {
      "@lepton/engine-onnx": onnx.default,
      "@lepton/engine-torch": torch.default,
      "@lepton/source-duckdb": duckdb.default,
      "@lepton/target-local": local.default,
    },
  });
}
