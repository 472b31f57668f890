/** What completion offers as values: by the verbs that users have, over a folder with runs, names and a table. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Plugin, RunSpec } from "@lepton/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { completeMagic } from "../../magics/complete.ts";
import { leptonFolder } from "../../magics/folder.ts";
import { verbs } from "../../magics/index.ts";
import { createPlugins } from "../../magics/plugins.ts";
import type { SuggestPlace } from "../../magics/suggest.ts";
import { fakeHost } from "./fake-host.ts";
import { madeSpec, makeRunFolder } from "./train/made-run.ts";

let about: SuggestPlace;
let opened = 0;

/** Reads the first line of a CSV; enough for columns' names. */
const plugin = {
  name: "columns",
  contract: 1,
  sources: [
    {
      name: "columns",
      matches: (uri: string) => uri.endsWith(".csv"),
      open: async (uri: string) => {
        opened++;
        const columns = ["Age", "Job", "Home town"].map((name) => ({ name, type: "text", storage: "VARCHAR" }));
        return { uri, rows: 1, columns, skipped: 0, close: async () => undefined };
      },
    },
  ],
} as unknown as Plugin;

beforeAll(() => {
  const notebook = mkdtempSync(path.join(os.tmpdir(), "lepton-suggest-"));
  writeFileSync(path.join(notebook, "credit.csv"), "Age,Job,Home town\n");
  const folder = leptonFolder(notebook);
  const run = (id: string, name: string, more: Partial<RunSpec> = {}) =>
    makeRunFolder(folder.runs(id), madeSpec(id, { name, ...more }));
  run("20260101-000000-a", "first");
  run("20260102-000000-b", "信用 2");
  run("20260103-000000-c", "trial", { study: { id: "s", trial: 0 } });
  mkdirSync(folder.runs("20260104-000000-d"));
  const kept = (kind: string, where: string) => ({ kind, folder: where, type: kind });
  const names = {
    credit: kept("Lepton.Dataset", ".lepton/datasets/x"),
    best: kept("Lepton.Run", ".lepton/runs/20260101-000000-a"),
  };
  writeFileSync(folder.names, JSON.stringify({ version: 1, names }));
  const host = fakeHost(notebook, { credit: {}, best: {}, myModel: () => 0, lepton: {} });
  const plugins = createPlugins();
  plugins.add(plugin, "test");
  about = { host, folder, plugins };
});
afterAll(() => rmSync(about.folder.notebook, { recursive: true, force: true }));

async function offered(line: string): Promise<string[]> {
  return (await completeMagic(line, line.length, verbs, about)).items.map((item) => item.text);
}

test("where a run is wanted: what --as named, the runs of the folder by name, newest first, then variables", async () => {
  expect(await offered("card ")).toEqual(["best", '"信用 2"', "first", "myModel"]);
  expect(await offered("card best --diff f")).toEqual(["first"]);
  expect(await offered("train credit --resume ")).toEqual(['"信用 2"', "first"]);
});

test("where a data set is wanted, no run is offered, and a function where a model may stand", async () => {
  expect(await offered("train ")).toEqual(["credit", "myModel"]);
  expect((await offered("train credit --model ")).slice(-1)).toEqual(["myModel"]);
});

test("columns of the file that the verb takes, also behind a comma; a file is opened once", async () => {
  expect(await offered("features credit.csv --target ")).toEqual(["Age", "Job", '"Home town"']);
  expect(await offered("features credit.csv --ignore Age,J")).toEqual(["Job"]);
  const line = "features credit.csv --kinds=Age=number,J";
  const { start, end } = await completeMagic(line, line.length, verbs, about);
  expect(line.slice(start, end)).toBe("J");
  expect(opened).toBe(1);
  expect(await offered("features nowhere.csv --target ")).toEqual([]);
});

test("what is over is not offered to stop, and a damaged folder costs its names only", async () => {
  expect(await offered("stop ")).toEqual(["myModel"]);
  writeFileSync(about.folder.names, "{");
  expect(await offered("card fi")).toEqual(["first"]);
});
