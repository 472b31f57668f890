/** The door to tables in files: CSV, TSV, Parquet and JSON, read by DuckDB. The native library loads at the first open. */
import type { Plugin } from "@lepton/contract";
import { formatOf } from "./formats.ts";
import { openTable } from "./table.ts";

export default {
  name: "duckdb",
  contract: 1,
  sources: [
    {
      name: "duckdb",
      matches: (uri) => !/^[a-z][a-z0-9+.-]+:\/\//i.test(uri) && formatOf(uri) !== undefined,
      open: openTable,
    },
  ],
} satisfies Plugin;
