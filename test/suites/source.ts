/**
 * What every source of tables must do. Enters: a source and a way to write a table in its format; leaves: vitest tests. A source of a third party
 * passes the same suite.
 */
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Block, BlockColumn, ScanRequest, Source, Table } from "@lepton/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** Three columns with everything that a scan must carry; null is missing. */
export interface SuiteRow {
  readonly amount: number | null;
  readonly color: string | null;
  readonly day: string;
}

export const suiteRows: readonly SuiteRow[] = Array.from({ length: 5000 }, (_, i) => ({
  amount: i % 7 === 3 ? null : i / 4,
  color: i % 11 === 5 ? null : ["red", "green", "blue"][i % 3]!,
  day: new Date(Date.UTC(2024, 0, 1 + (i % 400))).toISOString().slice(0, 10),
}));

/** @param write  writes the rows as a table at `file` (without extension) and returns its URI */
export function sourceSuite(
  name: string,
  source: Source,
  write: (file: string, rows: readonly SuiteRow[]) => Promise<string>,
): void {
  describe(name, () => {
    let folder: string;
    let uri: string;
    let table: Table;
    beforeAll(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), "lepton-source-"));
      uri = await write(path.join(folder, "table"), suiteRows);
      table = await source.open(uri, { badRows: "error" });
    });
    afterAll(async () => {
      await table.close();
      await rm(folder, { recursive: true });
    });

    test("it says which URIs it reads", () => {
      expect(source.matches(uri)).toBe(true);
      expect(source.matches("table.docx")).toBe(false);
    });

    test("it knows rows, columns and their types", () => {
      expect(table.rows).toBe(5000);
      expect(table.skipped).toBe(0);
      expect(table.columns.map(({ name, type }) => [name, type])).toEqual([
        ["amount", "number"],
        ["color", "text"],
        ["day", "date"],
      ]);
    });

    test("numbers come in the file's order as f32 and f64, a missing one as NaN", async () => {
      const [f32, f64] = await gather(table, {
        columns: [
          { name: "amount", as: "f32" },
          { name: "amount", as: "f64" },
        ],
      });
      expect(f32).toEqual(suiteRows.map((row) => row.amount ?? Number.NaN));
      expect(f64).toEqual(f32);
    });

    test("categories come as codes into one dictionary, a missing one as not valid", async () => {
      const [colors] = await gather(table, { columns: [{ name: "color", as: "category" }] });
      expect(colors).toEqual(suiteRows.map((row) => row.color));
    });

    test("text comes as strings and null", async () => {
      const [colors] = await gather(table, { columns: [{ name: "color", as: "text" }] });
      expect(colors).toEqual(suiteRows.map((row) => row.color));
    });

    test("dates come as seconds since 1970", async () => {
      const [days] = await gather(table, { columns: [{ name: "day", as: "epoch" }] });
      expect(days).toEqual(suiteRows.map((row) => Date.parse(row.day) / 1000));
    });

    test("a limit ends the scan early", async () => {
      const [amounts] = await gather(table, { columns: [{ name: "amount", as: "f64" }], limit: 10 });
      expect(amounts).toEqual(suiteRows.slice(0, 10).map((row) => row.amount ?? Number.NaN));
    });

    test("two scans at once do not disturb each other", async () => {
      const scan = () => gather(table, { columns: [{ name: "amount", as: "f32" }] });
      const amounts = suiteRows.map((row) => row.amount ?? Number.NaN);
      expect(await Promise.all([scan(), scan()])).toEqual([[amounts], [amounts]]);
    });

    test("a scan can be left before its end, and the table asked again", async () => {
      for await (const _ of table.scan({ columns: [{ name: "amount", as: "f32" }] })) break;
      expect(await table.head(1)).toHaveLength(1);
    });

    test("statistics count missing and different values, and describe numbers", async () => {
      const [amount, color] = await table.statistics(["amount", "color"]);
      const numbers = suiteRows.map((row) => row.amount).filter((value) => value !== null);
      const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
      const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length;
      expect(amount).toMatchObject({
        name: "amount",
        rows: 5000,
        missing: 5000 - numbers.length,
        distinct: numbers.length,
      });
      expect([amount!.min, amount!.max]).toEqual([0, 4999 / 4]);
      expect(amount!.mean).toBeCloseTo(mean, 9);
      expect(amount!.deviation).toBeCloseTo(Math.sqrt(variance), 9);
      expect(color).toMatchObject({
        missing: suiteRows.filter((row) => row.color === null).length,
        distinct: 3,
        min: null,
        mean: null,
      });
      expect(color!.top.map(({ value }) => value).sort()).toEqual(["blue", "green", "red"]);
      expect(color!.top.reduce((sum, { count }) => sum + count, 0)).toBe(5000 - color!.missing);
    });

    test("head gives plain rows with null for missing values", async () => {
      const rows = await table.head(4);
      expect(rows).toEqual(suiteRows.slice(0, 4).map((row) => ({ ...row })));
    });

    test("an unknown column is an error that lists the columns", async () => {
      await expect(gather(table, { columns: [{ name: "colour", as: "text" }] })).rejects.toMatchObject({
        code: "LEPTON_COLUMN_UNKNOWN",
        message: expect.stringContaining('"colour". Columns: amount, color, day'),
      });
    });
  });
}

/** All values of each column of a scan, as plain values. */
export async function gather(table: Table, request: ScanRequest): Promise<readonly (readonly unknown[])[]> {
  const columns: unknown[][] = request.columns.map(() => []);
  const blocks = async () => table.scan(request);
  for await (const block of await blocks()) {
    for (const [index, column] of (block as Block).columns.entries()) columns[index]!.push(...plainValues(column));
  }
  return columns;
}

function plainValues(column: BlockColumn): readonly unknown[] {
  if (column.as !== "category") return Array.from(column.values as ArrayLike<unknown>);
  return Array.from(column.codes, (code, row) => (column.valid?.[row] === 0 ? null : column.dictionary[code]));
}
