/** What the verbs about Lepton answer with: a table that shows itself, with its rows as values for code. */
import { type Displayable, displaySymbol, type MimeBundle } from "@lepton/contract";
import { type TableColumn, tableBundle } from "../draw/table.ts";

export interface ShownTable<R> extends Displayable {
  readonly rows: readonly R[];
}

/** @param cells  a row's cells in the order of the columns */
export function shownTable<R>(
  rows: readonly R[],
  columns: readonly (string | TableColumn)[],
  cells: (row: R) => readonly unknown[],
  more: { readonly caption?: string; readonly total?: number } = {},
): ShownTable<R> {
  const bundle: MimeBundle = tableBundle({ columns, rows: rows.map(cells), ...more });
  // Not enumerable: printing the value shows its rows.
  return Object.defineProperty({ rows } as ShownTable<R>, displaySymbol, { value: () => bundle });
}
