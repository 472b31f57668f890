import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { architectureOf } from "../../../../plugins/engine-torch/raw/architecture.ts";
import { libraryFile, loadTorch } from "../../../../plugins/engine-torch/raw/library.ts";

test("this Node's own file is for this processor, whatever the system", () => {
  expect(architectureOf(process.execPath)).toBe(process.arch);
});

test("a library that is cut off does not load, with what to do; a whole one may be loaded afterwards", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "lepton-library-"));
  for (const name of ["c10", "torch_cpu"]) await writeFile(path.join(folder, libraryFile(name)), "\x7fELF cut off");
  const first = loadTorch(folder, 1);
  await expect(first).rejects.toMatchObject({ code: "LEPTON_ENGINE_NONE" });
  await expect(first).rejects.toThrow(/libc10.* does not load .*; is it whole.* install torch anew/);
  await expect(loadTorch(path.join(folder, "elsewhere"), 1)).rejects.toThrow(/elsewhere/);
  await rm(folder, { recursive: true });
});
