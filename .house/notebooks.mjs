// Executes notebooks, each in a temporary copy of its folder. As a command (`npm run notebooks`) it writes the outputs back into notebooks/, for
// GitHub to show.

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { environment, root, testPython } from "./environment.mjs";
import { setUp } from "./setup.mjs";
import { main } from "./steps.mjs";

export const notebooks = () =>
  readdirSync(path.join(root, "notebooks"))
    .filter((name) => name.endsWith(".ipynb"))
    .sort();

/** Resolves to the exit code; what the cells show goes to this process's output. */
export async function executeNotebook(name, python, env, flags = []) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "lepton-notebook-"));
  const script = path.join(root, ".house", "execute_notebook.py");
  try {
    const child = spawn(python, [script, path.join(root, "notebooks", name), folder, ...flags], {
      env,
      stdio: "inherit",
    });
    return await new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code, signal) => resolve(code ?? `ended by ${signal}`));
    });
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await setUp({ lab: false, test: true });
    const failed = [];
    for (const name of notebooks()) {
      console.log(`--- ${name}`);
      const code = await executeNotebook(name, testPython(), environment("test"), ["--write", "--quiet"]);
      if (code !== 0) failed.push(name);
    }
    console.log(failed.length === 0 ? "All executed; their outputs are written." : `Failed: ${failed.join(", ")}`);
    return failed.length === 0 ? 0 : 1;
  });
}
