import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { install, placeFor } from "../../kernel/install.ts";
import { testPython } from "../python.ts";
import { builtMain } from "./kernel-client.ts";

const run = promisify(execFile);
let folder: string;
let env: NodeJS.ProcessEnv;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "lepton-peers-"));
  // A prefix that looks like an environment: the kernel for Jupyter, the translator for papermill.
  const packages = path.join(folder, "prefix", "lib", "python3.11", "site-packages");
  mkdirSync(packages, { recursive: true });
  install(placeFor(path.join(folder, "prefix")), process.execPath, builtMain());
  env = {
    ...process.env,
    JUPYTER_PATH: path.join(folder, "prefix", "share", "jupyter"),
    JUPYTER_PLATFORM_DIRS: "1",
    JUPYTER_RUNTIME_DIR: path.join(folder, "runtime"),
    PYTHONPATH: packages,
    LEPTON_STATE: path.join(folder, "state"),
    LEPTON_MAGICS: "none",
  };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const python = (args: readonly string[]) => run(testPython(), [...args], { env, cwd: folder, timeout: 240_000 });

interface Cell {
  readonly source: string | string[];
  readonly outputs: readonly { readonly text?: string[]; readonly data?: Record<string, string[]> }[];
}

function writeNotebook(name: string, cells: readonly { source: string; tags?: string[] }[]): void {
  const notebook = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: "lepton", display_name: "TypeScript (Lepton)", language: "typescript" } },
    cells: cells.map(({ source, tags = [] }, index) => ({
      id: `cell${index}`,
      cell_type: "code",
      execution_count: null,
      metadata: { tags },
      outputs: [],
      source,
    })),
  };
  writeFileSync(path.join(folder, name), JSON.stringify(notebook));
}

function outputsOf(name: string): string[] {
  const { cells } = JSON.parse(readFileSync(path.join(folder, name), "utf8")) as { cells: Cell[] };
  return cells.flatMap(({ outputs }) => outputs.map(({ text, data }) => (text ?? data?.["text/plain"] ?? []).join("")));
}

test("Jupyter's own suite for kernels passes, 13 of 13", async () => {
  const { stderr } = await python([path.join(import.meta.dirname, "kernel_test.py")]);
  expect(stderr).toMatch(/Ran 13 tests/);
  expect(stderr).toMatch(/\nOK\n$/);
}, 240_000);

test("papermill sets parameters of every kind", async () => {
  writeNotebook("in.ipynb", [
    {
      source: "const epochs: number = 1; // how long\nconst name = 'a'\nlet list: number[] = []",
      tags: ["parameters"],
    },
    { source: "console.log(epochs, name, list, map)" },
  ]);
  const values = ["-p", "epochs", "5", "-p", "name", 'it"s ü', "-y", "list: [1, 2.5]", "-y", "map: {a: [true, null]}"];
  await python(["-m", "papermill", "in.ipynb", "out.ipynb", "--no-progress-bar", ...values]);
  expect(outputsOf("out.ipynb")).toEqual(['5 it"s ü [ 1, 2.5 ] { a: [ true, null ] }\n']);
});

test("nbconvert --execute runs a notebook, and an error stops it", async () => {
  writeNotebook("good.ipynb", [{ source: "const x: number = 20" }, { source: "await null; x + 1" }]);
  const execute = ["-m", "nbconvert", "--to", "notebook", "--execute", "--output"];
  await python([...execute, "done.ipynb", "good.ipynb"]);
  expect(outputsOf("done.ipynb")).toEqual(["21"]);
  writeNotebook("bad.ipynb", [{ source: "throw new TypeError('on purpose')" }]);
  await expect(python([...execute, "no.ipynb", "bad.ipynb"])).rejects.toThrow(/CellExecutionError[\s\S]*on purpose/);
});
