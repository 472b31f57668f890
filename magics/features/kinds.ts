/**
 * What each column is: a number, a category, a date, or nothing a model can use. Enters: the source's columns, counts of the text ones and the
 * user's word; leaves: a kind and the reason where a column is ignored. Looks at types and counts over the whole file, never at the target.
 */
import type { ColumnKind, ColumnStatistics, ScanAs, SourceColumn } from "@lepton/contract";
import type { FeatureOptions } from "./options.ts";

export interface ColumnGuess {
  readonly column: SourceColumn;
  readonly kind: ColumnKind;
  /** Why it is ignored; null when it is not. */
  readonly reason: string | null;
  /** How it is to be read; undefined when it is not read at all. */
  readonly as: Exclude<ScanAs, "text"> | undefined;
  /** True when the user named the kind. */
  readonly given: boolean;
}

/** Text with more values than this, and with most rows having their own, is taken for names or free text. */
const fewValues = 20;

export function guessKinds(
  columns: readonly SourceColumn[],
  texts: ReadonlyMap<string, ColumnStatistics>,
  options: FeatureOptions,
): readonly ColumnGuess[] {
  return columns
    .filter((column) => column.name !== options.target && column.name !== options.splitBy)
    .map((column) => {
      const given = options.kinds.get(column.name);
      if (given !== undefined)
        return {
          column,
          kind: given,
          reason: given === "ignored" ? "as asked" : null,
          as: readAs(column, given),
          given: true,
        };
      const { kind, reason } = guess(column, texts.get(column.name));
      return { column, kind, reason, as: readAs(column, kind), given: false };
    });
}

function guess(
  column: SourceColumn,
  counts: ColumnStatistics | undefined,
): { kind: ColumnKind; reason: string | null } {
  switch (column.type) {
    case "number":
    case "integer":
      return { kind: "number", reason: null };
    case "boolean":
      return { kind: "boolean", reason: null };
    case "date":
      return { kind: "date", reason: null };
    case "text":
      return guessText(counts!);
    case "other":
      return { kind: "ignored", reason: `type ${column.storage} has no features` };
    default:
      throw new Error(`column type ${String(column.type satisfies never)}`);
  }
}

function guessText(counts: ColumnStatistics): { kind: ColumnKind; reason: string | null } {
  const present = counts.rows - counts.missing;
  if (present === 0) return { kind: "ignored", reason: "only missing values" };
  if (counts.distinct === 1 && counts.missing === 0) return { kind: "ignored", reason: "one value only" };
  if (counts.distinct > fewValues && counts.distinct > present / 2) {
    return { kind: "ignored", reason: `text with ${counts.distinct} different values in ${present} rows` };
  }
  return { kind: "category", reason: null };
}

/** A number made a category is read in full precision: its text is the category. */
function readAs(column: SourceColumn, kind: ColumnKind): ColumnGuess["as"] {
  switch (kind) {
    case "number":
    case "boolean":
      return "f32";
    case "date":
      return "epoch";
    case "category":
    case "ordinal":
      return column.type === "number" || column.type === "integer" ? "f64" : "category";
    case "ignored":
      return undefined;
    default:
      throw new Error(`kind ${String(kind satisfies never)}`);
  }
}

const identifierName =
  /(^|[_\s.-])(id|ids|uuid|guid|key|rowid|rownames?|index)$|^(id|Unnamed: 0|column0)$|[a-z]Id$|[a-z]ID$/i;

/** Why a column of numbers can be no feature, from its values over the whole file: none, or one only. Null when it can. */
export function whyUnusable(values: Float32Array): string | null {
  const first = values.find((value) => !Number.isNaN(value));
  if (first === undefined) return "only missing values";
  return values.every((value) => value === first) ? "one value only" : null;
}

/**
 * Why a column of numbers is taken for a row's identifier: it counts the rows, or holds whole numbers that hardly repeat under a name that says
 * so. Null when it is not.
 */
export function whyIdentifier(column: SourceColumn, values: Float32Array): string | null {
  if (column.type !== "integer" || values.length < 3) return null;
  if (values.every((value, row) => row === 0 || value === values[row - 1]! + 1)) return "counts the rows";
  if (!identifierName.test(column.name)) return null;
  const distinct = new Set(values).size;
  return distinct > 0.9 * values.length ? `an identifier: ${distinct} different values in ${values.length} rows` : null;
}
