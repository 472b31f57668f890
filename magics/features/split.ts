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
 * @param rows     row numbers to split; rows without a target are not among them
 * @param classes  the class of each row number, or undefined for a plain random split
 */
export function randomSplit(
  rows: Uint32Array,
  classes: Int32Array | undefined,
  fractions: Fractions,
  seed: number,
): SplitRows {
  const order = permutation(seed, splitStream, rows.length);
  const groups = new Map<number, number[]>();
  for (const at of order) {
    const row = rows[at]!;
    const group = classes ? classes[row]! : 0;
    const members = groups.get(group);
    if (members) members.push(row);
    else groups.set(group, [row]);
  }
  const parts: Record<SplitName, number[]> = { train: [], validation: [], test: [] };
  for (const group of [...groups.keys()].sort((a, b) => a - b)) deal(groups.get(group)!, fractions, parts);
  return sorted(parts);
}

/** The first rows of a group train, the next validate, the last test; training gets at least one. */
function deal(members: readonly number[], fractions: Fractions, parts: Record<SplitName, number[]>): void {
  const train = Math.max(1, Math.round(members.length * fractions.train));
  const validation = Math.round(members.length * (fractions.train + fractions.validation));
  for (const [at, row] of members.entries()) {
    parts[at < train ? "train" : at < validation ? "validation" : "test"].push(row);
  }
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
  const parts: Record<SplitName, number[]> = { train: [], validation: [], test: [] };
  deal(
    [...rows].sort((a, b) => values[a]! - values[b]! || a - b),
    fractions,
    parts,
  );
  return sorted(parts);
}

/** Rows whose column says "train", "validation" or "test". */
export function givenSplit(
  rows: Uint32Array,
  codes: ArrayLike<number>,
  words: readonly string[],
  name: string,
): SplitRows {
  const meaning = words.map(splitWord);
  const parts: Record<SplitName, number[]> = { train: [], validation: [], test: [] };
  for (const row of rows) {
    const part = meaning[codes[row]!];
    if (part === undefined) {
      const value = words[codes[row]!] === undefined ? "nothing" : `"${words[codes[row]!]}"`;
      throw new LeptonError(
        "LEPTON_COLUMN_TYPE",
        `features: splitBy "${name}" must say train, validation or test, row ${row + 1} says ${value}.`,
      );
    }
    parts[part].push(row);
  }
  return sorted(parts);
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

function sorted(parts: Readonly<Record<SplitName, number[]>>): SplitRows {
  const ascending = (rows: number[]) => Uint32Array.from(rows).sort();
  return { train: ascending(parts.train), validation: ascending(parts.validation), test: ascending(parts.test) };
}
