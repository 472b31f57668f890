import { execFileSync } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test, vi } from "vitest";

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
    const { transpile, startEsbuild } = await import(${JSON.stringify(transpile)});
    for (const step of startEsbuild) step();
    const said = await transpile("let one: number = 1").catch((error) => error.message);
    console.log(JSON.stringify(said));`;
  const told = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect(told).toContain("esbuild");
});

test("esbuild's process that was killed is begun anew, once for all who wait", async () => {
  const { ChildProcess } = await import("node:child_process");
  const children: InstanceType<typeof ChildProcess>[] = [];
  const spawn = (ChildProcess.prototype as unknown as { spawn(options: object): number }).spawn;
  const followed = vi.spyOn(ChildProcess.prototype as unknown as { spawn(options: object): number }, "spawn");
  followed.mockImplementation(function (this: InstanceType<typeof ChildProcess>, options) {
    children.push(this);
    return spawn.call(this, options);
  });
  const { transpile } = await import("../../../kernel/cells/transpile.ts");
  expect(await transpile("let one: number = 1")).toMatchObject({ js: "let one = 1;\n" });
  const [first] = children;
  const gone = new Promise((resolve) => first!.once("close", resolve));
  first!.kill("SIGKILL");
  await gone;
  const both = await Promise.all([transpile("let two: number = 2"), transpile("let three: number = 3")]);
  expect(both).toMatchObject([{ js: "let two = 2;\n" }, { js: "let three = 3;\n" }]);
  expect(children).toHaveLength(2);
  followed.mockRestore();
});
