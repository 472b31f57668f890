/**
 * What can stand at the cursor of a magic: verbs, options that are not used yet, an option's choices, files, names of the notebook, and what the folder
 * holds (suggest.ts). Enters: the line after `%lepton` and the cursor; leaves: completions and the range they replace.
 */
import { readdir } from "node:fs/promises";
import path from "node:path";
import type { Completion, MagicCompletions } from "@lepton/contract";
import { flagOf } from "./flag.ts";
import { helpMarkdown, optionText } from "./help.ts";
import { commonFlags } from "./parse.ts";
import { notebookNames, type SuggestPlace, suggest, type Wanted } from "./suggest.ts";
import type { OptionSpec, Verb, VerbSpec } from "./verb.ts";
import { splitWords, type Word } from "./words.ts";

type Place = Pick<Word, "text" | "start" | "end">;

/** At most so many names are offered. */
const LIMIT = 500;

export async function completeMagic(
  line: string,
  cursor: number,
  verbs: readonly Verb[],
  about: SuggestPlace,
): Promise<MagicCompletions> {
  const words = splitWords(line.slice(0, cursor));
  const last = words.at(-1);
  const place: Place = last && last.end === cursor ? last : { text: "", start: cursor, end: cursor };
  const before = place === last ? words.slice(0, -1) : words;
  const verb = verbs.find((one) => one.spec.name === before[0]?.text);
  if (before.length === 0) return answer(place, place.text, verbNames(verbs));
  if (!verb) return answer(place, place.text, []);
  return afterVerb(verb.spec, before.slice(1), place, about);
}

async function afterVerb(
  spec: VerbSpec,
  before: readonly Word[],
  place: Place,
  about: SuggestPlace,
): Promise<MagicCompletions> {
  const given = positionals(spec, before);
  const glued = /^(--[\w-]+)=(.*)$/s.exec(place.text);
  if (glued) {
    const value = { text: glued[2]!, start: place.start + glued[1]!.length + 1, end: place.end };
    return answerOption(optionOf(spec, glued[1]!), value, given[0], about);
  }
  if (place.text.startsWith("-")) return answer(place, place.text, flags(spec, before));
  const flag = before.at(-1)?.text ?? "";
  const option = flag.startsWith("--") ? optionOf(spec, flag) : undefined;
  if (flag === "--as") return answer(place, place.text, []);
  if (option && option.kind !== "boolean") return answerOption(option, place, given[0], about);
  const argument = spec.arguments[given.length] ?? (spec.arguments.at(-1)?.many ? spec.arguments.at(-1) : undefined);
  if (!argument) return answer(place, place.text, place.text === "" ? flags(spec, before) : []);
  if (argument.kind === "path") return paths(place, about.host.folder);
  return argument.kind === "value" ? answerValue(argument.type, place, about) : answer(place, place.text, []);
}

/** The arguments before the cursor, options and their values aside. */
function positionals(spec: VerbSpec, before: readonly Word[]): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < before.length; at++) {
    const text = before[at]!.text;
    if (!text.startsWith("--")) found.push(text);
    else if (!text.includes("=") && (text === "--as" || optionOf(spec, text)?.kind !== "boolean")) at++;
  }
  return found;
}

function optionOf(spec: VerbSpec, flag: string): OptionSpec | undefined {
  const name = flag.split("=")[0]!;
  return Object.entries(spec.options).find(([option]) =>
    [flagOf(option), `--no-${flagOf(option).slice(2)}`].includes(name),
  )?.[1];
}

const verbNames = (verbs: readonly Verb[]): Completion[] =>
  verbs.map(({ spec }) => ({ text: spec.name, type: "magic", documentation: helpMarkdown(spec) }));

function flags(spec: VerbSpec, before: readonly Word[]): Completion[] {
  const used = new Set(before.map((word) => word.text.split("=")[0]!.replace(/^--no-/, "--")));
  const own = Object.entries(spec.options).map(([name, option]) => ({ text: flagOf(name), doc: optionText(option) }));
  const common = Object.entries(commonFlags).map(([text, doc]) => ({ text, doc }));
  return [...own, ...common]
    .filter(({ text }) => !used.has(text))
    .map(({ text, doc }) => ({ text, type: "option", documentation: doc }));
}

async function answerOption(
  option: OptionSpec | undefined,
  place: Place,
  argument: string | undefined,
  about: SuggestPlace,
): Promise<MagicCompletions> {
  switch (option?.kind) {
    case "choice": {
      const choices = option.choices.map((text) => ({ text, type: "value" }));
      return answer(place, place.text, option.open ? [...choices, ...notebookNames("function", about)] : choices);
    }
    case "boolean":
      return answer(
        place,
        place.text,
        ["true", "false"].map((text) => ({ text, type: "value" })),
      );
    case "value":
      return answerValue(option.type, place, about);
    case "string":
    case "strings":
    case "map": {
      const wanted = wantedBy[option.placeholder ?? ""];
      const last = option.kind === "string" ? place : afterComma(place);
      return answer(last, last.text, wanted ? (await suggest(wanted, about, argument)).map(quoted) : []);
    }
    default:
      return answer(place, place.text, []);
  }
}

/** What an option's placeholder in the help says of its value. */
const wantedBy: Readonly<Record<string, Wanted>> = {
  COLUMN: "columns",
  "COLUMN,...": "columns",
  "COLUMN=KIND,...": "columns",
  RUN: "run",
  ENGINE: "engine",
  TARGET: "target",
};

/** The last of the values that commas part. */
function afterComma(place: Place): Place {
  const at = place.text.lastIndexOf(",") + 1;
  return { text: place.text.slice(at), start: place.start + at, end: place.end };
}

/** Names of the notebook and of what lies in the folder, by the type that is wanted; plain variables last. */
async function answerValue(type: string, place: Place, about: SuggestPlace): Promise<MagicCompletions> {
  const kinds = Object.keys(wantedTypes).filter((name) => new RegExp(`\\b${name}\\b`).test(type));
  const found = await Promise.all(kinds.map((name) => suggest(wantedTypes[name]!, about)));
  const names = notebookNames(type, about);
  const isKept = ({ documentation }: Completion) => documentation !== undefined;
  const items = [...names.filter(isKept), ...found.flat().map(quoted), ...names.filter((name) => !isKept(name))];
  return answer(
    place,
    place.text,
    [...new Map(items.toReversed().map((item) => [item.text, item])).values()].toReversed(),
  );
}

const wantedTypes: Readonly<Record<string, Wanted>> = {
  Run: "run",
  Study: "study",
  Deployment: "deployment",
  Stoppable: "going",
};

const quoted = (item: Completion): Completion => ({ ...item, text: quoteIfNeeded(item.text) });

/** Files and folders below what is typed, hidden ones only when asked for. */
async function paths(place: Place, folder: string): Promise<MagicCompletions> {
  const typed = place.text;
  const head = typed.slice(0, typed.lastIndexOf("/") + 1);
  const entries = await readdir(path.resolve(folder, head), { withFileTypes: true }).catch(() => []); // no such folder: nothing to offer
  const items = entries
    .filter((entry) => !entry.name.startsWith(".") || typed.slice(head.length).startsWith("."))
    .map((entry) => ({ text: quoteIfNeeded(`${head}${entry.name}${entry.isDirectory() ? "/" : ""}`), type: "path" }));
  return answer(place, typed, items);
}

const quoteIfNeeded = (text: string) => (/[\s"']/.test(text) ? `"${text.replaceAll('"', '\\"')}"` : text);

function answer(place: Place, typed: string, items: readonly Completion[]): MagicCompletions {
  const fitting = items.filter(({ text }) => text.replace(/^"/, "").startsWith(typed)).slice(0, LIMIT);
  return { items: fitting, start: place.start, end: place.end };
}
