/**
 * Which rows train, validate and test. Enters: the number of rows and either each row's class, or a column that decides; leaves: three ascending
 * lists of row numbers. One permutation from the run's generator: equal seeds give equal splits on every machine.
 */
import { LeptonError, type SplitName } from "@lepton/contract";
import { permutation } from "@lepton/graph";

export type Fractions = Readonly<Record<SplitName, number>>;
export type SplitRows = Readonly<Record<SplitName, Uint32Array>>;

export const splitNames = ["train", "validation", "test"] as const satisfies readonly SplitName[];

/** The permutation's stream; epochs of training take the numbers from 0 on. */
const splitStream = 2 ** 40;

/**
 * A random split in which every class has its share (within one row) in every part.
 *
 * @param rows     row numbers to split, ascending; rows without a target are not among them
 * @param classes  the class of each row number, or undefined for a plain random split
 */
export function randomSplit(
  rows: Uint32Array,
  classes: Int32Array | undefined,
  fractions: Fractions,
  seed: number,
): SplitRows {
  const groups = new Uint16Array(rows.length); // by place, so that dealing reads one small array in random order
  if (classes) for (let at = 0; at < rows.length; at++) groups[at] = classes[rows[at]!]!;
  const sizes = new Uint32Array(manyGroups);
  for (let at = 0; at < rows.length; at++) sizes[groups[at]!]!++;
  const bounds = Array.from(sizes, (size) => partBounds(size, fractions));
  const dealt = new Uint32Array(sizes.length);
  const parts = new Uint8Array(rows.length);
  const order = permutation(seed, splitStream, rows.length);
  for (let i = 0; i < order.length; i++) {
    const at = order[i]!;
    const group = groups[at]!;
    parts[at] = partAt(dealt[group]!++, bounds[group]!);
  }
  return gatherParts(rows, parts);
}

/** More classes than target.ts lets through. */
const manyGroups = 2 ** 10;

/** Where training and validation end in a group that is dealt out. */
interface PartBounds {
  readonly train: number;
  readonly validation: number;
}

/** Of a group of `size` the first rows train, the next validate, the last test; training gets at least one. */
function partBounds(size: number, fractions: Fractions): PartBounds {
  const train = Math.max(1, Math.round(size * fractions.train));
  return { train, validation: Math.round(size * (fractions.train + fractions.validation)) };
}

/** The index in splitNames of the member dealt as number `at`. */
function partAt(at: number, { train, validation }: PartBounds): number {
  return at < train ? 0 : at < validation ? 1 : 2;
}

/** @param parts  the index in splitNames of each of `rows` */
function gatherParts(rows: Uint32Array, parts: Uint8Array): SplitRows {
  const sizes = [0, 0, 0];
  for (const part of parts) sizes[part]!++;
  const lists = sizes.map((size) => new Uint32Array(size));
  const filled = [0, 0, 0];
  for (let at = 0; at < rows.length; at++) lists[parts[at]!]![filled[parts[at]!]!++] = rows[at]!;
  return { train: lists[0]!, validation: lists[1]!, test: lists[2]! };
}

/** Rows in the order of a date or a number: the oldest train, the newest test. Rows where it is missing are an error. */
export function orderedSplit(rows: Uint32Array, values: Float64Array, name: string, fractions: Fractions): SplitRows {
  const missing = rows.findIndex((row) => Number.isNaN(values[row]!));
  if (missing >= 0) {
    throw new LeptonError(
      "LEPTON_COLUMN_TYPE",
      `features: splitBy "${name}" has no value in row ${rows[missing]! + 1}; every row needs one.`,
    );
  }
  const order = Array.from(rows.keys()).sort((a, b) => values[rows[a]!]! - values[rows[b]!]! || a - b);
  const bounds = partBounds(rows.length, fractions);
  const parts = new Uint8Array(rows.length);
  for (const [place, at] of order.entries()) parts[at] = partAt(place, bounds);
  return gatherParts(rows, parts);
}

/** Rows whose column says "train", "validation" or "test". */
export function givenSplit(
  rows: Uint32Array,
  codes: ArrayLike<number>,
  words: readonly string[],
  name: string,
): SplitRows {
  const meaning = words.map(splitWord);
  const parts = Uint8Array.from(rows, (row) => {
    const part = meaning[codes[row]!];
    if (part !== undefined) return splitNames.indexOf(part);
    const value = words[codes[row]!] === undefined ? "nothing" : `"${words[codes[row]!]}"`;
    throw new LeptonError(
      "LEPTON_COLUMN_TYPE",
      `features: splitBy "${name}" must say train, validation or test, or be a column of dates (such as 2026-01-31) or numbers; row ${row + 1} says ${value}.`,
    );
  });
  return gatherParts(rows, parts);
}

function splitWord(word: string): SplitName | undefined {
  const words: Readonly<Record<string, SplitName>> = {
    train: "train",
    training: "train",
    validation: "validation",
    valid: "validation",
    val: "validation",
    test: "test",
  };
  return words[word.trim().toLowerCase()];
}
