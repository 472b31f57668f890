/** Statistics of columns, computed by DuckDB. Enters: columns; leaves: one ColumnStatistics each, over all rows of the file. */
import type { ColumnStatistics, SourceColumn } from "@lepton/contract";
import type { CategoryTypes } from "./category-types.ts";
import { type Row, type Session, sqlName } from "./session.ts";

const topValues = 20;

export async function readStatistics(
  session: Session,
  columns: readonly SourceColumn[],
  categories: CategoryTypes,
  rows: number,
): Promise<readonly ColumnStatistics[]> {
  const statistics: ColumnStatistics[] = [];
  for (const column of columns) {
    const numeric = column.type !== "text" && column.type !== "other";
    const { known, distinct, top } = await countsOf(session, column, categories);
    const numbers = numeric ? await numbersOf(session, column) : noNumbers;
    statistics.push({ name: column.name, rows, missing: rows - known, distinct, ...numbers, top });
  }
  return statistics;
}

const noNumbers = { min: null, max: null, mean: null, deviation: null, median: null };

async function countsOf(session: Session, column: SourceColumn, categories: CategoryTypes) {
  const table = await categories.countsOf(column);
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
async function numbersOf(session: Session, column: SourceColumn) {
  const name = sqlName(column.name);
  const value =
    column.type === "date" ? `epoch(${name}::timestamp)` : column.type === "boolean" ? `${name}::int` : name;
  const source = `(select ${value}::double as v from rows where ${name} is not null) where not isnan(v)`;
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
