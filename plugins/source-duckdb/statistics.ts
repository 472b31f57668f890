/** Statistics of columns, computed by DuckDB. Enters: columns; leaves: one ColumnStatistics each, over all rows of the file. */
import type { ColumnStatistics, SourceColumn } from "@lepton/contract";
import type { CategoryTypes } from "./category-types.ts";
import { type Row, type Session, sqlName } from "./session.ts";

const topValues = 20;

/**
 * Columns that are copied out of a wide table to be counted. Each question to a table of 2,000 columns takes DuckDB 25 ms, to a Parquet file's 150 ms,
 * however few it asks about.
 */
const partColumns = 100;

export async function readStatistics(
  session: Session,
  columns: readonly SourceColumn[],
  categories: CategoryTypes,
  rows: number,
): Promise<readonly ColumnStatistics[]> {
  const statistics: ColumnStatistics[] = [];
  const isWide = columns.length > partColumns;
  for (let first = 0; first < columns.length; first += partColumns) {
    const part = columns.slice(first, first + partColumns);
    const from = isWide ? "statistics_part" : "rows";
    const names = part.map((column) => sqlName(column.name)).join(", ");
    if (isWide) await session.rows(`create or replace table ${from} as select ${names} from rows`);
    for (const column of part) statistics.push(await statisticsOf(session, column, categories, rows, from));
  }
  if (isWide) await session.rows("drop table statistics_part");
  return statistics;
}

async function statisticsOf(
  session: Session,
  column: SourceColumn,
  categories: CategoryTypes,
  rows: number,
  from: string,
): Promise<ColumnStatistics> {
  const numeric = column.type !== "text" && column.type !== "other";
  const { known, distinct, top } = await countsOf(session, column, categories, from);
  const numbers = numeric ? await numbersOf(session, column, from) : noNumbers;
  return { name: column.name, rows, missing: rows - known, distinct, ...numbers, top };
}

const noNumbers = { min: null, max: null, mean: null, deviation: null, median: null };

async function countsOf(session: Session, column: SourceColumn, categories: CategoryTypes, from: string) {
  const table = await categories.countsOf(column, from);
  const present = column.type === "number" ? " where lower(value) <> 'nan'" : "";
  const total = (
    await session.rows(`select count(*)::double as d, coalesce(sum(count), 0)::double as n from ${table}${present}`)
  )[0]!;
  const top = await session.rows(
    `select value, count from ${table}${present} order by count desc, value limit ${topValues}`,
  );
  return {
    known: total.n as number,
    distinct: total.d as number,
    top: top.map((row) => ({ value: String(row.value), count: Number(row.count) })),
  };
}

/** Over present values; NaN counts as missing. Mean and population deviation leave out infinities and what is beyond 1e150, whose square no f64 holds. */
async function numbersOf(session: Session, column: SourceColumn, from: string) {
  const name = sqlName(column.name);
  const value =
    column.type === "date" ? `epoch(${name}::timestamp)` : column.type === "boolean" ? `${name}::int` : name;
  const source = `(select ${value}::double as v from ${from} where ${name} is not null) where not isnan(v)`;
  const finite = "filter (where isfinite(v) and abs(v) < 1e150)";
  const sql = `select min(v) as min, max(v) as max, avg(v) ${finite} as mean, stddev_pop(v) ${finite} as deviation, median(v) as median from ${source}`;
  return pickNumbers((await session.rows(sql))[0]!);
}

function pickNumbers(row: Row) {
  const pick = (key: string) => (typeof row[key] === "number" ? row[key] : null);
  return {
    min: pick("min"),
    max: pick("max"),
    mean: pick("mean"),
    deviation: pick("deviation"),
    median: pick("median"),
  };
}
