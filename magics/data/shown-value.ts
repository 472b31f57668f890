/** A value that was not expected, as an error tells of it: runs, data sets and studies by their own line, text in quotes, the rest as it prints. */
import { inspect } from "node:util";

const longest = 80;

/** On one line, at most 80 characters. */
export function shownValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return value.name === "" ? "a function" : `the function ${value.name}`;
  const printed = inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY });
  const hasOwnText = typeof value === "object" && value !== null && inspect.custom in value; // a table: its first line is its title
  const text = (hasOwnText ? printed.split("\n", 1)[0]! : printed).replaceAll(/\s+/g, " ");
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
