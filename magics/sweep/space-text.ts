/**
 * What a user types for a hyperparameter in a magic ─► the same in code. `log:1e-4..1e-1` and `16..256` are ranges, `32|64,64|128` are
 * choices, everything else is a fixed value. magics/parse.ts calls this for verbs whose spec says `spaces`.
 */
import { LeptonError, type ParameterValue } from "@lepton/contract";
import type { OptionSpec } from "../verb.ts";
import type { Range } from "./space.ts";

/**
 * True when a text describes several values: it has `|`, `..` between numbers, or begins with `log:`. An option that takes a list is always read
 * here, so that `--hidden 64,64` is one list, while `hidden: [64, 32]` in code is two choices.
 */
export function isSpaceText(text: string, kind?: OptionSpec["kind"]): boolean {
  if (kind === "numbers" || kind === "strings") return true;
  return text.includes("|") || /^log:/i.test(text) || /^[-+]?[\d.]+(e[-+]?\d+)?\.\.[-+]?[\d.]+/i.test(text);
}

/**
 * @param kind  the option's kind; undefined for an argument of a model of one's own, whose values are read by their looks
 * @returns     a range, or a list of choices
 * @throws      LEPTON_OPTION_VALUE
 */
export function spaceOfText(name: string, text: string, kind?: OptionSpec["kind"]): Range | readonly ParameterValue[] {
  if (text.includes("|") || kind === "numbers" || kind === "strings")
    return text.split("|").map((part) => choiceOfText(name, part.trim(), text, kind));
  return rangeOfText(name, text, kind);
}

function refuse(name: string, law: string, text: string): never {
  throw new LeptonError(
    "LEPTON_OPTION_VALUE",
    `sweep: ${name} ${law}, got "${text}". Write log:1e-4..1e-1 or 16..256 for a range, 32|64|128 for choices.`,
  );
}

function rangeOfText(name: string, text: string, kind: OptionSpec["kind"] | undefined): Range {
  if (kind !== undefined && kind !== "number" && kind !== "integer") {
    refuse(name, "takes choices, not a range", text);
  }
  const match = /^(log:)?\s*(\S+?)\s*\.\.\s*(\S+?)$/i.exec(text.trim());
  if (!match) refuse(name, "needs a range as LOW..HIGH", text);
  const [low, high] = [match[2]!, match[3]!].map((part) => numberOfText(name, part, text)) as [number, number];
  const looksWhole = [match[2]!, match[3]!].every((part) => /^[-+]?\d+$/.test(part));
  return {
    low,
    high,
    ...(match[1] === undefined ? {} : { log: true }),
    ...(kind === undefined && looksWhole ? { integer: true } : {}),
  };
}

function numberOfText(name: string, part: string, text: string): number {
  const value = part === "" ? Number.NaN : Number(part);
  if (!Number.isFinite(value)) refuse(name, `needs numbers, "${part}" is none`, text);
  return value;
}

function choiceOfText(name: string, part: string, text: string, kind: OptionSpec["kind"] | undefined): ParameterValue {
  if (part === "") refuse(name, "has an empty choice", text);
  switch (kind) {
    case "number":
    case "integer":
      return numberOfText(name, part, text);
    case "boolean":
      if (part !== "true" && part !== "false") refuse(name, "is true or false", text);
      return part === "true";
    case "numbers":
      return part.split(",").map((one) => numberOfText(name, one.trim(), text));
    case "strings":
      return part.split(",").map((one) => one.trim());
    case undefined:
      return part.includes(",")
        ? part.split(",").map((one) => plainValue(one.trim()) as number | string)
        : plainValue(part);
    default:
      return part;
  }
}

/** A number where it reads as one, true and false, else the word itself. */
function plainValue(text: string): number | string | boolean {
  if (text === "true" || text === "false") return text === "true";
  const value = Number(text);
  return text !== "" && Number.isFinite(value) ? value : text;
}
