import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import type { OpenOptions, Table } from "@lepton/contract";
import plugin from "@lepton/source-duckdb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gather } from "../../suites/source.ts";

let folder: string;
const opened: Table[] = [];
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lepton-bad-"));
});
afterAll(async () => {
  for (const table of opened) await table.close();
  await rm(folder, { recursive: true });
});

let files = 0;
async function open(text: string | Buffer, options: Partial<OpenOptions> = {}, extension = "csv"): Promise<Table> {
  const file = path.join(folder, `file${files++}.${extension}`);
  await writeFile(file, text);
  const table = await plugin.sources[0]!.open(file, { badRows: "error", ...options });
  opened.push(table);
  return table;
}

const lines = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => `${line(i)}\n`).join("");

test("a row with too many values is named by its line and text", async () => {
  const text = `a,b\n${lines(50, (i) => (i === 20 ? "1,2,3" : `${i},x${i}`))}`;
  await expect(open(text)).rejects.toMatchObject({
    code: "LEPTON_ROW_BAD",
    message: expect.stringMatching(
      /line 22: it has too many values \(2 columns expected\); the row is "1,2,3"\..*--on-bad-row skip/s,
    ),
  });
  const table = await open(text, { badRows: "skip" });
  expect([table.rows, table.skipped]).toEqual([49, 1]);
});

test("a row with too few values is named, and skipped rows are counted once", async () => {
  const text = `a,b,c\n${lines(50, (i) => (i === 30 || i === 40 ? "1" : `${i},${i},x`))}`;
  await expect(open(text)).rejects.toThrow(/line 32: column "b" and those after it are missing/);
  const table = await open(text, { badRows: "skip" });
  expect([table.rows, table.skipped]).toEqual([48, 2]);
});

test("a type that changes half-way is named by line, column and value, early in the file or late", async () => {
  const early = `age,b\n${lines(1000, (i) => `${i < 500 ? i : `w${i}`},1`)}`;
  await expect(open(early)).rejects.toThrow(
    /line 502: column "age" holds numbers elsewhere, here "w500"\. 500 rows.*--kinds age=category/s,
  );
  const late = `age,b\n${lines(40_000, (i) => `${i < 39_990 ? i : "old"},1`)}`;
  await expect(open(late)).rejects.toThrow(/line 39992: column "age" holds numbers elsewhere, here "old"\. 10 rows/);
  const skipped = await open(late, { badRows: "skip" });
  expect([skipped.rows, skipped.skipped, skipped.columns[0]!.type]).toEqual([39_990, 10, "integer"]);
});

test("a column whose type the user names as text is text", async () => {
  const table = await open(`age,b\n${lines(100, (i) => `${i < 60 ? i : "old"},1`)}`, { types: { age: "text" } });
  expect(table.columns[0]).toMatchObject({ name: "age", type: "text" });
  expect(table.rows).toBe(100);
});

test("whole numbers that later have fractions are numbers, not bad rows", async () => {
  const table = await open(`a,b\n${lines(40_000, (i) => `${i < 39_000 ? i : i + 0.5},1`)}`);
  expect([table.rows, table.columns[0]!.type]).toEqual([40_000, "number"]);
});

test("an empty file and a file of names only have nothing to learn from", async () => {
  await expect(open("")).rejects.toMatchObject({ code: "LEPTON_DATA_EMPTY" });
  await expect(open("a,b\n")).rejects.toMatchObject({
    code: "LEPTON_DATA_EMPTY",
    message: expect.stringContaining("2 columns and no rows"),
  });
});

test("a column of missing values only is kept and counted", async () => {
  const table = await open("a,b\n1,\n2,NA\n3,NaN\n");
  const [, b] = await table.statistics(["a", "b"]);
  expect(b).toMatchObject({ rows: 3, missing: 3, distinct: 0 });
});

test("1e308, infinities and NaN are read as what they are", async () => {
  const table = await open('a\n1\n1e308\ninf\n-Infinity\nNaN\n""\n3.5\n');
  const [f64, f32] = await gather(table, {
    columns: [
      { name: "a", as: "f64" },
      { name: "a", as: "f32" },
    ],
  });
  const infinity = Number.POSITIVE_INFINITY;
  expect(f64).toEqual([1, 1e308, infinity, -infinity, Number.NaN, Number.NaN, 3.5]);
  expect(f32).toEqual([1, infinity, infinity, -infinity, Number.NaN, Number.NaN, 3.5]);
  const [a] = await table.statistics(["a"]);
  expect(a).toMatchObject({ missing: 2, mean: 2.25, min: -infinity, max: infinity });
});

test("yes and no stay words, true and false are booleans", async () => {
  const table = await open("a,b\nyes,true\nno,false\nyes,True\n");
  expect(table.columns.map(({ type }) => type)).toEqual(["text", "boolean"]);
});

test("a quote that is never closed is said to be the likely cause", async () => {
  await expect(open('a,b\n1,"x\n2,y\n3,z\n')).rejects.toMatchObject({
    code: "LEPTON_FILE_FORMAT",
    message: expect.stringContaining("double quote opened and never closed"),
  });
});

test("a file of bytes is no CSV file", async () => {
  await expect(open(Buffer.from([0, 1, 2, 255]))).rejects.toMatchObject({
    code: "LEPTON_FILE_FORMAT",
    message: expect.stringContaining("is not a CSV file"),
  });
});

test("text that is not UTF-8 is named by its line", async () => {
  await expect(open(Buffer.from("a,b\n1,x\n2,caf\xe9\n", "latin1"))).rejects.toThrow(
    /line 3: column "b" is not UTF-8 text/,
  );
});

test.each(["utf16le", "utf16be"])("text in UTF-16 (%s) is called so", async (order) => {
  const bytes = Buffer.from("\uFEFFa,b\n1,x\n", "utf16le");
  await expect(open(order === "utf16le" ? bytes : bytes.swap16())).rejects.toThrow(/is UTF-16 text; save it as UTF-8/);
});

test.each(["json", "jsonl", "ndjson"])("a byte order mark before %s is passed over", async (extension) => {
  const text = '\uFEFF{"a":1,"b":"x"}\n{"a":2.5,"b":null}\n';
  for (const badRows of ["error", "skip"] as const) {
    expect(await (await open(text, { badRows }, extension)).head(2)).toEqual([
      { a: 1, b: "x" },
      { a: 2.5, b: null },
    ]);
  }
  if (extension !== "json") {
    const bad = '\uFEFF{"a":1}\n{"a":2}\noops\n{"a":3}\n';
    await expect(open(bad, { badRows: "skip" }, extension)).rejects.toThrow(
      /line 3: "oops" is not a JSON object. Correct the file, or save it as UTF-8 without a byte order mark and leave/,
    );
  }
});

test("semicolons, tabs and bars part values; a file without names gets some; gzip is read", async () => {
  expect((await open("a;b\n1;x\n")).columns.map(({ name }) => name)).toEqual(["a", "b"]);
  expect((await open("a|b\n1|x\n")).columns).toHaveLength(2);
  expect(await (await open("1,x\n2,y\n")).head(2)).toEqual([
    { column0: 1, column1: "x" },
    { column0: 2, column1: "y" },
  ]);
  expect((await open(gzipSync("a,b\n1,x\n"), {}, "csv.gz")).rows).toBe(1);
});

test.each([
  ["cells parted by semicolons", "name;price\nx;1,5\ny;-2,75\nz;3\n", "csv", ["name", "price"], [1.5, -2.75, 3]],
  ["cells parted by tabs", "a, b\tprice\nx, y\t0,125\nz\t2,7e3\n", "tsv", ["a, b", "price"], [0.125, 2700]],
  ["a file without names", "1;1,5\n2;3,5\n", "csv", ["column0", "column1"], [1.5, 3.5]],
])("a comma before the decimals is read in %s", async (_, text, extension, names, values) => {
  const table = await open(text, {}, extension);
  expect(table.columns.map(({ name }) => name)).toEqual(names);
  expect(table.columns[1]!.type).toBe("number");
  expect((await table.head(3)).map((row) => row[names[1]!])).toEqual(values);
});

test("among numbers with a decimal comma a word is a bad row; read with a given type they are the same numbers", async () => {
  const text = "name;price\nx;1,5\ny;2,7\nz;oops\n";
  await expect(open(text)).rejects.toThrow(/line 4: column "price" holds numbers elsewhere, here "oops"/);
  const table = await open("price;b\n1,5;x\n3;y\n", { types: { price: "number" } });
  expect((await table.head(2)).map((row) => row["price"])).toEqual([1.5, 3]);
});

test.each([
  ["thousands", "name;n\nx;1,500\ny;2,750\n", ["1,500", "2,750"]],
  ["lists", "name;n\nx;1,5\ny;2,7,5\n", ["1,5", "2,7,5"]],
  ["words beside numbers with a point", "n;v\n1,5;1.5\n2,7;2.5\n", ["1,5", "2,7"]],
])("commas that may be those of %s stay text", async (_, text, values) => {
  expect((await (await open(text)).head(2)).map((row) => row["n"])).toEqual(values);
});

test("empty lines above the names are passed over", async () => {
  expect(await (await open("\r\n\r\na,b\r\n1,x\r\n")).head(2)).toEqual([{ a: 1, b: "x" }]);
  expect((await open("\tb\n1\tx\n", {}, "tsv")).columns.map(({ name }) => name)).toEqual(["column0", "b"]);
});

test("column names with quotes, blanks and SQL in them are only names", async () => {
  const table = await open('"a ""b""; drop table rows",c d\n1,x\n2,y\n');
  const [first] = table.columns;
  expect(first!.name).toBe('a "b"; drop table rows');
  expect(await gather(table, { columns: [{ name: first!.name, as: "f64" }] })).toEqual([[1, 2]]);
});

test("what is no Parquet file and what is no JSON is said", async () => {
  await expect(open("hello", {}, "parquet")).rejects.toMatchObject({ code: "LEPTON_FILE_FORMAT" });
  await expect(open('{"a": 1}\nnonsense\n{"a": 3}\n', {}, "jsonl")).rejects.toMatchObject({
    code: "LEPTON_ROW_BAD",
    message: expect.stringContaining('line 2: "nonsense" is not a JSON object'),
  });
  const table = await open('{"a": 1}\nnonsense\n{"a": 3}\n', { badRows: "skip" }, "jsonl");
  expect([table.rows, table.skipped]).toEqual([2, 1]);
});

test("text asked for as numbers or dates is an error that quotes the value, not missing values", async () => {
  const table = await open("a\nx\n2\ny\nz\n");
  const scan = (as: "f64" | "epoch") => gather(table, { columns: [{ name: "a", as }] });
  await expect(scan("f64")).rejects.toMatchObject({
    code: "LEPTON_COLUMN_TYPE",
    message: expect.stringMatching(/'x'.*Asked: a as f64/),
  });
  await expect(scan("epoch")).rejects.toMatchObject({ code: "LEPTON_COLUMN_TYPE" });
});
