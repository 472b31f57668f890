/** The door to tables: a source turns a URI into columns (DESIGN.md 6). */
export interface SourceColumn {
  readonly name: string;
  /** What the source's type amounts to. */
  readonly type: "number" | "integer" | "boolean" | "text" | "date" | "other";
  /** The source's own name of the type, for messages: "DOUBLE", "VARCHAR". */
  readonly storage: string;
}

/** How a column is wanted: f32/f64 numbers (null ─► NaN), category (codes into a dictionary), epoch (seconds since 1970 as f64), text. */
export type ScanAs = "f32" | "f64" | "category" | "epoch" | "text";

export interface ScanRequest {
  readonly columns: readonly { readonly name: string; readonly as: ScanAs }[];
  /** Rows to read; all when left out. Row order is the file's. */
  readonly limit?: number;
}

/** One column of a block. Null is NaN among numbers and epochs; else `valid[i]` is 0 where the row is null, undefined when none is. */
export type BlockColumn =
  | { readonly as: "f32"; readonly values: Float32Array; readonly valid?: Uint8Array }
  | { readonly as: "f64" | "epoch"; readonly values: Float64Array; readonly valid?: Uint8Array }
  | {
      readonly as: "category";
      readonly codes: Uint8Array | Uint16Array | Uint32Array;
      readonly dictionary: readonly string[];
      readonly valid?: Uint8Array;
    }
  | { readonly as: "text"; readonly values: readonly (string | null)[] };

export interface Block {
  readonly rows: number;
  readonly columns: readonly BlockColumn[];
}

export interface ColumnStatistics {
  readonly name: string;
  readonly rows: number;
  readonly missing: number;
  readonly distinct: number;
  /**
   * Numbers, booleans as 0/1 and dates as seconds since 1970; null for text and where all are missing. NaN counts as missing. Mean and
   * population deviation leave out what is infinite or beyond 1e150, whose square no f64 holds.
   */
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly deviation: number | null;
  readonly median: number | null;
  /** Most frequent values with their counts, at most 20. */
  readonly top: readonly { readonly value: string; readonly count: number }[];
}

/** What to do with a row that cannot be read. */
export type BadRows = "error" | "skip";

export interface Table {
  readonly uri: string;
  readonly rows: number;
  readonly columns: readonly SourceColumn[];
  /** Rows left out because of `badRows: "skip"`. */
  readonly skipped: number;
  scan(request: ScanRequest): AsyncIterable<Block>;
  statistics(columns: readonly string[]): Promise<readonly ColumnStatistics[]>;
  /** Rows as plain objects, for looking. */
  head(rows: number): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly badRows: BadRows;
  /** Column ─► type to read it as, when the guess was wrong. */
  readonly types?: Readonly<Record<string, SourceColumn["type"]>>;
}

export interface Source {
  readonly name: string;
  matches(uri: string): boolean;
  /** @throws LEPTON_FILE_MISSING, LEPTON_FILE_FORMAT, LEPTON_DATA_EMPTY, LEPTON_ROW_BAD (line, column, value, and how to skip) */
  open(uri: string, options: OpenOptions): Promise<Table>;
}
