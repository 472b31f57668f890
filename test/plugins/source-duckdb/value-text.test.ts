import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Table } from "@lepton/contract";
import plugin from "@lepton/source-duckdb";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder: string;
let table: Table;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lepton-text-"));
  const file = path.join(folder, "moments.parquet");
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(`copy (select * from (values
    ('2024-01-02 10:00:00'::timestamp, '2024-01-02 10:00:00+02'::timestamptz, '2024-01-02'::date, '10:00'::time, interval 3 days),
    ('2024-01-02 00:00:00', '2024-01-02 00:00:00.25+00', '1969-12-31', '23:59:59', interval 90 minutes),
    ('infinity', null, '-infinity', null, null))
    as t(moment, zoned, day, clock, span)) to '${file}' (format parquet)`);
  connection.closeSync();
  instance.closeSync();
  table = await plugin.sources[0]!.open(file, { badRows: "error" });
});
afterAll(async () => {
  await table?.close();
  await rm(folder, { recursive: true });
});

test.each([
  ["moment", ["2024-01-02T10:00:00Z", "2024-01-02", null]],
  ["zoned", ["2024-01-02T08:00:00Z", "2024-01-02T00:00:00.250Z", null]],
  ["day", ["2024-01-02", "1969-12-31", null]],
  ["clock", ["10:00:00", "23:59:59", null]],
  ["span", ["3 days", "01:30:00", null]],
])("a %s is the same text in a row, as a category and in the statistics", async (name, texts) => {
  expect((await table.head(3)).map((row) => row[name])).toEqual(texts);
  expect(await scanned(name, "text")).toEqual(texts);
  expect(await scanned(name, "category")).toEqual(texts);
  const [statistics] = await table.statistics([name]);
  expect(statistics!.top.map(({ value }) => value).toSorted()).toEqual(texts.slice(0, 2).toSorted());
  expect(statistics!.missing).toBe(1);
});

async function scanned(name: string, as: "text" | "category"): Promise<(string | null)[]> {
  const found: (string | null)[] = [];
  for await (const { columns, rows } of table.scan({ columns: [{ name, as }] })) {
    const [column] = columns;
    if (column!.as === "text") found.push(...column!.values);
    if (column!.as !== "category") continue;
    const { codes, dictionary, valid } = column!;
    for (let row = 0; row < rows; row++) found.push(valid?.[row] === 0 ? null : dictionary[codes[row]!]!);
  }
  return found;
}
