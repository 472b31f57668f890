/**
 * One option's value, from a magic's text or from code, checked by its spec. Enters: text or a value; leaves: the typed value.
 * `fromText` only reads; `checkOption` holds the laws, so both ways meet the same ones.
 */
import { LeptonError, type NotebookHost } from "@lepton/contract";
import { didYouMean } from "./data/nearest-name.ts";
import { shownValue } from "./data/shown-value.ts";
import { flagOf } from "./flag.ts";
import { resolveReference, resolveUnlessFile } from "./reference.ts";
import { isSpace } from "./sweep/space.ts";
import { isSpaceText, spaceOfText } from "./sweep/space-text.ts";
import type { OptionSpec, VerbSpec } from "./verb.ts";

/** What an error calls an option: as the user wrote it. */
export interface Where {
  readonly verb: VerbSpec;
  readonly option: string;
  /** True when it came from a magic: `--learning-rate`; false for code: `learningRate`. */
  readonly magic: boolean;
}

const nameOf = ({ option, magic }: Where) => (magic ? flagOf(option) : option);

function refuse(where: Where, law: string, came: unknown, hint = "."): never {
  const shown = shownValue(came);
  throw new LeptonError("LEPTON_OPTION_VALUE", `${where.verb.name}: ${nameOf(where)} ${law}, got ${shown}${hint}`);
}

/** A magic's text as the value that code would have given; what cannot be read is left for `checkOption` to refuse. */
export function fromText(where: Where, spec: OptionSpec, text: string, host: NotebookHost): unknown {
  if (mayVary(where, spec) && spec.kind !== "map" && isSpaceText(text, spec.kind))
    return spaceOfText(where.option, text, spec.kind);
  switch (spec.kind) {
    case "number":
    case "integer":
      return numberOf(text);
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "strings":
      return listOf(text);
    case "numbers":
      return listOf(text).map(numberOf);
    case "map":
      return spec.words?.includes(text) ? text : mapOf(where, text);
    case "choice":
      if (spec.choices.includes(text) || !spec.open) return text;
      return resolveReference(host, text)?.value ?? refuseChoice(where, spec, text, host.names());
    case "value":
      return (resolveUnlessFile(host, text) ?? textOrRefuse(where, spec, text, host.names())).value;
    case "string":
      return text;
    default:
      return spec satisfies never;
  }
}

const numberOf = (text: string): number | string =>
  text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;

/** `a,b`, `[a, b]`; nothing, or nothing in brackets, is the empty list. */
function listOf(text: string): string[] {
  const inner = text.trim().replace(/^\[(.*)\]$/s, "$1");
  return inner.trim() === "" ? [] : inner.split(",").map((part) => part.trim());
}

/** `a=1,b=two`. A part without `=` goes on the value before it, so that `order=low,middle,high` is one entry. */
function mapOf(where: Where, text: string): Record<string, unknown> {
  const entries: [string, string][] = [];
  for (const part of listOf(text)) {
    const at = part.indexOf("=");
    if (at > 0) entries.push([part.slice(0, at).trim(), part.slice(at + 1).trim()]);
    else if (entries.length > 0) entries.at(-1)![1] += `,${part}`;
    else refuse(where, "takes NAME=VALUE pairs with commas between them", text);
  }
  const entryValue = (name: string, value: string) =>
    where.verb.spaces && isSpaceText(value) ? spaceOfText(name, value) : numberOf(value);
  return Object.fromEntries(entries.map(([name, value]) => [name, entryValue(name, value)]));
}

/** Where the type allows a text (an ID, a name), one that is no variable is that text. */
function textOrRefuse(
  where: Where,
  spec: OptionSpec & { kind: "value" },
  text: string,
  names: readonly string[],
): { readonly value: unknown } {
  if (/\bstring\b/.test(spec.type)) return { value: text };
  throw new LeptonError(
    "LEPTON_NAME_UNKNOWN",
    `${where.verb.name}: ${nameOf(where)} takes a variable of the notebook, there is no "${text}"${didYouMean(text, names)}`,
  );
}

function refuseChoice(
  where: Where,
  spec: OptionSpec & { kind: "choice" },
  came: unknown,
  more: readonly string[] = [],
): never {
  const hint = typeof came === "string" ? didYouMean(came, [...spec.choices, ...more]) : ".";
  refuse(
    where,
    `is one of ${spec.choices.join(", ")}${spec.open ? ", or a function of the notebook" : ""}`,
    came,
    hint,
  );
}

/** @throws LEPTON_OPTION_VALUE, LEPTON_OPTION_RANGE */
export function checkOption(where: Where, spec: OptionSpec, value: unknown): unknown {
  if (mayVary(where, spec) && varies(spec, value)) return checkVaried(where, spec, value);
  switch (spec.kind) {
    case "number":
    case "integer":
      return checkNumber(where, spec, value);
    case "boolean":
      return typeof value === "boolean" ? value : refuse(where, "is true or false", value);
    case "string":
      return typeof value === "string" ? value : refuse(where, "takes a text", value);
    case "strings":
      if (!isListOf(value, "string")) refuse(where, "takes a list of words", value);
      return value;
    case "numbers":
      if (!isListOf(value, "number")) refuse(where, "takes a list of numbers", value);
      for (const one of value as readonly number[]) checkRange(where, spec, one);
      return value;
    case "map":
      return isMap(value) || (spec.words as readonly unknown[] | undefined)?.includes(value)
        ? value
        : refuse(where, "takes names with a number or a word each", value);
    case "choice":
      return checkChoice(where, spec, value);
    case "value":
      return value;
    default:
      return spec satisfies never;
  }
}

const mayVary = ({ verb }: Where, spec: OptionSpec): boolean => verb.spaces === true && spec.fixed !== true;

/** In a sweep a range, and for options that are not lists themselves a list, says what to vary; the sweep checks it. */
function varies(spec: OptionSpec, value: unknown): boolean {
  if (spec.kind === "map") return typeof value === "object" && value !== null;
  if (spec.kind === "numbers" || spec.kind === "strings") return isSpace(value);
  return spec.kind !== "value" && isSpace(value);
}

/** Every bound and choice obeys the option's own law, so that no trial begins with a value that it refuses. */
function checkVaried(where: Where, spec: OptionSpec, value: unknown): unknown {
  // Functions of the notebook are named by words, which the sweep looks up.
  const isClosed = spec.kind === "boolean" || (spec.kind === "choice" && !spec.open);
  if (isClosed && Array.isArray(value)) for (const one of value) checkOption(where, { ...spec, fixed: true }, one);
  if (spec.kind !== "number" && spec.kind !== "integer" && spec.kind !== "numbers") return value;
  const { low, high } = value as { readonly low?: unknown; readonly high?: unknown };
  for (const one of Array.isArray(value) ? value.flat() : [low, high]) {
    if (typeof one === "number") checkRange(where, spec, one);
  }
  return value;
}

function checkNumber(where: Where, spec: OptionSpec & { kind: "number" | "integer" }, value: unknown): number {
  if (typeof value !== "number" || !Number.isFinite(value)) refuse(where, "takes a number", value);
  if (spec.kind === "integer" && !Number.isInteger(value)) refuse(where, "takes a whole number", value);
  checkRange(where, spec, value);
  return value;
}

interface Bounds {
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly below?: number;
}

function checkRange(where: Where, bounds: Bounds, value: number): void {
  const laws: readonly [boolean, string][] = [
    [bounds.min !== undefined && value < bounds.min, `>= ${bounds.min}`],
    [bounds.above !== undefined && value <= bounds.above, `> ${bounds.above}`],
    [bounds.max !== undefined && value > bounds.max, `<= ${bounds.max}`],
    [bounds.below !== undefined && value >= bounds.below, `< ${bounds.below}`],
  ];
  const broken = laws.find(([isBroken]) => isBroken);
  if (!broken) return;
  throw new LeptonError(
    "LEPTON_OPTION_RANGE",
    `${where.verb.name}: ${nameOf(where)} must be ${broken[1]}, got ${value}.`,
  );
}

function checkChoice(where: Where, spec: OptionSpec & { kind: "choice" }, value: unknown): unknown {
  if (typeof value === "string" && spec.choices.includes(value)) return value;
  if (spec.open && (typeof value === "function" || (typeof value === "object" && value !== null))) return value;
  return refuseChoice(where, spec, value);
}

const isListOf = (value: unknown, type: "string" | "number"): boolean =>
  (Array.isArray(value) || ArrayBuffer.isView(value)) &&
  [...(value as readonly unknown[])].every((one) => typeof one === type);

const isMap = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((one) => typeof one === "string" || typeof one === "number");
