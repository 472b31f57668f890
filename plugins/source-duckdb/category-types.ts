/**
 * The values of text columns, counted once. Enters: a column; leaves: its counts, and an enum type with which a scan yields codes instead of
 * strings. Apart because statistics and scans share the counting, the dearest query on text.
 */
import type { SourceColumn } from "@lepton/contract";
import type { Session } from "./session.ts";
import { textSql } from "./value-text.ts";

export interface CategoryType {
  /** Name of the enum type in the session. */
  readonly type: string;
  /** Values in the order of their codes: by bytes. */
  readonly dictionary: readonly string[];
}

export interface CategoryTypes {
  /** The table of a column's values ("value", "count"), null left out; made on first use, of a table that has the column. */
  countsOf(column: SourceColumn, from?: string): Promise<string>;
  of(column: SourceColumn): Promise<CategoryType>;
}

export function categoryTypes(session: Session): CategoryTypes {
  const counts = new Map<string, Promise<string>>();
  const types = new Map<string, Promise<CategoryType>>();
  const once = <T>(
    made: Map<string, Promise<T>>,
    column: SourceColumn,
    make: (index: number) => Promise<T>,
  ): Promise<T> => {
    const known = made.get(column.name) ?? make(made.size);
    made.set(column.name, known);
    return known;
  };
  const countsOf = (column: SourceColumn, from = "rows") =>
    once(counts, column, (index) => countValues(session, column, from, `counts_${index}`));
  return {
    countsOf,
    of: (column) =>
      once(types, column, async (index) => {
        const table = await countsOf(column);
        const type = `category_${index}`;
        const values = await session.rows(`select value from ${table} order by value`);
        const source = values.length === 0 ? "('')" : `(select value from ${table} order by value)`;
        await session.rows(`create type ${type} as enum ${source}`);
        return { type, dictionary: values.map((row) => String(row.value)) };
      }),
  };
}

async function countValues(session: Session, column: SourceColumn, from: string, table: string): Promise<string> {
  const value = textSql(column);
  await session.rows(
    `create table ${table} as select ${value} as value, count(*) as count from ${from} where ${value} is not null group by 1`,
  );
  return table;
}
