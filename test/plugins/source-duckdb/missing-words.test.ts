import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import plugin from "@lepton/source-duckdb";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lepton-missing-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function open(text: string) {
  const file = path.join(folder, "table.csv");
  await writeFile(file, text);
  return plugin.sources[0]!.open(file, { badRows: "error" });
}

test("the words that pandas takes for no value are missing, among numbers and among texts", async () => {
  const words = ["", "NA", "<NA>", "N/A", "#N/A", "#NA", "n/a", "NaN", "nan", "-NaN", "-nan", "NULL", "null", "None"];
  const table = await open(
    ["amount,name,row", "1.5,north,0", ...words.map((word, i) => `${word},${word},${i + 1}`)].join("\n"),
  );
  expect(table.columns.map(({ type }) => type)).toEqual(["number", "text", "integer"]);
  const statistics = await table.statistics(["amount", "name"]);
  expect(statistics.map(({ missing, distinct }) => [missing, distinct])).toEqual([
    [words.length, 1],
    [words.length, 1],
  ]);
  await table.close();
});

test("another word among numbers is told with its line and what a missing value is", async () => {
  await expect(open("age,y\n1,0\nunknown,1\n3,0\n4,1\n")).rejects.toMatchObject({
    code: "LEPTON_ROW_BAD",
    message: expect.stringContaining(
      'line 3: column "age" holds numbers elsewhere, here "unknown". 1 row cannot be read. Correct the file (a missing value is an empty cell or NA), read the column as text',
    ),
  });
});
