import { execFileSync } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

test("where esbuild's program is missing the warm-up harms nothing, and a typed cell says why", () => {
  const transpile = pathToFileURL(path.join(import.meta.dirname, "../../../kernel/cells/transpile.ts")).href;
  // In a process of its own: as if node_modules were copied from another platform.
  const script = `
    import Module from "node:module";
    const resolve = Module._resolveFilename;
    Module._resolveFilename = (name, ...rest) => {
      if (name.startsWith("@esbuild/")) throw new Error("no " + name);
      return resolve(name, ...rest);
    };
    const { transpile, warmUp } = await import(${JSON.stringify(transpile)});
    for (const step of warmUp) step();
    const said = await transpile("let one: number = 1").catch((error) => error.message);
    console.log(JSON.stringify(said));`;
  const told = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect(told).toContain("esbuild");
});
