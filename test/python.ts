/** The Python of the test environment (build/test-venv: jupyter_client, nbclient, papermill, onnx, onnxruntime, scikit-learn, numpy, tritonclient). */
import { existsSync } from "node:fs";
import path from "node:path";

const root = path.dirname(import.meta.dirname);

/** Absolute path of its interpreter; `npm test` sets LEPTON_PYTHON, a lone `vitest run` finds the same one. */
export function testPython(): string {
  const python = process.env["LEPTON_PYTHON"] ?? path.join(root, "build", "test-venv", "bin", "python");
  if (!existsSync(python))
    throw new Error(`no test environment at ${python}; make it with: node .house/setup.mjs --test`);
  return python;
}
