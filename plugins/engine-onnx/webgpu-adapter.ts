/**
 * Is there a GPU that WebGPU can use? Asked in a process of its own, because a broken graphics driver may end the process that asks. The answer is
 * kept while this process lives.
 */
import { execFile } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** What WebGPU runs on here. */
export const graphicsLibrary =
  process.platform === "darwin" ? "Metal" : process.platform === "win32" ? "Direct3D 12" : "Vulkan";

let answer: Promise<string | null> | undefined;

/** Why there is no adapter, or null where there is one. */
export function webgpuUnavailable(): Promise<string | null> {
  answer ??= ask();
  return answer;
}

function ask(): Promise<string | null> {
  const probe = fileURLToPath(new URL(`./webgpu-probe${path.extname(import.meta.url)}`, import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, [probe], { timeout: 30_000, windowsHide: true }, (error, stdout) => {
      const said = stdout.trim().split("\n").at(-1) ?? "";
      if (said === "ok") resolve(null);
      else if (said !== "") resolve(said);
      else
        resolve(
          `asking for a WebGPU adapter ended the process that asked (${error?.signal ?? error?.code ?? "no answer"})`,
        );
    });
  });
}
