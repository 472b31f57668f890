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

/** Nothing to be found but what a test makes. */
const none = { JPY_PARENT_PID: "0", PATH: "", LEPTON_DATA: "/nowhere" };

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
  expect(found).toEqual({ reason: expect.stringContaining("run lepton engine add torch, or pip install torch") });
  const asked = await findTorch({ ...none, LEPTON_TORCH: path.join(folder, "bare") }, "/");
  expect(asked).toEqual({ reason: expect.stringMatching(/^LEPTON_TORCH is .*bare, which holds no .*torch_cpu/) });
});

/** What `lepton engine add torch` leaves, finished or not. */
async function added(name: string, isReady: boolean): Promise<void> {
  const torch = path.join(folder, "data", "torch", name, "site-packages", "torch");
  await mkdir(path.join(torch, "lib"), { recursive: true });
  await writeFile(path.join(torch, "lib", libraryFile("torch_cpu")), "");
  await writeFile(path.join(torch, "version.py"), `__version__ = '${name}'\n`);
  if (isReady) await writeFile(path.join(folder, "data", "torch", name, "ready.json"), "{}");
}

test("what was added by the command is found last, with CUDA before without, newer before older, unfinished never", async () => {
  await added("2.9.0-cpu", true);
  await added("2.15.0-cpu", true);
  await added("2.16.0-cpu", false);
  const environmentOf = { ...none, LEPTON_DATA: path.join(folder, "data") };
  expect(await findTorch(environmentOf, "/")).toMatchObject({ version: "2.15.0-cpu" });
  await added("2.14.0-cuda", true);
  expect(await findTorch(environmentOf, "/")).toMatchObject({ version: "2.14.0-cuda" });
  const active = await environment("first", "2.12.0");
  expect(await findTorch({ ...environmentOf, VIRTUAL_ENV: active }, "/")).toMatchObject({ version: "2.12.0" });
});

test("a torch that is too old does not hide a newer one", async () => {
  const old = await environment("older", "2.8.0");
  await environment("beside/.venv", "2.13.0");
  expect(await findTorch({ ...none, VIRTUAL_ENV: old }, path.join(folder, "beside"))).toMatchObject({
    version: "2.13.0",
  });
});

test("a torch that is too old is refused with its version", async () => {
  const prefix = await environment("old", "2.9.1");
  const found = await findTorch({ ...none, LEPTON_TORCH: prefix }, "/");
  expect(found).toEqual({ reason: expect.stringMatching(/is 2\.9\.1; 2\.11 or newer is needed/) });
});

test("a torch for another processor is refused before it is loaded", async () => {
  const prefix = await environment("foreign", "2.15.0");
  const lib = path.join(prefix, "lib", "python3.11", "site-packages", "torch", "lib");
  const header = Buffer.alloc(64);
  header.write("\x7fELF", "latin1");
  header.writeUInt16LE(process.arch === "x64" ? 183 : 62, 18);
  await writeFile(path.join(lib, libraryFile("torch_cpu")), header);
  const other = process.arch === "x64" ? "arm64" : "x64";
  const found = await findTorch({ ...none, LEPTON_TORCH: prefix }, "/");
  expect(found).toEqual({ reason: expect.stringContaining(`is for ${other}, this Node is for ${process.arch}`) });
});
