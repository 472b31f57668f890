import { appendFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { SplitName, Table } from "@lepton/contract";
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

test("the file is looked through up to the last row that is wanted", async () => {
  const { plugins } = request;
  let blocks = 0;
  const counted = (table: Table): Table => ({
    ...table,
    scan: async function* (wanted) {
      for await (const block of table.scan(wanted)) {
        blocks++;
        yield block;
      }
    },
  });
  const sources = () =>
    plugins.sources().map((source) => ({
      ...source,
      open: async (...given: Parameters<typeof source.open>) => counted(await source.open(...given)),
    }));
  const places = readFileRows(request);
  const first = places.indexOf(Math.min(...places));
  const counting = { ...request, plugins: { ...plugins, sources } };
  await rowsOfFile(counting, [first], ["Age"]);
  expect(blocks).toBe(1);
  await rowsOfFile(counting, [first, places.indexOf(Math.max(...places))], ["Age"]);
  expect(blocks).toBeGreaterThan(2);
});

test("a column that the file lacks is refused", async () => {
  await expect(rowsOfFile(request, [0], ["Height"])).rejects.toMatchObject({ code: "LEPTON_COLUMN_UNKNOWN" });
});

test("places of rows that are damaged or cannot be read are refused with a sentence", async () => {
  const file = path.join(request.folder, "test.rows.u32");
  const whole = await readFile(file);
  const refused = (law: RegExp) =>
    expect(rowsOfFile(request, [0], ["Age"])).rejects.toMatchObject({
      code: "LEPTON_FILE_FORMAT",
      message: expect.stringMatching(law),
    });
  await writeFile(file, whole.subarray(0, 101));
  await refused(/is damaged: it has 101 bytes/);
  await writeFile(file, Buffer.alloc(whole.length, 0xff));
  await refused(/row 4294967295 of/);
  await rm(file);
  await mkdir(file);
  await refused(/cannot be read \(EISDIR\)/);
  await rm(file, { recursive: true });
  await writeFile(file, whole);
});

test("a file that has changed since is not read: its rows would be other ones", async () => {
  await appendFile(path.join(shop.folder, "credit.csv"), "\n");
  const changed = (split: SplitName) =>
    expect(rowsOfFile({ ...request, split }, [0], ["Age"])).rejects.toMatchObject({
      code: "LEPTON_FILE_FORMAT",
      message: expect.stringContaining(`its ${split} rows cannot be found`),
    });
  await changed("test");
  await changed("validation");
});
