import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import plugin from "@lepton/source-duckdb";
import { afterAll, beforeAll, expect, test } from "vitest";

const names = Array.from({ length: 230 }, (_, index) => `c${index}`);
let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lepton-wide-"));
  file = path.join(folder, "wide.csv");
  const cell = (row: number, column: number) => (column % 50 === 7 ? "abc"[row % 3]! : String(row * column + 0.5));
  const lines = [0, 1, 2, 3].map((row) => names.map((_, column) => cell(row, column)).join(","));
  await writeFile(file, [names.join(","), ...lines].join("\n"));
});
afterAll(() => rm(folder, { recursive: true }));

const open = () => plugin.sources[0]!.open(file, { badRows: "error" });

test("columns of a wide table have the statistics that each has when it is asked for alone", async () => {
  const [wide, alone] = [await open(), await open()];
  const all = await wide.statistics(names);
  expect(all.map(({ name }) => name)).toEqual(names);
  for (const at of [0, 7, 99, 100, 107, 199, 200, 229]) expect([all[at]]).toEqual(await alone.statistics([names[at]!]));
  expect(await wide.statistics(names)).toEqual(all);
  for await (const block of wide.scan({ columns: [{ name: "c107", as: "category" }] })) {
    expect(block.columns[0]).toMatchObject({ dictionary: ["a", "b", "c"], codes: Uint8Array.of(0, 1, 2, 0) });
  }
  await Promise.all([wide.close(), alone.close()]);
});
