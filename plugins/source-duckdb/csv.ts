/**
 * Reads a CSV file into the session's table "rows". Enters: a path and options; leaves: the number of rows skipped, or an error that names
 * line, column and value. Apart because only CSV has rows that cannot be read one by one.
 */
import { LeptonError, type OpenOptions } from "@lepton/contract";
import { type CsvDialect, guessDialect } from "./csv-dialect.ts";
import { type Row, type Session, sqlName, sqlText } from "./session.ts";

/** DuckDB would read "yes" and "no" as booleans; a category keeps the file's own words. */
const guessedTypes = ["NULL", "BIGINT", "DOUBLE", "DATE", "TIMESTAMP", "TIMESTAMPTZ", "VARCHAR"];

/** Written for "no value", as pandas reads them. */
const nullWords = ["", "NA", "N/A", "#N/A", "n/a", "NaN", "nan", "NULL", "null"];

const sqlTypes = {
  number: "DOUBLE",
  integer: "BIGINT",
  boolean: "BOOLEAN",
  text: "VARCHAR",
  date: "TIMESTAMP",
} as const;

interface Reject {
  readonly line: bigint;
  readonly column_name: string | null;
  readonly error_type: string;
  readonly csv_line: string;
  readonly error_message: string;
}

/** @returns rows left out. @throws LEPTON_DATA_EMPTY, LEPTON_ROW_BAD, LEPTON_FILE_FORMAT */
export async function loadCsv(session: Session, file: string, options: OpenOptions): Promise<number> {
  const dialect = await guessDialect(file);
  if (!dialect)
    throw new LeptonError("LEPTON_DATA_EMPTY", `${file} is empty; a CSV file starts with a line of column names.`);
  const types = new Map<string, string>();
  for (const [name, type] of Object.entries(options.types ?? {})) {
    if (type !== "other") types.set(name, sqlTypes[type]);
  }
  await load(session, file, dialect, types);
  if (await widen(session, types)) await load(session, file, dialect, types);
  const [first] = await readRejects(session);
  if (!first) return 0;
  const bad = await countOf(session, "select count(distinct line) as n from reject_errors");
  if (options.badRows === "skip") return bad;
  throw badRow(file, first, bad, await countOf(session, "select count(*) as n from rows"));
}

async function load(session: Session, file: string, dialect: CsvDialect, types: ReadonlyMap<string, string>) {
  for (const table of ["rows", "reject_errors", "reject_scans"]) await session.rows(`drop table if exists ${table}`);
  const forced = [...types].map(([name, type]) => `${sqlText(name)}: ${sqlText(type)}`).join(", ");
  const settings = [
    sqlText(file),
    `delim=${sqlText(dialect.delimiter)}, header=${dialect.header}, quote='"', escape='"', store_rejects=true`,
    `nullstr=[${nullWords.map(sqlText).join(", ")}], auto_type_candidates=[${guessedTypes.map(sqlText).join(", ")}]`,
    ...(forced === "" ? [] : [`types={${forced}}`]),
  ];
  try {
    await session.rows(`create table rows as select * from read_csv(${settings.join(", ")})`);
  } catch (error) {
    throw unreadable(file, error);
  }
}

/**
 * Columns whose guessed type does not fit most values get the one that does: text of which at least half are numbers (a type that changes
 * half-way), text that says only true and false, and integers among which later rows have fractions. Adds to `types`; true when the file
 * must be read again.
 */
async function widen(session: Session, types: Map<string, string>): Promise<boolean> {
  const columns = await session.rows(
    "select column_name as name, data_type as type from duckdb_columns() where table_name = 'rows'",
  );
  const before = types.size;
  const texts = columns.filter((column) => column.type === "VARCHAR" && !types.has(String(column.name)));
  for (const { name, type } of await betterTypes(session, texts)) types.set(name, type);
  for (const reject of await readRejects(session)) {
    const value = castValue(reject);
    if (reject.column_name === null || value === undefined || types.has(reject.column_name)) continue;
    const whole = columns.some((column) => column.name === reject.column_name && column.type === "BIGINT");
    if (whole && value.trim() !== "" && !Number.isNaN(Number(value))) types.set(reject.column_name, "DOUBLE");
  }
  return types.size > before;
}

async function betterTypes(
  session: Session,
  texts: readonly Row[],
): Promise<readonly { name: string; type: string }[]> {
  if (texts.length === 0) return [];
  const counts = texts.map((column, i) => {
    const name = sqlName(String(column.name));
    const truths = `count(*) filter (where lower(${name}) in ('true', 'false'))`;
    return `count(${name})::double as all${i}, count(try_cast(${name} as double))::double as numbers${i}, ${truths}::double as truths${i}`;
  });
  const row = (await session.rows(`select ${counts.join(", ")} from rows`))[0]!;
  return texts.flatMap((column, i) => {
    const [all, numbers, truths] = ["all", "numbers", "truths"].map((key) => row[`${key}${i}`] as number) as [
      number,
      number,
      number,
    ];
    if (numbers > 0 && numbers >= all / 2) return [{ name: String(column.name), type: "DOUBLE" }];
    return truths > 0 && truths === all ? [{ name: String(column.name), type: "BOOLEAN" }] : [];
  });
}

/** What was rejected, by line; at most 10,000, enough to tell. */
async function readRejects(session: Session): Promise<readonly Reject[]> {
  const columns = "line, column_name, error_type, csv_line, error_message";
  const sql = `select ${columns} from reject_errors order by line, column_idx limit 10000`;
  return (await session.rows(sql)) as readonly unknown[] as readonly Reject[];
}

async function countOf(session: Session, sql: string): Promise<number> {
  return Number((await session.rows(sql))[0]!.n);
}

/** The text that could not be converted, from DuckDB's message. */
function castValue(reject: Reject): string | undefined {
  if (reject.error_type !== "CAST") return undefined;
  return /Could not convert string "([\s\S]*)" to '/.exec(reject.error_message)?.[1];
}

function badRow(file: string, first: Reject, bad: number, good: number): LeptonError {
  const more = bad === 1 ? "1 row cannot be read" : `${bad} rows cannot be read, ${good} can`;
  return new LeptonError(
    "LEPTON_ROW_BAD",
    `${file}, line ${first.line}: ${describe(first)} ${more}. Correct the file${asText(first)}, or leave such rows out with --on-bad-row skip.`,
  );
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

function unreadable(file: string, cause: unknown): LeptonError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const hint = /dialect|quote/i.test(message) ? " Is a double quote opened and never closed?" : "";
  return new LeptonError(
    "LEPTON_FILE_FORMAT",
    `${file} cannot be read as CSV.${hint} DuckDB says: ${shorten(message.split("\n", 1)[0]!)}`,
    { cause },
  );
}
