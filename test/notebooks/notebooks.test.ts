/** Each notebook of notebooks/ is executed from a clean copy with nbclient and our kernel; each ends in assertions of its own. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { testPython } from "../python.ts";

const root = path.resolve(import.meta.dirname, "../..");
const source = path.join(root, "notebooks");
const names = readdirSync(source).filter((name) => name.endsWith(".ipynb"));
const work = mkdtempSync(path.join(os.tmpdir(), "lepton-notebooks-"));
afterAll(() => rmSync(work, { recursive: true, force: true, maxRetries: 5 }));

interface Output {
  readonly output_type: string;
  readonly text?: string | readonly string[];
  readonly data?: Readonly<Record<string, unknown>>;
}
interface Notebook {
  readonly cells: readonly {
    readonly cell_type: string;
    readonly source: string | readonly string[];
    readonly outputs?: readonly Output[];
  }[];
}

const read = (file: string) => JSON.parse(readFileSync(file, "utf8")) as Notebook;
const outputsOf = (notebook: Notebook) => notebook.cells.flatMap((cell) => cell.outputs ?? []);
const joined = (text: unknown) => (Array.isArray(text) ? text.join("") : String(text ?? ""));

const python = (script: string, ...args: string[]) =>
  promisify(execFile)(testPython(), [path.join(root, script), ...args], {
    maxBuffer: 1 << 28,
    env: { ...process.env, LEPTON_STATE: path.join(work, "state") },
  });

/** Executes a notebook in a folder of its own. @throws with the cell that failed */
async function execute(name: string): Promise<string> {
  const folder = path.join(work, path.parse(name).name);
  await python(".house/execute_notebook.py", path.join(source, name), folder, "--quiet");
  return folder;
}

test("the notebooks begin with those of the picture, in its order", () => {
  expect(names.slice(0, 3)).toEqual(["01-credit.ipynb", "02-digits.ipynb", "03-your-own-model.ipynb"]);
});

test.each(names)(
  "%s runs from a clean state to its last assertion",
  async (name) => {
    const folder = await execute(name);
    const outputs = outputsOf(read(path.join(folder, name)));
    expect(outputs.filter((output) => output.output_type === "error")).toEqual([]);
    expect(joined(outputs.filter((output) => output.output_type === "stream").at(-1)?.text)).not.toBe("");
  },
  600_000,
);

test("01-credit does at least as well on test as scikit-learn's LogisticRegression on the same split", async () => {
  const folder = path.join(work, "01-credit");
  const notebook = path.join(folder, "01-credit.ipynb");
  expect(existsSync(notebook), "01-credit was executed").toBe(true);
  const datasets = path.join(folder, ".lepton", "datasets");
  const [dataset] = readdirSync(datasets);
  const { stdout } = await python("test/notebooks/logistic_regression.py", path.join(datasets, dataset!));
  const texts = outputsOf(read(notebook)).map((output) => joined(output.text));
  const ours = /ROC-AUC on test: ([\d.]+)/.exec(texts.join("\n"))?.[1];
  expect(Number(ours)).toBeGreaterThanOrEqual(Number(stdout));
  const quoted = /reaches a ROC-AUC of ([\d.]+)/.exec(JSON.stringify(read(notebook)))?.[1];
  expect(Number(quoted)).toBeCloseTo(Number(stdout), 3);
}, 120_000);

test.each(names)("%s is committed with its outputs, free of this machine's paths and of tokens", (name) => {
  const text = readFileSync(path.join(source, name), "utf8");
  const notebook = read(path.join(source, name));
  const charts = outputsOf(notebook).filter((output) => output.data?.["application/vnd.lepton.run.v1+json"]);
  expect(charts.length).toBeGreaterThan(0);
  for (const chart of charts)
    expect(Object.keys(chart.data!)).toEqual(expect.arrayContaining(["image/png", "image/svg+xml", "text/plain"]));
  expect(text).not.toMatch(/\/(tmp|root|home|Users|work)\/\w/);
  expect(text).not.toMatch(/Bearer [\w-]{16,}/);
  expect(outputsOf(notebook).filter((output) => output.output_type === "error")).toEqual([]);
});
