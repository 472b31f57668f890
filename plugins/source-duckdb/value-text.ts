/**
 * A value as text. Enters: a column; leaves: the SQL of its text. Apart because a category, a cell read as text and a row of `head` must say the same:
 * `predict FILE` looks up in the training's categories what `head` gives.
 */
import type { SourceColumn } from "@lepton/contract";
import { sqlName } from "./session.ts";

/** Moments as ISO 8601, parts of a day that are 0 left out; without a moment (infinity) null. */
export function textSql(column: SourceColumn): string {
  const name = sqlName(column.name);
  if (column.type !== "date") return `${name}::varchar`;
  if (column.storage === "DATE") return `case when isfinite(${name}) then ${name}::varchar end`;
  const iso = `strftime(${name}::timestamp, '%Y-%m-%dT%H:%M:%S.%gZ')`;
  const short = `regexp_replace(regexp_replace(${iso}, 'T00:00:00[.]000Z$', ''), '[.]000Z$', 'Z')`;
  return `case when isfinite(${name}) then ${short} end`;
}

/** What `head` selects: text for what JSON has no value for, such as moments, times of day, spans and bytes. */
export function plainSql(column: SourceColumn): string {
  const isNested = /^(STRUCT|MAP|UNION)\b|\]$/.test(column.storage);
  const isText = column.type === "date" || (column.type === "other" && !isNested);
  return isText ? `${textSql(column)} as ${sqlName(column.name)}` : sqlName(column.name);
}
