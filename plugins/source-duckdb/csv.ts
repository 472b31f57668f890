/**
 * Reads a CSV file into the session's table "rows". Enters: a path and options; leaves: the number of rows skipped, or an error that names
 * line, column and value. Apart because only CSV has rows that cannot be read one by one.
 */
import { LeptonError, type OpenOptions } from "@lepton/contract";
import { type CsvDialect, guessDialect } from "./csv-dialect.ts";
import { badRow, unreadable } from "./csv-errors.ts";
import { countOf, fitTypes, narrow, readRejects } from "./csv-types.ts";
import { type Session, sqlFile, sqlText } from "./session.ts";

/**
 * What DuckDB may guess from the first 20,480 rows. Not BOOLEAN, which "yes" and "no" would be too: a category keeps the file's own words. Not
 * BIGINT: a fraction further down would be rounded silently. fitTypes() finds both afterwards, from all rows.
 */
const guessedTypes = ["NULL", "DOUBLE", "DATE", "TIMESTAMP", "TIMESTAMPTZ", "VARCHAR"];

/** Written for "no value", as pandas reads them (`STR_NA_VALUES`, less those of old C libraries). */
const nullWords = ["", "NA", "<NA>", "N/A", "#N/A", "#NA", "n/a", "NaN", "nan", "-NaN", "-nan", "NULL", "null", "None"];

const sqlTypes = {
  number: "DOUBLE",
  integer: "BIGINT",
  boolean: "BOOLEAN",
  text: "VARCHAR",
  date: "TIMESTAMP",
} as const;

/** @returns rows left out. @throws LEPTON_DATA_EMPTY, LEPTON_ROW_BAD, LEPTON_FILE_FORMAT */
export async function loadCsv(session: Session, file: string, options: OpenOptions): Promise<number> {
  const dialect = await guessDialect(file);
  if (!dialect)
    throw new LeptonError("LEPTON_DATA_EMPTY", `${file} is empty; a CSV file starts with a line of column names.`);
  const types = new Map<string, string>();
  const known = await columnNames(session, file, dialect);
  for (const [name, type] of Object.entries(options.types ?? {})) {
    if (type !== "other" && known.includes(name)) types.set(name, sqlTypes[type]);
  }
  await load(session, file, dialect, types);
  const better = await fitTypes(session, new Set(types.keys()), dialect.decimal);
  if (better.size > 0) await load(session, file, dialect, new Map([...types, ...better]));
  await narrow(session, new Set([...types.keys(), ...better.keys()]));
  const [first] = await readRejects(session);
  if (!first) return 0;
  const bad = await countOf(session, "select count(distinct line) as n from reject_errors");
  if (options.badRows === "skip") return bad;
  throw badRow(file, first, bad, await countOf(session, "select count(*) as n from rows"));
}

async function columnNames(session: Session, file: string, dialect: CsvDialect): Promise<readonly string[]> {
  try {
    return (await session.rows(`describe from ${reader(file, dialect, new Map())}`)).map((row) =>
      String(row.column_name),
    );
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function load(session: Session, file: string, dialect: CsvDialect, types: ReadonlyMap<string, string>) {
  for (const table of ["rows", "reject_errors", "reject_scans"]) await session.rows(`drop table if exists ${table}`);
  try {
    await session.rows(`create table rows as from ${reader(file, dialect, types)}`);
  } catch (error) {
    throw unreadable(file, error);
  }
}

function reader(file: string, dialect: CsvDialect, types: ReadonlyMap<string, string>): string {
  const forced = [...types].map(([name, type]) => `${sqlText(name)}: ${sqlText(type)}`).join(", ");
  const settings = [
    sqlFile(file),
    `hive_partitioning=false, delim=${sqlText(dialect.delimiter)}, header=${dialect.header}, decimal_separator=${sqlText(dialect.decimal)}, quote='"', escape='"', store_rejects=true`,
    `nullstr=[${nullWords.map(sqlText).join(", ")}], auto_type_candidates=[${guessedTypes.map(sqlText).join(", ")}]`,
    ...(forced === "" ? [] : [`types={${forced}}`]),
  ];
  return `read_csv(${settings.join(", ")})`;
}
