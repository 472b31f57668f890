/** Columns as codes into a dictionary, whatever they were read as. Enters: column data; leaves: codes with -1 for missing. */
import { type ColumnData, missingCode } from "../data/read-columns.ts";

export interface CodedColumn {
  /** Index into the dictionary; -1 where the value is missing. */
  readonly codes: Int32Array;
  readonly dictionary: readonly string[];
}

/** Numbers become categories by their text: 60 is "60". */
export function codedColumn(data: ColumnData): CodedColumn {
  if (data.as === "codes") return { codes: signedCodes(data.codes), dictionary: data.dictionary };
  const { values } = data;
  const known = new Map<number, number>();
  for (const value of values) if (!Number.isNaN(value) && !known.has(value)) known.set(value, 0);
  const ascending = [...known.keys()].sort((a, b) => a - b);
  for (const [code, value] of ascending.entries()) known.set(value, code);
  const codes = new Int32Array(values.length);
  for (let row = 0; row < values.length; row++) codes[row] = known.get(values[row]!) ?? -1;
  return { codes, dictionary: ascending.map(String) };
}

function signedCodes(codes: Extract<ColumnData, { as: "codes" }>["codes"]): Int32Array {
  const missing = missingCode(codes);
  const signed = new Int32Array(codes);
  for (let row = 0; row < signed.length; row++) if (codes[row] === missing) signed[row] = -1;
  return signed;
}

/** How often each code occurs in some rows. */
export function countCodes(
  column: CodedColumn,
  rows: Uint32Array,
): { readonly counts: Uint32Array; readonly missing: number } {
  const counts = new Uint32Array(column.dictionary.length);
  let missing = 0;
  for (let at = 0; at < rows.length; at++) {
    const code = column.codes[rows[at]!]!;
    if (code < 0) missing++;
    else counts[code]!++;
  }
  return { counts, missing };
}
