/** What DuckDB rejected, said in the user's words: line, column, value, and how to go on. */
import { LeptonError } from "@lepton/contract";

/** A row of DuckDB's table reject_errors. */
export interface Reject {
  readonly line: bigint;
  readonly column_name: string | null;
  readonly error_type: string;
  readonly csv_line: string;
  readonly error_message: string;
}

/** The text that could not be converted, from DuckDB's message. */
export function castValue(reject: Reject): string | undefined {
  if (reject.error_type !== "CAST") return undefined;
  return /Could not convert string "([\s\S]*)" to '/.exec(reject.error_message)?.[1];
}

/** @param bad, good  how many rows can and cannot be read */
export function badRow(file: string, first: Reject, bad: number, good: number): LeptonError {
  const more = bad === 1 ? "1 row cannot be read" : `${bad} rows cannot be read, ${good} can`;
  return new LeptonError(
    "LEPTON_ROW_BAD",
    `${file}, line ${first.line}: ${describe(first)} ${more}. Correct the file${asMissing(first)}${asText(first)}, or leave such rows out with --on-bad-row skip.`,
  );
}

/** A word of the file's own for "no value" is the commonest of such values. */
function asMissing(reject: Reject): string {
  return castValue(reject) === undefined ? "" : " (a missing value is an empty cell or NA)";
}

function asText(reject: Reject): string {
  if (castValue(reject) === undefined || reject.column_name === null) return "";
  return `, read the column as text with --kinds ${/\s/.test(reject.column_name) ? `"${reject.column_name}=category"` : `${reject.column_name}=category`}`;
}

function describe(reject: Reject): string {
  const value = castValue(reject);
  if (value !== undefined) {
    const type = / to '(\w+)'/.exec(reject.error_message)?.[1] ?? "the column's type";
    return `column "${reject.column_name}" holds ${inWords(type)} elsewhere, here "${shorten(value)}".`;
  }
  const found = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(reject.error_message);
  const row = `the row is "${shorten(reject.csv_line)}".`;
  if (found) {
    // One reject a surplus column: the row's own count is in the line.
    const which =
      reject.error_type === "MISSING COLUMNS"
        ? `column "${reject.column_name}" and those after it are missing`
        : "it has too many values";
    return `${which} (${found[1]} columns expected); ${row}`;
  }
  if (reject.error_type === "INVALID ENCODING") {
    return `column "${reject.column_name}" is not UTF-8 text ("${shorten(reject.csv_line)}"); save the file as UTF-8.`;
  }
  return `column "${reject.column_name}": ${reject.error_message.split("\n", 1)[0]}; ${row}`;
}

function inWords(type: string): string {
  if (/INT|DOUBLE|FLOAT|DECIMAL/.test(type)) return "numbers";
  if (/DATE|TIME/.test(type)) return "dates";
  return type === "BOOLEAN" ? "true or false" : type;
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

export function unreadable(file: string, cause: unknown): LeptonError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const hint = /dialect|quote/i.test(message) ? " Is a double quote opened and never closed?" : "";
  return new LeptonError(
    "LEPTON_FILE_FORMAT",
    `${file} cannot be read as CSV.${hint} DuckDB says: ${shorten(message.split("\n", 1)[0]!)}`,
    { cause },
  );
}
