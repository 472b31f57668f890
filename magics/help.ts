/** Specs ─► the text that `%lepton` and `%lepton VERB --help` print and that inspection shows. */
import { exampleText, flagOf } from "./flag.ts";
import { commonFlags } from "./parse.ts";
import type { OptionSpec, Verb, VerbSpec } from "./verb.ts";

/** `%lepton` alone: the verbs in the order of the data. */
export function listText(verbs: readonly Verb[]): string {
  const width = Math.max(...verbs.map((verb) => verb.spec.name.length));
  const lines = verbs.map((verb) => `  ${verb.spec.name.padEnd(width)}  ${verb.spec.summary}`);
  return [
    "%lepton VERB ...            a verb; its result is bound to a name with --as NAME",
    "%lepton VERB --help         what it takes",
    "lepton.VERB(..., { ... })   the same as a function",
    "",
    ...lines,
    "",
  ].join("\n");
}

export function usageLine(spec: VerbSpec): string {
  const args = spec.arguments.map((argument) => {
    const name = `${argument.name.toUpperCase()}${argument.many ? " ..." : ""}`;
    return argument.required ? name : `[${name}]`;
  });
  return ["%lepton", spec.name, ...args, "[options]"].join(" ");
}

/** `--help` as plain text. */
export function helpText(spec: VerbSpec): string {
  const lines = [spec.summary, "", usageLine(spec), ""];
  for (const argument of spec.arguments) lines.push(`  ${argument.name.toUpperCase()}  ${argument.doc}`);
  const options = Object.entries(spec.options);
  const heads = options.map(([name, option]) => `${flagOf(name)} ${placeholder(option)}`.trim());
  const width = Math.min(34, Math.max(12, ...heads.map((head) => head.length)));
  lines.push("", "Options:");
  for (const [index, [, option]] of options.entries())
    lines.push(`  ${heads[index]!.padEnd(width)}  ${optionText(option)}`);
  for (const [flag, doc] of Object.entries(commonFlags)) lines.push(`  ${flag.padEnd(width)}  ${doc}`);
  if (spec.body) lines.push("", `%%lepton ${spec.name}: ${spec.body.doc}`);
  lines.push("", "Examples:", ...spec.examples.map((example) => `  ${exampleText(example)}`), "");
  return lines.join("\n");
}

/** `--help` as markdown, for inspection and the documentation. */
export function helpMarkdown(spec: VerbSpec): string {
  const lines = [spec.summary, "", "```", usageLine(spec), "```", ""];
  if (spec.arguments.length > 0) {
    lines.push("| argument | |", "| --- | --- |");
    for (const argument of spec.arguments) lines.push(`| \`${argument.name.toUpperCase()}\` | ${cell(argument.doc)} |`);
    lines.push("");
  }
  if (Object.keys(spec.options).length > 0) {
    lines.push("| option | takes | |", "| --- | --- | --- |");
    for (const [name, option] of Object.entries(spec.options)) {
      lines.push(`| \`${flagOf(name)}\` | ${cell(placeholder(option))} | ${cell(optionText(option))} |`);
    }
    lines.push("");
  }
  if (spec.body) lines.push(`\`%%lepton ${spec.name}\`: ${spec.body.doc}`, "");
  lines.push("```", ...spec.examples.map(exampleText), "```");
  return lines.join("\n");
}

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");

export function optionText(option: OptionSpec): string {
  const law = lawOf(option);
  const preset = "default" in option && option.default !== undefined ? defaultText(option.default) : "";
  const notes = [option.required ? "required" : "", law, preset].filter((note) => note !== "");
  return notes.length === 0 ? option.doc : `${option.doc} (${notes.join("; ")})`;
}

function defaultText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "" : `default ${value.join(",")}`;
  if (typeof value === "object")
    return `default ${Object.entries(value as object)
      .map((entry) => entry.join("="))
      .join(",")}`;
  return value === "" ? "" : `default ${String(value)}`;
}

function lawOf(option: OptionSpec): string {
  if (option.kind !== "number" && option.kind !== "integer" && option.kind !== "numbers") return "";
  const bounds = option as { min?: number; max?: number; above?: number; below?: number };
  const parts = [
    bounds.min === undefined ? "" : `>= ${bounds.min}`,
    bounds.above === undefined ? "" : `> ${bounds.above}`,
    bounds.max === undefined ? "" : `<= ${bounds.max}`,
    bounds.below === undefined ? "" : `< ${bounds.below}`,
  ];
  return parts.filter((part) => part !== "").join(" and ");
}

/** What stands behind the flag. */
function placeholder(option: OptionSpec): string {
  switch (option.kind) {
    case "string":
      return option.placeholder ?? "TEXT";
    case "number":
      return "NUMBER";
    case "integer":
      return "N";
    case "boolean":
      return "";
    case "strings":
      return option.placeholder ?? "A,B,...";
    case "numbers":
      return "N,N,...";
    case "map":
      return [...(option.words ?? []), option.placeholder ?? "NAME=VALUE,..."].join("|");
    case "choice":
      return [...option.choices, ...(option.open ? ["FUNCTION"] : [])].join("|");
    case "value":
      return "VARIABLE";
    default:
      return option satisfies never;
  }
}
