import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Table } from "@lepton/contract";
import plugin from "@lepton/source-duckdb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gather } from "../../suites/source.ts";

let folder: string;
const opened: Table[] = [];
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lepton-paths-"));
});
afterAll(async () => {
  for (const table of opened) await table.close();
  await rm(folder, { recursive: true });
});

async function open(name: string): Promise<Table> {
  const table = await plugin.sources[0]!.open(path.join(folder, name), { badRows: "error" });
  opened.push(table);
  return table;
}

test("a name with brackets, stars or question marks is that one file, not a pattern", async () => {
  await writeFile(path.join(folder, "data1.csv"), "a\n1\n1\n");
  for (const [index, name] of ["data[1].csv", "dat*1.csv", "data?.csv"].entries()) {
    await writeFile(path.join(folder, name), `a\n${index + 5}\n`);
    const table = await open(name);
    const [column] = await gather(table, { columns: [{ name: "a", as: "f64" }] });
    expect(column).toEqual([index + 5]);
  }
});

test("a folder called year=2024 adds no column", async () => {
  await mkdir(path.join(folder, "year=2024"));
  await writeFile(path.join(folder, "year=2024", "a.csv"), "a,b\n1,2\n");
  expect((await open("year=2024/a.csv")).columns.map(({ name }) => name)).toEqual(["a", "b"]);
});

/** In a process of its own: a zone is read once, when a process begins. */
const moments = `
const { default: plugin } = await import(process.argv[1]);
const table = await plugin.sources[0].open(process.argv[2], { badRows: "error" });
const found = [];
for await (const block of table.scan({ columns: [{ name: "at", as: "epoch" }] })) found.push(...block.columns[0].values);
const [{ min, max }] = await table.statistics(["at"]);
await table.close();
console.log(JSON.stringify({ zone: new Date(0).getTimezoneOffset(), found, min, max }));`;

test.each([
  ["UTC", 0],
  ["America/New_York", 300],
])("times with a zone are the same moments on a machine in %s", async (TZ, zone) => {
  const file = path.join(folder, `zones${zone}.csv`);
  await writeFile(file, "at,n\n2024-07-01 12:00:00+02,1\n2024-01-01 00:30:00-05,2\n");
  const plugin = path.join(import.meta.dirname, "../../../plugins/source-duckdb/index.ts");
  const args = ["--input-type=module", "-e", moments, plugin, file];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, TZ } });
  const found = ["2024-07-01T10:00:00Z", "2024-01-01T05:30:00Z"].map((iso) => Date.parse(iso) / 1000);
  expect(JSON.parse(stdout)).toEqual({ zone, found, min: found[1], max: found[0] });
});

test.each([
  [
    "years are names where the line below has none",
    "country,2019,2020\nFrance,1.5,2.5\n",
    ["country", "2019", "2020"],
    1,
  ],
  ["consecutive numbers all the way down are rows", "x,1,2\ny,3,4\n", ["column0", "column1", "column2"], 2],
  [
    "a delimiter inside a name does not count",
    "id;Name, first;Age, years\n1;Ann;30\n2;Bob;31\n",
    ["id", "Name, first", "Age, years"],
    2,
  ],
])("%s", async (_name, text, names, rows) => {
  await writeFile(path.join(folder, "dialect.csv"), text);
  const table = await open("dialect.csv");
  expect([table.columns.map(({ name }) => name), table.rows]).toEqual([names, rows]);
});

test("a file of another machine is left to sources that can reach it", () => {
  expect(plugin.sources[0]!.matches("https://example.org/a.csv")).toBe(false);
  expect(plugin.sources[0]!.matches("C:/data/a.csv")).toBe(true);
});
