/**
 * Specs ─► TypeScript text for the language service: `declare namespace Lepton {...}` with what verbs give and take, and `declare const lepton`.
 * Generated, so that what is typed, parsed, completed and documented is one text.
 */
import { exampleText } from "./flag.ts";
import { optionText } from "./help.ts";
import type { ArgumentSpec, OptionSpec, Verb, VerbSpec } from "./verb.ts";

/** @param extras  members of `Lepton.Api` besides the verbs, and of the namespace: what the `lepton` object also holds */
export function declarationsText(
  verbs: readonly Verb[],
  extras: { readonly api: string; readonly members: string },
): string {
  const members = new Set(verbs.flatMap(({ spec }) => spec.declarations?.trim() ?? []));
  const lines = ["declare namespace Lepton {"];
  for (const text of [...members, extras.members.trim()]) if (text !== "") lines.push(indent(text, 1));
  for (const { spec } of verbs) lines.push(indent(optionsType(spec), 1));
  lines.push("  /** The verbs of %lepton as functions: the same words. */", "  interface Api {");
  for (const { spec } of verbs) lines.push(indent(method(spec), 2));
  if (extras.api.trim() !== "") lines.push(indent(extras.api.trim(), 2));
  lines.push("  }", "}", "declare const lepton: Lepton.Api;", "");
  return lines.join("\n");
}

const indent = (text: string, depth: number) => text.replaceAll(/^(?=.)/gm, "  ".repeat(depth));

const optionsName = (spec: VerbSpec) => `${spec.name[0]!.toUpperCase()}${spec.name.slice(1)}Options`;

function optionsType(spec: VerbSpec): string {
  const fields = Object.entries(spec.options).map(
    ([name, option]) =>
      `  /** ${comment(optionText(option))} */\n  readonly ${name}${option.required ? "" : "?"}: ${optionType(option, spec.spaces === true && option.fixed !== true)};`,
  );
  const as = "  /** Also bind the result to this name in the notebook. */\n  readonly as?: string;";
  return [`interface ${optionsName(spec)} {`, ...fields, as, "}"].join("\n");
}

const comment = (text: string) => text.replaceAll("*/", "*\\/");

function optionType(option: OptionSpec, spaces: boolean): string {
  const type = plainType(option);
  if (!spaces || option.kind === "value") return type;
  const range =
    option.kind === "number" || option.kind === "integer"
      ? " | { readonly low: number; readonly high: number; readonly log?: boolean }"
      : "";
  if (option.kind === "map") return "Readonly<Record<string, unknown>>";
  return `${type} | readonly (${type})[]${range}`;
}

function plainType(option: OptionSpec): string {
  switch (option.kind) {
    case "string":
      return "string";
    case "number":
    case "integer":
      return "number";
    case "boolean":
      return "boolean";
    case "strings":
      return "readonly string[]";
    case "numbers":
      return "readonly number[]";
    case "map":
      return [
        ...(option.words ?? []).map((word) => JSON.stringify(word)),
        "Readonly<Record<string, string | number>>",
      ].join(" | ");
    case "choice": {
      const choices = option.choices.map((choice) => JSON.stringify(choice)).join(" | ");
      return option.open ? `${choices} | ((...args: any[]) => unknown)` : choices;
    }
    case "value":
      return option.type;
    default:
      return option satisfies never;
  }
}

function method(spec: VerbSpec): string {
  const needsOptions = Object.values(spec.options).some((option) => option.required);
  const parameters = [...spec.arguments.map(parameter), `options${needsOptions ? "" : "?"}: ${optionsName(spec)}`];
  const doc = [
    "/**",
    ` * ${comment(spec.summary)}`,
    " *",
    ...spec.arguments.map((argument) => ` * @param ${argument.name} ${comment(argument.doc)}`),
    ...spec.examples.map((example) => ` * @example ${comment(exampleText(example))}`),
    " */",
  ];
  const result = `Promise<${spec.result}>`;
  const lines = [...doc, `${spec.name}(${parameters.join(", ")}): ${result};`];
  // Optional arguments may be left out before the options.
  const required = spec.arguments.filter((argument) => argument.required);
  if (required.length < spec.arguments.length) {
    lines.push(
      `${spec.name}(${[...required.map(parameter), `options?: ${optionsName(spec)}`].join(", ")}): ${result};`,
    );
  }
  return lines.join("\n");
}

const parameter = (argument: ArgumentSpec) => `${argument.name}${argument.required ? "" : "?"}: ${argument.type}`;
