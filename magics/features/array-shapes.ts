/** The arrays a cell hands over, checked and flattened. Enters: any of the forms people use; leaves: x as [N, ...] f32, and y as a column. */
import { LeptonError, type SourceColumn } from "@lepton/contract";
import { didYouMean } from "../data/nearest-name.ts";
import type { ColumnData } from "../data/read-columns.ts";
import { shownValue } from "../data/shown-value.ts";

type Numbers = ArrayLike<number>;

/** What `lepton.dataset` takes. */
export interface CellArrays {
  /** N rows: flat with `shape`, or nested ([[1, 2], [3, 4]]). */
  readonly x: Numbers | readonly unknown[];
  /** N numbers, or N class names. */
  readonly y: Numbers | readonly (string | boolean | number)[];
  /** [N, ...]; taken from x where x is nested. */
  readonly shape?: readonly number[];
  /** Names of the classes whose indices y holds. */
  readonly classes?: readonly string[];
}

export interface FlatArrays {
  readonly x: Float32Array;
  readonly y: readonly string[] | Float64Array;
  readonly shape: readonly number[];
  readonly classes: readonly string[] | undefined;
}

const keys = ["x", "y", "shape", "classes"];

/** @throws LEPTON_OPTION_VALUE on an unknown key or a wrong type, LEPTON_SHAPE when sizes do not fit */
export function flatArrays(value: unknown): FlatArrays {
  if (typeof value !== "object" || value === null || !("x" in value) || !("y" in value)) {
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `dataset: an object { x, y, shape } is expected, got ${shownValue(value)}.`,
    );
  }
  for (const key of Object.keys(value)) {
    if (!keys.includes(key))
      throw new LeptonError(
        "LEPTON_OPTION_UNKNOWN",
        `dataset: no key "${key}"${didYouMean(key, keys)} Keys: ${keys.join(", ")}.`,
      );
  }
  const arrays = value as CellArrays;
  const shape = arrays.shape ?? nestedShape(arrays.x);
  if (!arrays.shape) checkNested(arrays.x, shape, []);
  const x = flatNumbers(arrays.x);
  const y = flatTarget(arrays.y);
  const size = shape.reduce((product, part) => product * part, 1);
  if (shape.length < 2 || size !== x.length) {
    throw new LeptonError(
      "LEPTON_SHAPE",
      `dataset: shape [${shape.join(", ")}] needs ${size} numbers and at least two axes [rows, ...], x has ${x.length} numbers${withRows(shape, x.length / size)}.`,
    );
  }
  if (y.length !== shape[0])
    throw new LeptonError("LEPTON_SHAPE", `dataset: x has ${shape[0]} rows, y has ${y.length}.`);
  return { x, y, shape, classes: arrays.classes };
}

/** The shape that was meant when the rows were left out of it. */
const withRows = (shape: readonly number[], rows: number) =>
  rows > 1 && Number.isInteger(rows) ? `; the rows come first: shape: [${[rows, ...shape].join(", ")}]` : "";

function isNumbers(value: unknown): value is Numbers {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function nestedShape(x: unknown): readonly number[] {
  const shape: number[] = [];
  for (let part = x; Array.isArray(part) || isNumbers(part); part = (part as readonly unknown[])[0])
    shape.push((part as Numbers).length);
  return shape;
}

/** Rows of other lengths would run into each other when they are laid out flat. */
function checkNested(part: unknown, [length, ...rest]: readonly number[], place: readonly number[]): void {
  const came = Array.isArray(part) || isNumbers(part) ? part.length : undefined;
  if (came !== length) {
    const wanted = length === undefined ? "a number" : `${length} values`;
    const got = came === undefined ? shownValue(part) : `${came} values`;
    throw new LeptonError(
      "LEPTON_SHAPE",
      `dataset: x${place.map((at) => `[${at}]`).join("")} must hold ${wanted} as the first row does, got ${got}.`,
    );
  }
  if (rest.length > 0)
    for (const [at, one] of (part as readonly unknown[]).entries()) checkNested(one, rest, [...place, at]);
}

function flatNumbers(x: CellArrays["x"]): Float32Array {
  if (x instanceof Float32Array) return x;
  const flat = isNumbers(x)
    ? x
    : (x as readonly unknown[])
        .flat(Number.POSITIVE_INFINITY)
        .flatMap((part) => (isNumbers(part) ? Array.from(part) : [part]));
  const isNumberOf = flat instanceof BigInt64Array || flat instanceof BigUint64Array ? "bigint" : "number";
  const wrong = Array.from(flat as readonly unknown[]).findIndex((part) => typeof part !== isNumberOf);
  if (wrong >= 0)
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `dataset: x must hold numbers, position ${wrong} holds ${shownValue((flat as readonly unknown[])[wrong])}.`,
    );
  return Float32Array.from(flat as Numbers, Number);
}

function flatTarget(y: CellArrays["y"]): FlatArrays["y"] {
  const values = Array.from(y as readonly unknown[]);
  if (values.every((value) => typeof value === "number")) return Float64Array.from(values);
  if (values.every((value) => typeof value === "string" || typeof value === "boolean")) return values.map(String);
  const wrong = values.findIndex((value) => !["number", "string", "boolean"].includes(typeof value));
  throw new LeptonError(
    "LEPTON_OPTION_VALUE",
    `dataset: y must hold numbers or class names, not both${wrong >= 0 ? `; row ${wrong} holds ${JSON.stringify(values[wrong])}` : ""}.`,
  );
}

/** y as a column of a file would be. */
export function codedOf(y: FlatArrays["y"], name: string): { column: SourceColumn; data: ColumnData } {
  if (y instanceof Float64Array) {
    const values = new Float64Array(new SharedArrayBuffer(y.byteLength));
    values.set(y);
    const whole = values.every((value) => Number.isInteger(value));
    return { column: { name, type: whole ? "integer" : "number", storage: "number" }, data: { as: "f64", values } };
  }
  const dictionary = [...new Set(y)].sort();
  const place = new Map(dictionary.map((word, code) => [word, code]));
  const codes = new Uint32Array(new SharedArrayBuffer(y.length * 4));
  for (const [row, word] of y.entries()) codes[row] = place.get(word)!;
  return { column: { name, type: "text", storage: "string" }, data: { as: "codes", codes, dictionary } };
}
