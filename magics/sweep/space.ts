/**
 * What a user may write for a hyperparameter in code ─► a ParameterSpace, or a fixed value. In a sweep a list means choices
 * (`hidden: [32, [64, 64], 128]`), `{ low, high, log }` a range, anything else is fixed. Apart because magics (space-text.ts) and
 * code meet here, and samplers trust what leaves.
 */
import { LeptonError, type ParameterSpace, type ParameterValue } from "@lepton/contract";

/** A range in code. Whole where the option is; for an argument of a model of one's own where `integer` says so. */
export interface Range {
  readonly low: number;
  readonly high: number;
  readonly log?: boolean;
  readonly integer?: boolean;
}

/** True for a value that a sweep varies: a list or an object with low and high. */
export function isSpace(value: unknown): value is Range | readonly ParameterValue[] {
  return Array.isArray(value) || (typeof value === "object" && value !== null && "low" in value && "high" in value);
}

/**
 * @param whole  true for options that are whole numbers, false for those that are not, undefined where only the bounds tell
 * @throws LEPTON_OPTION_VALUE naming the hyperparameter, the law and what came
 */
export function parameterSpace(name: string, value: Range | readonly unknown[], whole?: boolean): ParameterSpace {
  return Array.isArray(value) ? choiceSpace(name, value) : rangeSpace(name, value as Range, whole);
}

function refuse(name: string, law: string, got: unknown): never {
  throw new LeptonError("LEPTON_OPTION_VALUE", `sweep: ${name} ${law}, got ${JSON.stringify(got)}.`);
}

/** A range with numbers in it, as it is written in a magic. */
function refuseRange(name: string, law: string, { low, high, log = false }: Range): never {
  const text = spaceText({ kind: "float", low, high, log });
  throw new LeptonError("LEPTON_OPTION_VALUE", `sweep: ${name} ${law}, got ${text}.`);
}

function choiceSpace(name: string, values: readonly unknown[]): ParameterSpace {
  if (values.length === 0) refuse(name, "needs at least one choice", values);
  const choices = values.map((value) => {
    if (!isParameterValue(value)) refuse(name, "takes numbers, words, true, false or lists of them as choices", value);
    return value;
  });
  const texts = choices.map((choice) => JSON.stringify(choice));
  const twice = choices.find((_, index) => texts.indexOf(texts[index]!) !== index);
  if (twice !== undefined) refuse(name, "must not have the same choice twice", twice);
  return { kind: "choice", choices };
}

function isParameterValue(value: unknown): value is ParameterValue {
  const simple = (one: unknown) => (typeof one === "number" ? Number.isFinite(one) : typeof one === "string");
  if (Array.isArray(value)) return value.length > 0 && value.every(simple);
  return typeof value === "boolean" || simple(value);
}

const rangeKeys = ["low", "high", "log", "integer"];

function rangeSpace(name: string, range: Range, whole: boolean | undefined): ParameterSpace {
  const unknown = Object.keys(range).find((key) => !rangeKeys.includes(key));
  if (unknown !== undefined)
    refuse(name, `has an unknown key "${unknown}" in its range; keys: ${rangeKeys.join(", ")}`, range);
  const { low, high, log = false } = range;
  for (const bound of [low, high]) {
    if (typeof bound !== "number" || !Number.isFinite(bound)) refuse(name, "needs numbers as low and high", range);
  }
  if (!(low < high)) refuseRange(name, "needs low < high", range);
  if (log && !(low > 0)) refuseRange(name, "needs low > 0 for a logarithmic range", range);
  const bothWhole = Number.isSafeInteger(low) && Number.isSafeInteger(high);
  const integer = whole ?? range.integer ?? false;
  if (integer && !bothWhole) refuseRange(name, "takes whole numbers", range);
  return { kind: integer ? "integer" : "float", low, high, log };
}

/** The space as it is written in a magic: `log:1e-4..0.1`, `32|64,64|128`. */
export function spaceText(space: ParameterSpace): string {
  if (space.kind === "choice") {
    return space.choices.map((choice) => (Array.isArray(choice) ? choice.join(",") : String(choice))).join("|");
  }
  return `${space.log ? "log:" : ""}${space.low}..${space.high}`;
}

/** True when a journal's space is the one that is asked for now. */
export function sameSpace(a: unknown, b: unknown): boolean {
  const sorted = (value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([x], [y]) => (x < y ? -1 : 1))
            .map(([key, one]) => [key, sorted(one)]),
        )
      : value;
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}
