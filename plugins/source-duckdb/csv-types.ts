/**
 * Types that fit all rows of a CSV file, where DuckDB guesses from the first ones. Enters: the loaded table; leaves: types to read columns again
 * with, or columns made narrower in place.
 */
import type { CsvDialect } from "./csv-dialect.ts";
import type { Reject } from "./csv-errors.ts";
import { type Session, sqlName } from "./session.ts";

/** Whole numbers beyond it are not exact as doubles. */
const largestWhole = 2 ** 53;

/**
 * Columns to be read again: text of which at least half are numbers (a type that changes half-way: the rest are bad rows), text that says only
 * true and false, and whole numbers too large for a double.
 */
export async function fitTypes(
  session: Session,
  given: ReadonlySet<string>,
  decimal: CsvDialect["decimal"],
): Promise<ReadonlyMap<string, string>> {
  const types = new Map<string, string>();
  const texts = await columnsOf(session, "VARCHAR", given);
  for (const [name, counts] of await countEach(session, texts, textCounts(decimal))) {
    const [all, numbers, truths] = counts as [number, number, number];
    if (numbers > 0 && numbers >= all / 2) types.set(name, "DOUBLE");
    else if (truths > 0 && truths === all) types.set(name, "BOOLEAN");
  }
  const doubles = await columnsOf(session, "DOUBLE", given);
  for (const [name, [whole, largest]] of await countEach(session, doubles, wholeCounts)) {
    if (whole === 1 && largest! >= largestWhole && largest! < 2 ** 63) types.set(name, "BIGINT");
  }
  return types;
}

/** Doubles that are all whole become integers. */
export async function narrow(session: Session, given: ReadonlySet<string>): Promise<void> {
  const doubles = await columnsOf(session, "DOUBLE", given);
  for (const [name, [whole, largest]] of await countEach(session, doubles, wholeCounts)) {
    if (whole === 1 && largest! < largestWhole)
      await session.rows(`alter table rows alter ${sqlName(name)} type bigint`);
  }
}

async function columnsOf(session: Session, type: string, given: ReadonlySet<string>): Promise<readonly string[]> {
  const sql = "select column_name as name, data_type as type from duckdb_columns() where table_name = 'rows'";
  const columns = await session.rows(sql);
  return columns
    .filter((column) => column.type === type && !given.has(String(column.name)))
    .map((column) => String(column.name));
}

const textCounts = (decimal: CsvDialect["decimal"]) => (name: string) => [
  `count(${name})`,
  `count(try_cast(${decimal === "," ? `replace(${name}, ',', '.')` : name} as double))`,
  `count(*) filter (where lower(${name}) in ('true', 'false'))`,
];

const wholeCounts = (name: string) => [
  `coalesce(bool_and(isfinite(${name}) and ${name} = trunc(${name})), false)::int`,
  `coalesce(max(abs(${name})), 0)`,
];

/** The numbers that some SQL expressions give for each column, in one pass. */
async function countEach(
  session: Session,
  names: readonly string[],
  expressions: (name: string) => readonly string[],
): Promise<readonly (readonly [string, readonly number[]])[]> {
  if (names.length === 0) return [];
  const selected = names.flatMap((name, i) =>
    expressions(sqlName(name)).map((sql, j) => `(${sql})::double as v${i}_${j}`),
  );
  const row = (await session.rows(`select ${selected.join(", ")} from rows`))[0]!;
  return names.map((name, i) => [name, expressions(name).map((_, j) => row[`v${i}_${j}`] as number)] as const);
}

/** What was rejected, by line; at most 10,000, enough to tell. */
export async function readRejects(session: Session): Promise<readonly Reject[]> {
  const columns = "line, column_name, error_type, csv_line, error_message";
  const sql = `select ${columns} from reject_errors order by line, column_idx limit 10000`;
  return (await session.rows(sql)) as readonly unknown[] as readonly Reject[];
}

export async function countOf(session: Session, sql: string): Promise<number> {
  return Number((await session.rows(sql))[0]!.n);
}
