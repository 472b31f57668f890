/**
 * Options of a sweep, sorted: what varies is the space, what does not is fixed. Enter: options as parsed (magics) or given (code); leave: a space,
 * fixed settings, and for each trial the settings that train takes.
 */
import { LeptonError, type ParameterSpace, type ParameterValue, type StudySpace } from "@lepton/contract";
import type { TrainSettings } from "../train/spec.ts";
import type { OptionSpec } from "../verb.ts";
import { meaningful } from "./conditions.ts";
import { settingOfChoice } from "./own-functions.ts";
import { isSpace, parameterSpace } from "./space.ts";
import type { StudySpec } from "./storage.ts";

export interface SortedOptions {
  readonly space: StudySpace;
  /** Names in the space that are arguments of a model of one's own. */
  readonly arguments: readonly string[];
  readonly fixed: Readonly<Record<string, unknown>>;
}

/**
 * @param given    train's options, without those that were left out
 * @param options  their specs
 * @throws LEPTON_OPTION_VALUE when a space is wrong, or an argument has the name of an option that varies too
 */
export function sortOptions(
  given: Readonly<Record<string, unknown>>,
  options: Readonly<Record<string, OptionSpec>>,
): SortedOptions {
  const space: Record<string, ParameterSpace> = {};
  const fixed: Record<string, unknown> = {};
  const names: string[] = [];
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || name === "args") continue;
    if (!isSpace(value) || options[name]?.kind === "map") fixed[name] = value;
    else sortOption(name, parameterSpace(name, value, wholeness(options[name])), space, fixed);
  }
  sortArguments((given["args"] ?? {}) as Record<string, unknown>, space, fixed, names);
  return { space, arguments: names, fixed };
}

/** Whole numbers by the option's kind; undefined where only the range tells. */
function wholeness(option: OptionSpec | undefined): boolean | undefined {
  return option?.kind === "integer" ? true : option?.kind === "number" ? false : undefined;
}

/** A single choice does not vary. */
function sortOption(
  name: string,
  one: ParameterSpace,
  space: Record<string, ParameterSpace>,
  fixed: Record<string, unknown>,
) {
  if (one.kind === "choice" && one.choices.length === 1) fixed[name] = one.choices[0];
  else space[name] = one;
}

function sortArguments(
  given: Readonly<Record<string, unknown>>,
  space: Record<string, ParameterSpace>,
  fixed: Record<string, unknown>,
  names: string[],
): void {
  const fixedArguments: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!isSpace(value)) {
      fixedArguments[name] = value;
      continue;
    }
    if (name in space) {
      const message = `sweep: ${name} is both an option and an argument of the model; rename the argument.`;
      throw new LeptonError("LEPTON_OPTION_VALUE", message);
    }
    sortOption(name, parameterSpace(name, value), space, fixedArguments);
    if (name in space) names.push(name);
  }
  if (Object.keys(fixedArguments).length > 0) fixed["args"] = fixedArguments;
}

/** What train is given for a trial: its parameters and what is fixed, without options that have no meaning for its model or optimizer. */
export function trialSettings(
  spec: Pick<StudySpec, "fixed" | "arguments" | "functions">,
  parameters: Readonly<Record<string, ParameterValue>>,
): TrainSettings {
  const fixed = meaningful(spec.fixed, parameters, spec);
  const entries = Object.entries(meaningful(parameters, parameters, spec));
  const isArgument = (name: string) => spec.arguments.includes(name);
  const args = {
    ...(fixed["args"] as object | undefined),
    ...Object.fromEntries(entries.filter(([name]) => isArgument(name))),
  };
  const options = entries.filter(([name]) => !isArgument(name));
  return {
    ...fixed,
    ...Object.fromEntries(
      options.map(([name, value]) => [name, settingOfChoice(name, listed(name, value), spec.functions)]),
    ),
    ...(Object.keys(args).length > 0 ? { args } : {}),
  } as TrainSettings;
}

// An option that takes a list may have a single number as a choice.
const lists = ["hidden", "filters"];

function listed(name: string, value: ParameterValue): ParameterValue {
  return lists.includes(name) && typeof value === "number" ? [value] : value;
}

/** The call that trains a trial's model by itself, for its card. A model from the cell cannot be said in it; the study's magic has it. */
export function trialSource(
  spec: Pick<StudySpec, "fixed" | "arguments" | "functions" | "dataset">,
  parameters: Readonly<Record<string, ParameterValue>>,
): string {
  const settings = trialSettings(spec, parameters) as Readonly<Record<string, unknown>>;
  const options = Object.entries(settings).flatMap(([name, value]) => {
    const own = isModule(value) ? parameters[name] : undefined;
    if (isModule(value) && own === undefined) return [];
    return [`${name}: ${own === undefined ? JSON.stringify(value) : String(own)}`];
  });
  return `lepton.train(${spec.dataset.name}, { ${options.join(", ")} })`;
}

function isModule(value: unknown): boolean {
  return typeof value === "object" && value !== null && (value as { kind?: unknown }).kind === "module";
}
