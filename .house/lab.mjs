// `npm run lab`: JupyterLab with the kernel, ready to use. What follows `--` goes to JupyterLab: npm run lab -- --no-browser --port 8899

import { spawn } from "node:child_process";
import { environment, inVenv, places, root } from "./environment.mjs";
import { setUp } from "./setup.mjs";
import { main } from "./steps.mjs";

/** JupyterLab refuses to run as root unless told; in a container or on a rented machine one often is. */
const asRoot = process.getuid?.() === 0 ? ["--allow-root"] : [];

await main(async () => {
  await setUp();
  const args = [
    "-m",
    "jupyterlab",
    ...asRoot,
    "--MappingKernelManager.default_kernel_name=lepton",
    ...process.argv.slice(2),
  ];
  const lab = spawn(inVenv(places.labVenv, "python"), args, { cwd: root, env: environment("lab"), stdio: "inherit" });
  // Ctrl-C reaches JupyterLab by itself, which asks back; we wait for its answer. A plain kill is handed on.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => lab.kill("SIGTERM"));
  return await new Promise((resolve, reject) => {
    lab.on("error", reject);
    lab.on("exit", (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
});
