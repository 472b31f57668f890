/**
 * Rows with names become raw numbers, in training's predictions and in the server alike. Enters: stages and rows as JSON has them; leaves:
 * Float32Array [N, R]. Strict: what does not fit a column's kind is an error that names row, column and value.
 */
import { LeptonError } from "@lepton/contract";
import { datePart, parseDate } from "./date-parts.ts";
import { rawWidth, type Stage, type Stages, stageWidth } from "./stages.ts";

export type RawRow = Readonly<Record<string, unknown>>;

/** Writes a value's raw numbers at `out[at]` onwards. */
type Encoder = (value: unknown, out: Float32Array, at: number, row: number) => void;

/**
 * @param rows  keys that no stage names are ignored; null, undefined and NaN are missing values
 * @param first what errors call the first of these rows
 * @returns     [N, R] f32, row-major; missing is NaN, a category unknown to training is -1
 * @throws      LEPTON_COLUMN_MISSING naming every column absent from a row; LEPTON_COLUMN_TYPE with row (from 0), column and value
 */
export function encodeRows(stages: Stages, rows: readonly RawRow[], first = 0): Float32Array {
  return rowEncoder(stages)(rows, first);
}

/** The same with the look-up tables made once: for a server. */
export function rowEncoder(stages: Stages): (rows: readonly RawRow[], first?: number) => Float32Array {
  if (stages.version !== 1) {
    throw new Error(`host stages have version ${String(stages.version)}, this code reads version 1`);
  }
  const width = rawWidth(stages);
  let start = 0;
  const encoders = stages.columns.map((stage) => {
    const at = start;
    start += stageWidth(stage);
    return { column: stage.column, at, encode: encoderOf(stage) };
  });
  return (rows, first = 0) => {
    const out = new Float32Array(rows.length * width);
    for (const [index, row] of rows.entries()) {
      checkRow(stages, row, first + index);
      for (const { column, at, encode } of encoders) encode(row[column], out, index * width + at, first + index);
    }
    return out;
  };
}

/** Rows given as arrays of values in the order of the columns; `first` is what errors call the first. @throws LEPTON_SHAPE on another width */
export function namedRows(stages: Stages, rows: readonly (readonly unknown[])[], first = 0): readonly RawRow[] {
  const names = stages.columns.map((stage) => stage.column);
  return rows.map((row, index) => {
    if (!Array.isArray(row) || row.length !== names.length) {
      const came = Array.isArray(row) ? `${row.length} values` : typeof row;
      throw new LeptonError(
        "LEPTON_SHAPE",
        `row ${first + index}: ${names.length} values expected, got ${came}. In order: ${names.join(", ")}.`,
      );
    }
    return Object.fromEntries(names.map((name, column) => [name, row[column] as unknown]));
  });
}

function checkRow(stages: Stages, row: RawRow, index: number): void {
  if (typeof row !== "object" || row === null || Array.isArray(row)) {
    throw new LeptonError(
      "LEPTON_COLUMN_TYPE",
      `row ${index}: an object with the columns as keys expected, got ${show(row)}.`,
    );
  }
  const missing = stages.columns.filter((stage) => !Object.hasOwn(row, stage.column)).map((stage) => stage.column);
  if (missing.length > 0) {
    const names = missing.map((name) => `"${name}"`).join(", ");
    throw new LeptonError(
      "LEPTON_COLUMN_MISSING",
      `row ${index} lacks ${names}; give null where a value is not known.`,
    );
  }
}

function encoderOf(stage: Stage): Encoder {
  switch (stage.kind) {
    case "number":
      return encodeNumber(stage.column, stage.offset ?? 0);
    case "boolean":
      return encodeBoolean(stage.column);
    case "category":
      return encodeCategory(stage.column, stage.categories, -1);
    case "ordinal":
      return encodeCategory(stage.column, stage.categories, Number.NaN);
    case "date":
      return encodeDate(stage);
    default:
      throw new Error(`host stage ${String((stage satisfies never as Stage).kind)}`);
  }
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === "number" && Number.isNaN(value));
}

function encodeNumber(column: string, offset: number): Encoder {
  return (value, out, at, row) => {
    if (typeof value === "number") out[at] = value - offset;
    else if (isMissing(value)) out[at] = Number.NaN;
    else throw wrongType(row, column, "a number or null", value);
  };
}

function encodeBoolean(column: string): Encoder {
  return (value, out, at, row) => {
    if (isMissing(value)) out[at] = Number.NaN;
    else if (typeof value === "boolean" || value === 0 || value === 1) out[at] = Number(value);
    else throw wrongType(row, column, "true, false or null", value);
  };
}

/** A number or a boolean stands for its text: a numeric column may have been made a category. The number 32 is also a file's "32.0". */
function encodeCategory(column: string, categories: readonly string[], unknown: number): Encoder {
  const codes = new Map(categories.map((category, code) => [category, code]));
  const numbers = numericCategories(categories);
  return (value, out, at, row) => {
    if (isMissing(value)) out[at] = Number.NaN;
    else if (typeof value === "object" || typeof value === "function")
      throw wrongType(row, column, "text or null", value);
    else out[at] = codes.get(String(value)) ?? (typeof value === "number" ? numbers.get(value) : undefined) ?? unknown;
  };
}

/** The code of each number that one category alone is written for. */
function numericCategories(categories: readonly string[]): ReadonlyMap<number, number> {
  const codes = new Map<number, number>();
  const ambiguous = new Set<number>();
  for (const [code, category] of categories.entries()) {
    const number = category.trim() === "" ? Number.NaN : Number(category);
    if (codes.has(number)) ambiguous.add(number);
    if (!Number.isNaN(number)) codes.set(number, code);
  }
  for (const number of ambiguous) codes.delete(number);
  return codes;
}

function encodeDate(stage: Stage & { kind: "date" }): Encoder {
  return (value, out, at, row) => {
    const seconds = isMissing(value)
      ? Number.NaN
      : value instanceof Date
        ? value.getTime() / 1000
        : typeof value === "string"
          ? parseDate(value)
          : undefined;
    if (seconds === undefined)
      throw wrongType(row, stage.column, 'a date such as "2024-05-31" or "2024-05-31T12:00:00Z", or null', value);
    for (const [index, part] of stage.parts.entries()) out[at + index] = datePart(part, seconds);
  };
}

function wrongType(row: number, column: string, expected: string, value: unknown): LeptonError {
  return new LeptonError(
    "LEPTON_COLUMN_TYPE",
    `row ${row}, column "${column}": ${expected} expected, got ${show(value)}.`,
  );
}

function show(value: unknown): string {
  const text =
    typeof value === "string"
      ? JSON.stringify(value)
      : typeof value === "object"
        ? JSON.stringify(value)
        : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
