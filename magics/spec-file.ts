/**
 * `lepton run spec.json`: features, train, sweep and deploy without a notebook. Enters: a JSON file with a section for each verb, in its words;
 * leaves: what the last section made, told in plain lines. `.lepton` lies beside the file, as it would beside a notebook.
 *
 *     { "features": { "file": "credit.csv", "target": "Status", "as": "credit" },
 *       "train": { "model": "mlp", "hidden": [64, 64], "epochs": 20, "as": "run" },
 *       "deploy": { "name": "credit-risk" } }
 *
 * A section's argument that is left out is what the section before it made.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { type Displayable, displaySymbol, LeptonError, type MagicProvider, MIME } from "@lepton/contract";
import { didYouMean } from "./data/nearest-name.ts";
import { isReference, resolveReference } from "./reference.ts";
import { type TerminalHost, terminalHost } from "./terminal-host.ts";
import type { ArgumentSpec, Verb, VerbSpec } from "./verb.ts";

/** The verbs that a file may name, in the order in which they run. */
const sections = ["features", "train", "sweep", "deploy"];

type Section = Readonly<Record<string, unknown>>;
type Spec = Readonly<Record<string, Section>>;

export interface SpecRun {
  readonly host: TerminalHost;
  /** Resolves to what each section made. @throws the verbs' errors */
  readonly done: Promise<Readonly<Record<string, unknown>>>;
}

/** Start a file's sections; `done` resolves when the last one has ended. */
export function runSpecFile(
  file: string,
  provider: MagicProvider,
  verbs: readonly Verb[],
  write: (text: string) => void,
): SpecRun {
  const host = terminalHost(path.dirname(path.resolve(file)), write);
  return { host, done: runSections(file, provider, verbs, host, write) };
}

async function runSections(
  file: string,
  provider: MagicProvider,
  verbs: readonly Verb[],
  host: TerminalHost,
  write: (text: string) => void,
): Promise<Readonly<Record<string, unknown>>> {
  const spec = readSpecFile(file);
  const used = verbs.filter((verb) => verb.spec.name in spec);
  for (const verb of used) checkWords(file, verb.spec, spec[verb.spec.name]!);
  await provider.start(host);
  const lepton = host.lookup("lepton")!.value as Record<string, (...values: unknown[]) => Promise<unknown>>;
  const made: Record<string, unknown> = {};
  try {
    for (const name of sections.filter((one) => one in spec)) {
      const verb = used.find((one) => one.spec.name === name)!;
      write(`── ${name}\n`);
      made[name] = await lepton[name]!(...callOf(file, verb.spec, spec[name]!, made, host));
      await show(made[name], host);
    }
    return made;
  } finally {
    await host.shutdown();
  }
}

/** A result that shows itself is shown, as at the end of a cell; what was shown while it was made is told once. */
async function show(value: unknown, host: TerminalHost): Promise<void> {
  const shown = value as Partial<Displayable> | null | undefined;
  const bundle = await shown?.[displaySymbol]?.();
  if (bundle && !(MIME.run in bundle) && !(MIME.study in bundle)) host.display(bundle);
}

/** The positional arguments and the options of one section. */
function callOf(file: string, spec: VerbSpec, section: Section, made: Section, host: TerminalHost): unknown[] {
  const names = spec.arguments.map((argument) => argument.name);
  const args = spec.arguments.map((argument) => {
    const given = section[argument.name];
    if (given === undefined && !("resume" in section)) return before(file, spec, argument, made);
    if (argument.kind === "path" && typeof given === "string") return path.resolve(path.dirname(file), given);
    if (argument.kind !== "value" || typeof given !== "string" || !isReference(given)) return given;
    return resolveReference(host, given)?.value ?? given;
  });
  return [...args, Object.fromEntries(Object.entries(section).filter(([key]) => !names.includes(key)))];
}

/** What a section works on when it does not say: train and sweep on the features, deploy on the study, else on the run. */
function before(file: string, spec: VerbSpec, argument: ArgumentSpec, made: Section): unknown {
  const sources = spec.name === "deploy" ? ["sweep", "train"] : ["features"];
  const source = spec.name === "features" ? undefined : sources.find((name) => name in made);
  if (source !== undefined) return made[source];
  throw new LeptonError(
    "LEPTON_OPTION_MISSING",
    `${path.basename(file)}: ${spec.name} needs "${argument.name}"${spec.name === "features" ? "" : `, or a section ${sources.join(" or ")} before it`}: ${argument.doc}`,
  );
}

function checkWords(file: string, spec: VerbSpec, section: Section): void {
  const known = [...spec.arguments.map((argument) => argument.name), ...Object.keys(spec.options), "as"];
  const unknown = Object.keys(section).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new LeptonError(
    "LEPTON_OPTION_UNKNOWN",
    `${path.basename(file)}: ${spec.name} has no "${unknown}"${didYouMean(unknown, known)} It has: ${known.join(", ")}.`,
  );
}

/** @throws LEPTON_FILE_MISSING, LEPTON_FILE_FORMAT, LEPTON_OPTION_UNKNOWN */
function readSpecFile(file: string): Spec {
  const parsed = parseJson(file);
  const refuse = (law: string): never => {
    throw new LeptonError("LEPTON_FILE_FORMAT", `${file}: ${law}. Sections: ${sections.join(", ")}.`);
  };
  if (!isObject(parsed)) return refuse("an object with a section for each verb is expected");
  if (Object.keys(parsed).length === 0) return refuse("there is no section");
  for (const [name, section] of Object.entries(parsed)) {
    if (!sections.includes(name)) {
      const message = `${path.basename(file)}: no section "${name}"${didYouMean(name, sections)} Sections: ${sections.join(", ")}.`;
      throw new LeptonError("LEPTON_OPTION_UNKNOWN", message);
    }
    if (!isObject(section)) return refuse(`section ${name} is to be an object`);
  }
  return parsed as Spec;
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parseJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8").replace(/^\uFEFF/, ""); // editors on Windows write a byte order mark
  } catch (cause) {
    throw new LeptonError("LEPTON_FILE_MISSING", `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LeptonError("LEPTON_FILE_FORMAT", `${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
}
