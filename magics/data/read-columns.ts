/**
 * Whole columns in memory as typed arrays. Enters: a table and what is wanted of it; leaves: one array a column, in shared memory so that a
 * worker sees them without a copy. Each step of the loop copies 2,048 rows, so the thread it runs on is never held for long.
 */
import type { BlockColumn, ScanAs, Table } from "@lepton/contract";

export type Codes = Uint8Array<SharedArrayBuffer> | Uint16Array<SharedArrayBuffer> | Uint32Array<SharedArrayBuffer>;

/** Missing is NaN, or for codes the largest number that the array holds. */
export type ColumnData =
  | { readonly as: "f32"; readonly values: Float32Array<SharedArrayBuffer> }
  | { readonly as: "f64"; readonly values: Float64Array<SharedArrayBuffer> }
  | { readonly as: "codes"; readonly codes: Codes; readonly dictionary: readonly string[] };

export interface WantedColumn {
  readonly name: string;
  readonly as: Exclude<ScanAs, "text">;
}

/** The code that stands for a missing value. */
export function missingCode(codes: Codes): number {
  return 2 ** (8 * codes.BYTES_PER_ELEMENT) - 1;
}

/** @param checkStop  called between blocks; throws to end the scan early */
export async function readColumns(
  table: Table,
  wanted: readonly WantedColumn[],
  checkStop: () => void = () => {},
): Promise<readonly ColumnData[]> {
  const data: ColumnData[] = [];
  let row = 0;
  for await (const block of table.scan({ columns: wanted })) {
    checkStop();
    for (const [index, column] of block.columns.entries()) {
      data[index] ??= allocate(column, table.rows);
      copy(column, data[index], row);
    }
    row += block.rows;
  }
  if (row !== table.rows) throw new Error(`${table.uri}: ${table.rows} rows announced, ${row} read`);
  return data;
}

function allocate(column: BlockColumn, rows: number): ColumnData {
  switch (column.as) {
    case "f32":
      return { as: "f32", values: new Float32Array(new SharedArrayBuffer(rows * 4)) };
    case "f64":
    case "epoch":
      return { as: "f64", values: new Float64Array(new SharedArrayBuffer(rows * 8)) };
    case "category": {
      const width = column.codes.BYTES_PER_ELEMENT;
      const buffer = new SharedArrayBuffer(rows * width);
      const codes =
        width === 1 ? new Uint8Array(buffer) : width === 2 ? new Uint16Array(buffer) : new Uint32Array(buffer);
      return { as: "codes", codes, dictionary: column.dictionary };
    }
    case "text":
      throw new Error("text is not read as a column of numbers");
    default:
      throw new Error(`block column ${String((column satisfies never as BlockColumn).as)}`);
  }
}

function copy(column: BlockColumn, data: ColumnData, row: number): void {
  if (column.as === "category" && data.as === "codes") {
    data.codes.set(column.codes, row);
    if (column.valid) markMissing(column.valid, data.codes, row);
  } else if (column.as !== "category" && column.as !== "text" && data.as !== "codes") {
    data.values.set(column.values, row);
    if (column.valid) markNaN(column.valid, data.values, row);
  }
}

function markMissing(valid: Uint8Array, codes: Codes, row: number): void {
  const missing = missingCode(codes);
  for (let i = 0; i < valid.length; i++) if (valid[i] === 0) codes[row + i] = missing;
}

function markNaN(valid: Uint8Array, values: Float32Array | Float64Array, row: number): void {
  for (let i = 0; i < valid.length; i++) if (valid[i] === 0) values[row + i] = Number.NaN;
}
