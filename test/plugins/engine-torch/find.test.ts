import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findTorch } from "../../../plugins/engine-torch/find.ts";
import { libraryFile } from "../../../plugins/engine-torch/raw/library.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lepton-torch-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** An environment of Python that looks as if torch were in it. */
async function environment(name: string, version: string): Promise<string> {
  const torch = path.join(folder, name, "lib", "python3.11", "site-packages", "torch");
  await mkdir(path.join(torch, "lib"), { recursive: true });
  await writeFile(path.join(torch, "lib", libraryFile("torch_cpu")), "");
  await writeFile(path.join(torch, "version.py"), `__version__ = '${version}'\n`);
  return path.join(folder, name);
}

const none = { JPY_PARENT_PID: "0", PATH: "" };

test("LEPTON_TORCH may be an environment, a package or a folder of libraries", async () => {
  const prefix = await environment("asked", "2.15.0+cu132");
  const lib = path.join(prefix, "lib", "python3.11", "site-packages", "torch", "lib");
  for (const asked of [prefix, path.dirname(path.dirname(lib)), path.dirname(lib), lib]) {
    const found = await findTorch({ ...none, LEPTON_TORCH: asked }, "/");
    expect(found).toMatchObject({ version: "2.15.0+cu132", folder: expect.stringMatching(/torch.lib$/) });
  }
});

test("an active environment comes before a .venv above the notebook", async () => {
  const active = await environment("active", "2.12.0");
  await environment("project/.venv", "2.14.1");
  const notebook = path.join(folder, "project", "notebooks");
  await mkdir(notebook, { recursive: true });
  expect(await findTorch(none, notebook)).toMatchObject({ version: "2.14.1" });
  expect(await findTorch({ ...none, VIRTUAL_ENV: active }, notebook)).toMatchObject({ version: "2.12.0" });
});

test("where torch is missing, the reason says where it looked and what to do", async () => {
  await mkdir(path.join(folder, "bare", ".venv"), { recursive: true });
  const found = await findTorch(none, path.join(folder, "bare"));
  expect(found).toEqual({ reason: expect.stringContaining(path.join("bare", ".venv")) });
  expect(found).toEqual({ reason: expect.stringContaining("run pip install torch") });
  const asked = await findTorch({ ...none, LEPTON_TORCH: path.join(folder, "bare") }, "/");
  expect(asked).toEqual({ reason: expect.stringMatching(/^LEPTON_TORCH is .*bare, which holds no .*torch_cpu/) });
});

test("a torch that is too old is refused with its version", async () => {
  const prefix = await environment("old", "2.9.1");
  const found = await findTorch({ ...none, LEPTON_TORCH: prefix }, "/");
  expect(found).toEqual({ reason: expect.stringMatching(/is 2\.9\.1; 2\.11 or newer is needed/) });
});
