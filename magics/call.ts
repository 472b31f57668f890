/**
 * A parsed magic or a call in code ─► checked arguments and options ─► the verb runs. Enters: texts or values; leaves: the verb's result.
 * Both ways end in `completeOptions`, so a magic is never more than a way to say the function.
 */
import { LeptonError, type NotebookHost } from "@lepton/contract";
import { didYouMean } from "./data/nearest-name.ts";
import { flagOf } from "./flag.ts";
import type { ParsedCall } from "./parse.ts";
import { resolveUnlessFile } from "./reference.ts";
import { checkOption, fromText } from "./values.ts";
import type { ArgumentSpec, VerbSpec } from "./verb.ts";

export interface ReadyCall {
  readonly args: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** A magic's texts as values. */
export function readyMagic(call: ParsedCall, host: NotebookHost): ReadyCall {
  const { spec } = call.verb;
  const given: Record<string, unknown> = {};
  for (const [option, text] of call.options) {
    const where = { verb: spec, option, magic: true };
    given[option] = typeof text === "boolean" ? text : fromText(where, spec.options[option]!, text, host);
  }
  const args = gathered(spec, call.args, (argument, text) => argumentOf(argument, text, host));
  return { args, options: completeOptions(spec, given, true) };
}

/** Values of the arguments; the last one of a verb that takes many is a list. */
function gathered(
  spec: VerbSpec,
  texts: readonly string[],
  read: (argument: ArgumentSpec, text: string) => unknown,
): unknown[] {
  const last = spec.arguments.length - 1;
  const values = texts.map((text, index) => read(spec.arguments[Math.min(index, last)]!, text));
  if (!spec.arguments[last]?.many || values.length <= last) return values;
  return [...values.slice(0, last), values.slice(last).flat()];
}

/** A value argument is the notebook's value where a name of the notebook begins it, else the text (an ID, a file). */
function argumentOf(argument: ArgumentSpec, text: string, host: NotebookHost): unknown {
  if (argument.kind !== "value") return text;
  const value = resolveUnlessFile(host, text)?.value ?? text;
  return argument.accepts?.(value) === false ? text : value;
}

/** The arguments of `lepton.train(credit, { epochs: 10 })`, sorted into positional ones and options. */
export function readyCode(spec: VerbSpec, values: readonly unknown[]): ReadyCall & { readonly as: string | undefined } {
  const last = values.at(-1);
  const takes = spec.arguments.length;
  const hasOptions =
    values.length > takes ||
    (isPlain(last) && spec.arguments[values.length - 1]?.required === false && areOptions(spec, last));
  const args = hasOptions ? values.slice(0, -1) : values;
  if (args.length > takes || (hasOptions && last !== undefined && !isPlain(last))) {
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `${spec.name}: takes ${signature(spec)}, got ${values.length} values.`,
    );
  }
  const missing = spec.arguments.find((argument, index) => argument.required && args[index] === undefined);
  if (missing) {
    throw new LeptonError("LEPTON_OPTION_MISSING", `${spec.name}: ${missing.name} is missing: ${missing.doc}`);
  }
  const { as, ...options } = (hasOptions ? (last ?? {}) : {}) as Record<string, unknown>;
  if (as !== undefined && typeof as !== "string") {
    throw new LeptonError("LEPTON_OPTION_VALUE", `${spec.name}: as takes a name, got ${typeof as}.`);
  }
  return { args, options: completeOptions(spec, options, false), as };
}

const signature = (spec: VerbSpec) =>
  `(${[...spec.arguments.map((argument) => argument.name), "{ options }"].join(", ")})`;

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" &&
  value !== null &&
  (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null);

const areOptions = (spec: VerbSpec, value: Record<string, unknown>) =>
  Object.keys(value).every((key) => key === "as" || key in spec.options);

/** Check what was given and add defaults. @throws LEPTON_OPTION_UNKNOWN, LEPTON_OPTION_MISSING, LEPTON_OPTION_VALUE, LEPTON_OPTION_RANGE */
function completeOptions(
  spec: VerbSpec,
  given: Readonly<Record<string, unknown>>,
  magic: boolean,
): Readonly<Record<string, unknown>> {
  const names = Object.keys(spec.options);
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(spec.options, name));
  if (unknown !== undefined) {
    throw new LeptonError(
      "LEPTON_OPTION_UNKNOWN",
      `${spec.name}: no option "${unknown}"${didYouMean(unknown, names)} Options: ${names.join(", ")}.`,
    );
  }
  const options: Record<string, unknown> = {};
  for (const [option, optionSpec] of Object.entries(spec.options)) {
    const value = given[option];
    if (value !== undefined) options[option] = checkOption({ verb: spec, option, magic }, optionSpec, value);
    else if ("default" in optionSpec && optionSpec.default !== undefined) options[option] = optionSpec.default;
    else if (optionSpec.required) {
      const name = magic ? flagOf(option) : option;
      throw new LeptonError("LEPTON_OPTION_MISSING", `${spec.name}: ${name} is missing: ${optionSpec.doc}`);
    }
  }
  return options;
}
