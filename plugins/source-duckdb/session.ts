/**
 * One DuckDB in memory for one opened table. Enters: nothing; leaves: connections with our settings. Apart because it is the only file that
 * loads the native library, and it does so on first use.
 */
import { randomUUID } from "node:crypto";
import os from "node:os";
import path from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

export type Row = Readonly<Record<string, unknown>>;

export interface Session {
  /** A further connection: a streamed result ends when its connection runs something else. */
  connect(): Promise<DuckDBConnection>;
  /** Run and return all rows as plain objects; for small results. */
  rows(sql: string): Promise<readonly Row[]>;
  close(): void;
}

/** Open an empty database; what does not fit in memory spills to the system's temporary folder. */
export async function openSession(): Promise<Session> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance: DuckDBInstance = await DuckDBInstance.create(":memory:", {
    // Its own: two sessions that spill into one folder take each other's blocks.
    temp_directory: path.join(os.tmpdir(), `lepton-duckdb-${process.pid}-${randomUUID()}`),
    autoinstall_known_extensions: "false",
  });
  const main = await instance.connect();
  // Times with a zone mean one moment on every machine; the default is the machine's own zone.
  await main.run("set global TimeZone='UTC'");
  return {
    connect: () => instance.connect(),
    rows: async (sql) => (await main.runAndReadAll(sql)).getRowObjectsJS(),
    close: () => {
      main.closeSync();
      instance.closeSync();
    },
  };
}

/** A quoted SQL name. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A quoted SQL string. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A quoted path of one file: what DuckDB would take for a pattern stands for itself. */
export function sqlFile(file: string): string {
  return sqlText(file.replaceAll(/[[*?]/g, "[$&]"));
}
