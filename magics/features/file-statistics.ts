/** `describe` of a file: what the source knows of its columns, as rows and as a table. */
import { type ColumnStatistics, type Displayable, displaySymbol, type Table } from "@lepton/contract";
import { tableBundle } from "../draw/table.ts";

export type FileStatistics = readonly (ColumnStatistics & { readonly type: string })[] & Displayable;

export async function describeFile(table: Table, name: string): Promise<FileStatistics> {
  const statistics = await table.statistics(table.columns.map((column) => column.name));
  const rows = statistics.map((entry, index) => ({ type: table.columns[index]!.storage, ...entry }));
  const skipped = table.skipped > 0 ? `, ${table.skipped} skipped` : "";
  const bundle = tableBundle({
    caption: `${name}: ${table.rows} rows${skipped}, ${table.columns.length} columns`,
    columns: ["column", "type", "missing", "distinct", "min", "median", "max", "mean", "deviation", "most frequent"],
    rows: rows.map((entry) => {
      const top = entry.top.slice(0, 4).map(({ value, count }) => `${value} ${count}`);
      const numbers = [entry.min, entry.median, entry.max, entry.mean, entry.deviation];
      return [entry.name, entry.type, entry.missing, entry.distinct, ...numbers, top.join(", ")];
    }),
  });
  return Object.defineProperty(rows, displaySymbol, { value: () => bundle }) as unknown as FileStatistics;
}
