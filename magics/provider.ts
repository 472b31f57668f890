/**
 * Verbs ─► what the kernel is handed (contract/cell.ts) and the `lepton` object. Enters: verbs, plugins, loaders of kept results; leaves: one
 * MagicProvider. A magic and the equal function meet in `runVerb`.
 */
import {
  LeptonError,
  type MagicBinding,
  type MagicCall,
  type MagicProvider,
  type NotebookHost,
} from "@lepton/contract";
import { readyCode, readyMagic } from "./call.ts";
import { completeMagic } from "./complete.ts";
import { didYouMean, nearestName } from "./data/nearest-name.ts";
import { addOwnPlugins } from "./data/own-plugins.ts";
import { shownValue } from "./data/shown-value.ts";
import { declarationsText } from "./declarations.ts";
import { flagOf } from "./flag.ts";
import { type LeptonFolder, leptonFolder } from "./folder.ts";
import { helpMarkdown, helpText, listText, optionText } from "./help.ts";
import { bindKeptNames, keepName, type Loaders } from "./names.ts";
import { bindableName, isBindable, parseCall } from "./parse.ts";
import type { Plugins } from "./plugins.ts";
import type { Verb, VerbContext } from "./verb.ts";
import { splitWords } from "./words.ts";

export interface ProviderOptions {
  /** How results named by --as are found again after a restart; none by default. */
  readonly loaders?: Loaders;
  /** What the `lepton` object holds besides the verbs, with its types. */
  readonly extras?: {
    readonly values: Readonly<Record<string, unknown>>;
    readonly api: string;
    readonly members: string;
  };
  /** Called once when the kernel starts, before the first cell. */
  readonly onStart?: (host: NotebookHost, folder: LeptonFolder) => Promise<void>;
}

interface Session {
  readonly host: NotebookHost;
  readonly folder: LeptonFolder;
}

export function createProvider(verbs: readonly Verb[], plugins: Plugins, options: ProviderOptions = {}): MagicProvider {
  const { loaders = {}, extras = { values: {}, api: "", members: "" } } = options;
  let session: Session | undefined;
  const started = (): Session => {
    if (!session) throw new Error("the magics were used before start()");
    return session;
  };
  const run = (verb: Verb, ready: ReadyRun) => runVerb(verb, ready, { ...started(), plugins }, loaders);
  return {
    name: "lepton",
    async start(host) {
      session = { host, folder: leptonFolder(host.folder) };
      host.bind("lepton", leptonObject(verbs, extras.values, run), "Lepton.Api");
      bindKeptNames(session.folder, loaders, host, plugins);
      await options.onStart?.(host, session.folder);
    },
    binds: (call) => boundName(call, verbs),
    run: async (call) => runMagic(call, verbs, started().host, run),
    complete: (line, cursor) => completeMagic(line, cursor, verbs, { ...started(), plugins }),
    inspect: (line, cursor) => inspectMagic(line, cursor, verbs),
    declarations: () => declarationsText(verbs, extras),
  };
}

interface ReadyRun {
  readonly args: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly as: string | undefined;
  readonly body: string | undefined;
  readonly sourceText: string;
}

type Run = (verb: Verb, ready: ReadyRun) => Promise<unknown>;

async function runVerb(
  verb: Verb,
  ready: ReadyRun,
  lent: Session & { readonly plugins: Plugins },
  loaders: Loaders,
): Promise<unknown> {
  const { as, body, sourceText } = ready;
  const bind = (value: unknown) => {
    if (as === undefined) return;
    const type = verb.typeOf?.(value) ?? verb.spec.result;
    lent.host.bind(as, value, type);
    keepName(lent.folder, loaders, as, { value, kind: verb.spec.result, type });
  };
  await addOwnPlugins(lent.plugins, lent.folder.notebook);
  const context: VerbContext = { ...lent, body, sourceText, as, begun: bind };
  const value = await verb.run(ready.args, ready.options as never, context);
  bind(value);
  return value;
}

async function runMagic(call: MagicCall, verbs: readonly Verb[], host: NotebookHost, run: Run): Promise<unknown> {
  if (call.line === "" || call.line === "--help" || call.line === "help") {
    host.print(listText(verbs));
    return undefined;
  }
  const parsed = parseCall(call, verbs);
  if (parsed.help) {
    host.print(helpText(parsed.verb.spec));
    return undefined;
  }
  const { args, options } = readyMagic(parsed, host);
  const sourceText = `%${call.body === undefined ? "" : "%"}lepton ${call.line}${call.body === undefined ? "" : `\n${call.body}`}`;
  return run(parsed.verb, { args, options, as: parsed.as, body: call.body, sourceText });
}

/** `--as NAME` as far as the text tells; wrong calls bind nothing, their error comes from `run`. */
function boundName(call: MagicCall, verbs: readonly Verb[]): MagicBinding | undefined {
  const words = splitWords(call.line);
  const verb = verbs.find((one) => one.spec.name === words[0]?.text);
  const at = words.findIndex(({ text, quoted }) => !quoted && (text === "--as" || text.startsWith("--as=")));
  if (!verb || at < 0 || words.some(({ text, quoted }) => !quoted && text === "--help")) return undefined;
  const { text } = words[at]!;
  const name = text === "--as" ? words[at + 1]?.text : text.slice("--as=".length);
  if (name === undefined || !isBindable(name)) return undefined;
  return { name, type: verb.spec.result, ...(verb.spec.showsItself ? { shown: true } : {}) };
}

/** Help for the word at the cursor: an option of the verb, else the verb. */
function inspectMagic(line: string, cursor: number, verbs: readonly Verb[]): string | undefined {
  const words = splitWords(line);
  const verb = verbs.find((one) => one.spec.name === words[0]?.text);
  if (!verb) return undefined;
  const word = words.find(({ start, end }) => start <= cursor && cursor <= end)?.text.split("=")[0];
  const option = Object.entries(verb.spec.options).find(([name]) => flagOf(name) === word);
  return option ? `\`${flagOf(option[0])}\`: ${optionText(option[1])}` : helpMarkdown(verb.spec);
}

/** The object `lepton`: each verb a function. A mistyped verb says which one was near. */
function leptonObject(verbs: readonly Verb[], values: Readonly<Record<string, unknown>>, run: Run): object {
  const functions = verbs.map((verb) => [verb.spec.name, verbFunction(verb, run)] as const);
  const target = Object.freeze({ ...Object.fromEntries(functions), ...values });
  const names = Object.keys(target);
  return new Proxy(target, {
    get(object, name, receiver) {
      if (typeof name === "symbol" || name in object || nearestName(name, names) === undefined) {
        return Reflect.get(object, name, receiver);
      }
      throw new LeptonError(
        "LEPTON_VERB_UNKNOWN",
        `lepton has no "${name}"${didYouMean(name, names)} It has: ${names.join(", ")}.`,
      );
    },
  });
}

function verbFunction(verb: Verb, run: Run): (...values: unknown[]) => Promise<unknown> {
  const { spec } = verb;
  const named = {
    async [spec.name](...values: unknown[]) {
      const { args, options, as } = readyCode(spec, values);
      if (as !== undefined) bindableName(spec, "as", as);
      const sourceText = `lepton.${spec.name}(${values.map((value) => shown(value)).join(", ")})`;
      return run(verb, { args, options, as, body: undefined, sourceText });
    },
  };
  return named[spec.name]!;
}

/** What lies deeper is told on one line of bounded length, a circle too. */
const deepest = 4;

/** A value as a reader would have typed it: results by their names, functions by theirs, long data cut. */
function shown(value: unknown, depth = 0): string {
  if (typeof value === "function") return value.name || "(function)";
  if (typeof value === "bigint" || depth > deepest) return shownValue(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? String(value);
  const { name, folder } = value as { name?: unknown; folder?: unknown };
  if (typeof name === "string" && typeof folder === "string") return name;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return listShown(value as readonly unknown[], depth + 1);
  const entries = Object.entries(value).map(([key, entry]) => `${key}: ${shown(entry, depth + 1)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

function listShown(values: readonly unknown[], depth: number): string {
  const first = Array.from({ length: Math.min(values.length, 8) }, (_, index) => shown(values[index], depth));
  return `[${first.join(", ")}${values.length > 8 ? `, ... ${values.length} in all` : ""}]`;
}
