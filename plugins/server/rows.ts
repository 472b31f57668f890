/**
 * What a request asks for. Enters: a parsed JSON body; leaves: the model's input, encoded. Four spellings are read: one row `{...}`, rows
 * `[{...}]`, `{"rows": [{...}]}`, and plain values in the columns' order, `{"features": [[...]]}` or `{"input_data": [[...]]}`.
 */
import { type BundleManifest, LeptonError } from "@lepton/contract";

export type Row = Readonly<Record<string, unknown>>;

/** Host stages applied: named rows ─► [N, R] flat f32. @throws LEPTON_COLUMN_TYPE naming row, column and value */
export type EncodeRows = (rows: readonly Row[]) => Float32Array;

/** A request's rows, ready for the model. */
export interface ModelInput {
  /** [rows, ...rowShape], flat. */
  readonly values: Float32Array;
  readonly rows: number;
  /** True when the request was one row by itself: the answer is then one value, not a list. */
  readonly single: boolean;
}

const plainForms = ["features", "input_data"] as const;

/** @throws LEPTON_REQUEST, LEPTON_COLUMN_MISSING, LEPTON_COLUMN_TYPE */
export function readRows(body: unknown, manifest: BundleManifest, encode: EncodeRows): ModelInput {
  const { items, single, plain } = spelling(body, manifest);
  if (items.length === 0) refuse(`the request has no rows. ${hint(manifest)}`);
  if (manifest.columns.length === 0) return plainInput(items, single, manifest);
  const rows = items.map((item, index) =>
    plain ? rowOfValues(item, index, manifest) : namedRow(item, index, manifest),
  );
  return { values: encode(rows), rows: rows.length, single };
}

interface Spelling {
  readonly items: readonly unknown[];
  readonly single: boolean;
  readonly plain: boolean;
}

function spelling(body: unknown, manifest: BundleManifest): Spelling {
  if (Array.isArray(body)) return { items: body, single: false, plain: false };
  if (!isRow(body))
    return refuse(`the body must be an object or a list of rows, got ${kindOf(body)}. ${hint(manifest)}`);
  const isColumn = (key: string) => manifest.columns.some((column) => column.name === key);
  if ("rows" in body && !isColumn("rows")) return { items: list("rows", body, manifest), single: false, plain: false };
  for (const key of plainForms) {
    if (!(key in body) || isColumn(key)) continue;
    const items = list(key, body, manifest);
    const single = items.length > 0 && !items.some((item) => Array.isArray(item) || isRow(item));
    return { items: single ? [items] : items, single, plain: true };
  }
  return { items: [body], single: true, plain: false };
}

function list(key: string, body: Row, manifest: BundleManifest): readonly unknown[] {
  const value = body[key];
  return Array.isArray(value) ? value : refuse(`"${key}" must be a list, got ${kindOf(value)}. ${hint(manifest)}`);
}

function namedRow(item: unknown, index: number, manifest: BundleManifest): Row {
  if (!isRow(item))
    return refuse(`row ${index} must be an object with the columns as keys, got ${kindOf(item)}. ${hint(manifest)}`);
  const missing = manifest.columns.filter((column) => !Object.hasOwn(item, column.name));
  if (missing.length === 0) return item;
  const names = missing.map((column) => `"${column.name}"`).join(", ");
  const remedy =
    missing.length === 1 ? "send it, or null where it is unknown" : "send them, or null where they are unknown";
  throw new LeptonError("LEPTON_COLUMN_MISSING", `row ${index} lacks ${names}; ${remedy}.`);
}

/** Values in the order of the columns, named. */
export function rowOfValues(item: unknown, index: number, manifest: BundleManifest): Row {
  const { columns } = manifest;
  if (!Array.isArray(item))
    return refuse(`row ${index} must be a list of ${columns.length} values, got ${kindOf(item)}. ${hint(manifest)}`);
  if (item.length !== columns.length) {
    const order = columns.map((column) => column.name).join(", ");
    refuse(
      `row ${index} has ${count(item.length, "value")}; this model takes ${columns.length}, in this order: ${order}.`,
    );
  }
  return Object.fromEntries(columns.map((column, at) => [column.name, item[at]]));
}

function plainInput(items: readonly unknown[], single: boolean, manifest: BundleManifest): ModelInput {
  const { rowShape } = manifest;
  const size = rowShape.reduce((product, length) => product * length, 1);
  const values = new Float32Array(items.length * size);
  for (const [index, item] of items.entries()) {
    if (!Array.isArray(item))
      return refuse(`row ${index} must be a list of numbers, got ${kindOf(item)}. ${hint(manifest)}`);
    const numbers = Array.isArray(item[0]) ? item.flat(rowShape.length - 1) : item;
    if (numbers.length !== size) {
      refuse(
        `row ${index} has ${count(numbers.length, "value")}; this model takes ${shapeText(rowShape)} for each row.`,
      );
    }
    for (const [at, value] of numbers.entries()) values[index * size + at] = number(value, index, at);
  }
  return { values, rows: items.length, single };
}

function number(value: unknown, row: number, at: number): number {
  if (typeof value === "number" && Number.isFinite(Math.fround(value))) return value;
  throw new LeptonError(
    "LEPTON_COLUMN_TYPE",
    `row ${row}, value ${at} must be a number that fits 32 bits, got ${JSON.stringify(value)}.`,
  );
}

const shapeText = (shape: readonly number[]) =>
  shape.length === 1 ? count(shape[0] as number, "number") : `${shape.join(" x ")} numbers (nested, or one flat list)`;
const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? "" : "s"}`;
const isRow = (value: unknown): value is Row => typeof value === "object" && value !== null && !Array.isArray(value);

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : JSON.stringify(value).slice(0, 60);
}

/** How a right request looks. */
function hint(manifest: BundleManifest): string {
  if (manifest.columns.length === 0)
    return `Send {"features": [[...]]} with ${shapeText(manifest.rowShape)} for each row.`;
  return `Send {"rows": [${JSON.stringify(exampleRow(manifest))}]}.`;
}

/** A row that the model takes: each column's example. */
export function exampleRow(manifest: BundleManifest): Row {
  return Object.fromEntries(manifest.columns.map((column) => [column.name, column.example]));
}

function refuse(sentence: string): never {
  throw new LeptonError("LEPTON_REQUEST", sentence);
}
