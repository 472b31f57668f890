/** A data set as TypeScript: what completion knows of its columns. Enters: a manifest; leaves: type text and the declarations it stands on. */
import type { DatasetManifest, RawColumn } from "@lepton/contract";

/** A column with more categories is a string: a union that long helps nobody. */
const mostWords = 24;

/** `Lepton.Dataset<{ Seniority: number; Home: "owner" | "rent" | null }, "bad" | "good">` */
export function datasetType(manifest: DatasetManifest): string {
  return `Lepton.Dataset<${rowType(manifest)}, ${targetType(manifest)}>`;
}

/** The type of a row to predict with: `{ Seniority: number; Home: "owner" | "rent" | null }`; numbers for arrays from a cell. */
export function rowType(manifest: DatasetManifest): string {
  if (manifest.columns.length === 0) return "ArrayLike<number>";
  return `{ ${manifest.columns.map((column) => `${key(column.name)}: ${valueType(column)}`).join("; ")} }`;
}

export function targetType(manifest: DatasetManifest): string {
  const { classes } = manifest.target;
  return classes === null ? "number" : words(classes);
}

function valueType(column: RawColumn): string {
  const type = {
    number: "number",
    boolean: "boolean",
    date: "string",
    // A category that training never saw is allowed, so any text fits; completion still offers those it saw.
    category: `${words(column.categories ?? [])} | (string & {})`.replace(/^string \| .*/, "string"),
    ordinal: words(column.categories ?? []),
    ignored: "unknown",
  }[column.kind];
  return column.nullable ? `${type} | null` : type;
}

function words(names: readonly string[]): string {
  return names.length === 0 || names.length > mostWords
    ? "string"
    : names.map((name) => JSON.stringify(name)).join(" | ");
}

function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/** Members of `namespace Lepton`. */
export const datasetDeclarations = `
type Split = "train" | "validation" | "test";
/** A column that a prediction needs. */
interface Column<Name extends string = string> {
  readonly name: Name;
  readonly kind: "number" | "category" | "ordinal" | "date" | "boolean" | "ignored";
  readonly categories?: readonly string[];
  readonly nullable: boolean;
  readonly example: number | string | boolean | null;
}
/** What was seen of a column in the training rows, and what was made of it. */
interface ColumnReport {
  readonly name: string;
  readonly storage: string;
  readonly kind: string;
  readonly missing: number;
  readonly min: number | null;
  readonly median: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly deviation: number | null;
  readonly top: readonly { readonly value: string; readonly count: number }[];
  readonly note: string;
}
/** The numbers that training sees: x is [rows, ...], row-major. */
interface DatasetArrays {
  readonly x: Float32Array;
  readonly y: Float32Array | Int32Array;
  readonly shape: readonly number[];
  readonly rows: number;
  readonly features: readonly string[];
}
/** A table made ready for training: split, features fitted on the training rows. Row: a row to predict with. Target: what is predicted. */
interface Dataset<Row = any, Target = any> {
  readonly id: string;
  readonly name: string;
  readonly folder: string;
  readonly task: "regression" | "binary" | "multiclass";
  /** The target column's name. */
  readonly target: string;
  readonly classes: readonly Target[] | null;
  readonly columns: readonly Column<keyof Row & string>[];
  readonly features: readonly string[];
  readonly rows: Readonly<Record<Split, number>>;
  /** One row to predict with: each column's median or most frequent value. */
  readonly example: Row;
  /** The first rows as they are in the file, at most 100. */
  head(rows?: number): readonly (Row & Readonly<Record<string, unknown>>)[];
  /** Statistics of each column over the training rows. */
  describe(): readonly ColumnReport[];
  /** The numbers that training sees. */
  arrays(split: Split): Promise<DatasetArrays>;
}
/** Arrays from a cell: x flat with a shape [rows, ...], or nested; y numbers or class names. */
interface Arrays {
  readonly x: ArrayLike<number> | readonly (ArrayLike<number> | readonly unknown[])[];
  readonly y: ArrayLike<number> | readonly (string | boolean)[];
  readonly shape?: readonly number[];
  /** Names of the classes whose indices y holds. */
  readonly classes?: readonly string[];
}`;
