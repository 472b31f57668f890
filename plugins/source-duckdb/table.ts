/** A table that was opened: what the contract's Table promises, over one DuckDB session. Enters: a path; leaves: a Table. */
import { type Block, LeptonError, type OpenOptions, type SourceColumn, type Table } from "@lepton/contract";
import { categoryTypes } from "./category-types.ts";
import { formatOf } from "./formats.ts";
import { scanRows } from "./scan.ts";
import { openSession, type Row, type Session } from "./session.ts";
import { readStatistics } from "./statistics.ts";
import { plainSql } from "./value-text.ts";

export async function openTable(uri: string, options: OpenOptions): Promise<Table> {
  const load = formatOf(uri);
  if (!load) throw new LeptonError("LEPTON_FILE_FORMAT", `${uri}: only CSV, TSV, Parquet and JSON can be read.`);
  const session = await openSession();
  try {
    const skipped = await load(session, uri, options);
    return await describeTable(session, uri, skipped);
  } catch (error) {
    session.close();
    throw error;
  }
}

async function describeTable(session: Session, uri: string, skipped: number): Promise<Table> {
  const columns = (await session.rows("describe rows")).map(columnOf);
  const rows = Number((await session.rows("select count(*) as n from rows"))[0]!.n);
  if (rows === 0) {
    const reason =
      skipped > 0 ? `all its ${skipped} rows were skipped` : `it has ${columns.length} columns and no rows`;
    throw new LeptonError("LEPTON_DATA_EMPTY", `${uri}: ${reason}; there is nothing to learn from.`);
  }
  const categories = categoryTypes(session);
  const known = (names: readonly string[]) => names.map((name) => knownColumn(uri, columns, name));
  return {
    uri,
    rows,
    columns,
    skipped,
    scan(request): AsyncIterable<Block> {
      known(request.columns.map((column) => column.name));
      return scanRows(session, columns, categories, request);
    },
    statistics: async (names) => readStatistics(session, known(names), categories, rows),
    head: async (count) => {
      const sql = `select ${columns.map(plainSql).join(", ")} from rows limit ${Math.max(0, Math.trunc(count))}`;
      return (await session.rows(sql)).map(plainRow);
    },
    close: async () => session.close(),
  };
}

function columnOf(row: Row): SourceColumn {
  const storage = String(row.column_type);
  return { name: String(row.column_name), type: typeOf(storage), storage };
}

function typeOf(storage: string): SourceColumn["type"] {
  if (storage === "BOOLEAN") return "boolean";
  if (/^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(storage)) return "integer";
  if (/^(FLOAT|DOUBLE|DECIMAL\(.*\))$/.test(storage)) return "number";
  if (/^(VARCHAR|UUID|ENUM\(.*\))$/.test(storage)) return "text";
  if (/^(DATE|TIMESTAMP.*)$/.test(storage)) return "date";
  return "other";
}

/** @throws LEPTON_COLUMN_UNKNOWN */
function knownColumn(uri: string, columns: readonly SourceColumn[], name: string): SourceColumn {
  const found = columns.find((column) => column.name === name);
  if (found) return found;
  const names = columns.map((column) => column.name).join(", ");
  throw new LeptonError("LEPTON_COLUMN_UNKNOWN", `${uri}: no column "${name}". Columns: ${names}.`);
}

/** Values as JSON has them: whole numbers as numbers where exact, NaN as null. */
function plainRow(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === "number") return Number.isNaN(value) ? null : value;
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  return JSON.parse(JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? String(part) : part)));
}
