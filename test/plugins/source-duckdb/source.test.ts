import { writeFile } from "node:fs/promises";
import { DuckDBInstance } from "@duckdb/node-api";
import plugin from "@lepton/source-duckdb";
import { type SuiteRow, sourceSuite } from "../../suites/source.ts";

const [source] = plugin.sources;

const csvOf = (rows: readonly SuiteRow[], delimiter: string) =>
  `${[["amount", "color", "day"], ...rows.map((row) => [row.amount, row.color, row.day])].map((cells) => cells.map((cell) => cell ?? "").join(delimiter)).join("\n")}\n`;

sourceSuite("CSV by DuckDB", source!, async (file, rows) => {
  await writeFile(`${file}.csv`, csvOf(rows, ","));
  return `${file}.csv`;
});

sourceSuite("TSV by DuckDB", source!, async (file, rows) => {
  await writeFile(`${file}.tsv`, csvOf(rows, "\t"));
  return `${file}.tsv`;
});

sourceSuite("Parquet by DuckDB", source!, async (file, rows) => {
  await writeFile(`${file}.ndjson`, rows.map((row) => JSON.stringify(row)).join("\n"));
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run(
    `copy (select amount::double as amount, color, day::date as day from read_json('${file}.ndjson')) to '${file}.parquet' (format parquet)`,
  );
  connection.closeSync();
  return `${file}.parquet`;
});

sourceSuite("JSON lines by DuckDB", source!, async (file, rows) => {
  await writeFile(`${file}.jsonl`, rows.map((row) => JSON.stringify(row)).join("\n"));
  return `${file}.jsonl`;
});
