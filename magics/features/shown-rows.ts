/** Rows that are an array to code and a table to the eye. */
import { type Displayable, displaySymbol } from "@lepton/contract";
import { tableBundle } from "../draw/table.ts";

export type Row = Readonly<Record<string, unknown>>;
export type ShownRows = readonly Row[] & Displayable;

/** Columns in the order in which they first appear. @param total  rows there are in all */
export function shownRows(caption: string, rows: readonly Row[], total = rows.length): ShownRows {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const bundle = tableBundle({ caption, columns, rows: rows.map((row) => columns.map((name) => row[name])), total });
  return Object.defineProperty([...rows], displaySymbol, { value: () => bundle }) as unknown as ShownRows;
}
