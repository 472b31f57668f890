/**
 * `train credit --epochs 10 --as run` ─► a verb, its arguments as texts, its options as texts. Enters: a call and the verbs; leaves: ParsedCall, or an
 * error with the nearest name. Values are read in values.ts: what a text means is its spec's business, where it stands is this file's.
 */
import { LeptonError, type MagicCall } from "@lepton/contract";
import { didYouMean } from "./data/nearest-name.ts";
import { exampleText, flagOf } from "./flag.ts";
import type { Verb, VerbSpec } from "./verb.ts";
import { splitWords, type Word } from "./words.ts";

export interface ParsedCall {
  readonly verb: Verb;
  readonly args: readonly string[];
  /** Option ─► its text; true or false for flags of booleans. */
  readonly options: ReadonlyMap<string, string | boolean>;
  readonly as: string | undefined;
  /** `--help` was given: nothing is to be run. */
  readonly help: boolean;
}

/** Options that every verb has. */
export const commonFlags = {
  "--as": "bind the result to this name in the notebook",
  "--help": "print the verb's help",
};

/** @throws LEPTON_VERB_UNKNOWN, LEPTON_OPTION_UNKNOWN, LEPTON_OPTION_VALUE, LEPTON_OPTION_MISSING, LEPTON_NAME_INVALID */
export function parseCall(call: MagicCall, verbs: readonly Verb[]): ParsedCall {
  const [first, ...rest] = splitWords(call.line);
  const verb = findVerb(first?.text ?? "", verbs);
  const sorted = sortWords(verb.spec, rest);
  if (!sorted.help) {
    checkCount(verb.spec, sorted);
    checkBody(verb.spec, call.body);
  }
  return { verb, ...sorted };
}

export function findVerb(name: string, verbs: readonly Verb[]): Verb {
  const found = verbs.find((verb) => verb.spec.name === name);
  if (found) return found;
  const names = verbs.map((verb) => verb.spec.name);
  throw new LeptonError(
    "LEPTON_VERB_UNKNOWN",
    `there is no verb "${name}"${didYouMean(name, names)} Verbs: ${names.join(", ")}.`,
  );
}

function sortWords(spec: VerbSpec, words: readonly Word[]): Omit<ParsedCall, "verb"> {
  const args: string[] = [];
  const options = new Map<string, string | boolean>();
  let as: string | undefined;
  let help = false;
  for (let at = 0; at < words.length; at++) {
    const word = closed(spec, words[at]!);
    if (!isFlag(word)) {
      args.push(word.text);
      continue;
    }
    const { flag, glued } = splitFlag(word.text);
    const follows = () => followingValue(spec, flag, glued, () => words[++at]);
    if (flag === "--help") help = true;
    else if (flag === "--as") as = onlyName(spec, as, follows());
    else setOption(spec, options, flag, glued, follows);
  }
  return { args, options, as, help };
}

function onlyName(spec: VerbSpec, earlier: string | undefined, name: string): string {
  if (earlier === undefined) return bindableName(spec, "--as", name);
  throw new LeptonError(
    "LEPTON_OPTION_VALUE",
    `${spec.name}: --as can be given once, it came with "${earlier}" and "${name}".`,
  );
}

/** `-3` and `-.5` are numbers. */
const isFlag = ({ text, quoted }: Word): boolean =>
  !quoted && text.startsWith("-") && text !== "-" && !/^-\.?\d/.test(text);

function splitFlag(text: string): { flag: string; glued: string | undefined } {
  const at = text.indexOf("=");
  return at < 0 ? { flag: text, glued: undefined } : { flag: text.slice(0, at), glued: text.slice(at + 1) };
}

function closed(spec: VerbSpec, word: Word): Word {
  if (word.unclosed === undefined) return word;
  throw new LeptonError("LEPTON_OPTION_VALUE", `${spec.name}: ${word.unclosed} is never closed in: ${word.text}`);
}

function followingValue(spec: VerbSpec, flag: string, glued: string | undefined, next: () => Word | undefined): string {
  if (glued !== undefined) return glued;
  const word = next();
  if (word && !isFlag(word)) return closed(spec, word).text;
  throw new LeptonError(
    "LEPTON_OPTION_VALUE",
    `${spec.name}: ${flag} takes a value, none came. ${spec.name} --help tells more.`,
  );
}

function setOption(
  spec: VerbSpec,
  options: Map<string, string | boolean>,
  flag: string,
  glued: string | undefined,
  follows: () => string,
): void {
  const { name, negated } = optionOf(spec, flag);
  if (options.has(name)) {
    throw new LeptonError("LEPTON_OPTION_VALUE", `${spec.name}: ${flagOf(name)} can be given once, it came twice.`);
  }
  const isBoolean = spec.options[name]?.kind === "boolean";
  if (negated && glued !== undefined) {
    throw new LeptonError("LEPTON_OPTION_VALUE", `${spec.name}: ${flag} takes no value, got "${glued}".`);
  }
  options.set(name, isBoolean && glued === undefined ? !negated : follows());
}

/** The option a flag names; `--no-background` is background, negated. */
function optionOf(spec: VerbSpec, flag: string): { name: string; negated: boolean } {
  const names = Object.keys(spec.options);
  const exact = names.find((name) => flagOf(name) === flag);
  if (exact) return { name: exact, negated: false };
  const negated = names.find(
    (name) => spec.options[name]!.kind === "boolean" && `--no-${flagOf(name).slice(2)}` === flag,
  );
  if (negated) return { name: negated, negated: true };
  const flags = [...names.map(flagOf), ...Object.keys(commonFlags)];
  const inCode = names.find((name) => flag.replace(/^-+/, "") === name);
  const hint = inCode ? `; did you mean "${flagOf(inCode)}"?` : didYouMean(flag, flags);
  throw new LeptonError(
    "LEPTON_OPTION_UNKNOWN",
    `${spec.name}: no option "${flag}"${hint} Options: ${flags.join(", ")}.`,
  );
}

function checkCount(spec: VerbSpec, { args, options }: Pick<ParsedCall, "args" | "options">): void {
  const missing = spec.arguments.find((argument, index) => argument.required && index >= args.length);
  if (missing) {
    throw new LeptonError(
      "LEPTON_OPTION_MISSING",
      `${spec.name}: ${missing.name.toUpperCase()} is missing: ${missing.doc} For example: ${exampleText(spec.examples[0] ?? spec.name)}`,
    );
  }
  if (args.length <= spec.arguments.length || spec.arguments.at(-1)?.many) return;
  const takes = spec.arguments.map((argument) => argument.name.toUpperCase()).join(" ") || "no argument";
  const extra = args[spec.arguments.length]!;
  throw new LeptonError(
    "LEPTON_OPTION_VALUE",
    `${spec.name}: takes ${takes}, and "${extra}" is one too many.${blankHint(spec, extra, options)}`,
  );
}

/** `--hidden 64, 64`, `--hidden 32 | 64`, `--hidden 64 64` and `--target unit price`: what was meant as one value. */
function blankHint(spec: VerbSpec, extra: string, options: ParsedCall["options"]): string {
  const cut = [...options].find(([, text]) => typeof text === "string" && /[,|=]$/.test(text));
  if (cut) return ` A value has no blanks: ${flagOf(cut[0])} ${String(cut[1])}${extra}, or put it in quotes.`;
  if (/^[,|]/.test(extra)) return " A value has no blanks: write 64,64 or 32|64, or put it in quotes.";
  const last = [...options].findLast(([name]) => /^(strings?|numbers)$/.test(spec.options[name]!.kind));
  if (!last) return "";
  const [flag, text] = [flagOf(last[0]), String(last[1])];
  const isList = spec.options[last[0]]!.kind === "numbers";
  return ` If it belongs to ${flag}: ${flag} ${isList ? `${text},${extra}` : `"${text} ${extra}"`}.`;
}

function checkBody(spec: VerbSpec, body: string | undefined): void {
  if (body !== undefined && !spec.body) {
    throw new LeptonError(
      "LEPTON_OPTION_VALUE",
      `${spec.name}: takes nothing from the rest of the cell; write %lepton ${spec.name} with one %.`,
    );
  }
  if (spec.body?.required && (body ?? "").trim() === "") {
    throw new LeptonError(
      "LEPTON_OPTION_MISSING",
      `${spec.name}: the rest of a %%lepton cell is missing: ${spec.body.doc}`,
    );
  }
}

const reserved = new Set(
  "arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield lepton display".split(
    " ",
  ),
);

/** What JavaScript and Node call their own: `fetch`, `process`, `undefined`. Read before a kept name is a property of globalThis. */
const takenNames = new Set(Object.getOwnPropertyNames(globalThis));
const isTaken = (name: string): boolean => takenNames.has(name) || name in Object.prototype;

export const isBindable = (name: string): boolean =>
  /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) && !reserved.has(name) && !isTaken(name);

/** @param as  the option as the user wrote it. @throws LEPTON_NAME_INVALID */
export function bindableName(spec: VerbSpec, as: string, name: string): string {
  if (isBindable(name)) return name;
  const law = isTaken(name)
    ? "a name that JavaScript does not use itself"
    : "a name that TypeScript accepts for a variable and that is not a word of the language";
  throw new LeptonError("LEPTON_NAME_INVALID", `${spec.name}: ${as} takes ${law}, got "${name}".`);
}
