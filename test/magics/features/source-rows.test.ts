import { appendFile, readFile } from "node:fs/promises";
import path from "node:path";
import duckdb from "@lepton/source-duckdb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readFileRows, rowsOfFile, type SourceRequest } from "../../../magics/features/source-rows.ts";
import { createPlugins } from "../../../magics/plugins.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

let shop: Workshop;
let request: SourceRequest;

beforeAll(async () => {
  shop = await openWorkshop();
  const plugins = createPlugins();
  plugins.add(duckdb, "@lepton/source-duckdb");
  const { manifest, folder } = await shop.features("credit.csv", { target: "Status" });
  request = { verb: "samples", manifest, folder, split: "test", notebook: shop.folder, plugins };
});
afterAll(() => shop.close());

test("rows of a split come back as the file has them: numbers in its units, words as they are written, in the order asked for", async () => {
  const lines = (await readFile(path.join(shop.folder, "credit.csv"), "utf8")).trim().split("\n");
  const names = lines[0]!.split(",");
  const columns = request.manifest.columns.map(({ name }) => name);
  const wanted = [7, 0, request.manifest.rows.test - 1, 7];
  const found = await rowsOfFile(request, wanted, columns);
  const places = readFileRows(request);
  for (const [at, row] of wanted.entries()) {
    const cells = lines[places[row]! + 1]!.split(",");
    const expected = columns.map((name) => cells[names.indexOf(name)]!);
    // A missing value is written NA or left empty in this file.
    expect(found[at]!.map((value) => value ?? "NA")).toEqual(
      expected.map((text, column) => (typeof found[at]![column] === "number" ? Number(text) : text || "NA")),
    );
  }
  expect(found.flat().some((value) => typeof value === "number" && value > 100)).toBe(true);
  expect(found.flat().some((value) => typeof value === "string")).toBe(true);
});

test("a file that has changed since is not read: its rows would be other ones", async () => {
  await appendFile(path.join(shop.folder, "credit.csv"), "\n");
  await expect(rowsOfFile(request, [0], ["Age"])).rejects.toMatchObject({ code: "LEPTON_FILE_FORMAT" });
});
